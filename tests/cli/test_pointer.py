"""Where a base URL leads."""

from __future__ import annotations

import pytest

from headroom.cli.pointer import pointer


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("http://127.0.0.1:8787", "127.0.0.1", 8787, ""),
        ("http://localhost:8787/v1/", "localhost", 8787, "/v1"),
        ("http://[::1]:8787", "::1", 8787, ""),
        ("https://api.openai.com/v1", "api.openai.com", 443, "/v1"),
    ],
)
def test_a_url_is_taken_apart(url: str, host: str, port: int, path: str) -> None:
    found = pointer(url)

    assert (found.host, found.port, found.path, found.problem) == (host, port, path, "")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_all_names_of_this_machine_are_one(host: str) -> None:
    assert pointer("http://localhost:8787").leads_to(host, 8787)
    assert not pointer("http://localhost:8788").leads_to(host, 8787)
    assert not pointer("http://gateway.example:8787").leads_to(host, 8787)


@pytest.mark.parametrize("url", ["127.0.0.1:8787", "", "http://", "http://a:b:c", "ftp://x"])
def test_what_is_no_base_url_says_why(url: str) -> None:
    assert pointer(url).problem


def test_blanks_around_it_are_a_problem_of_their_own() -> None:
    assert pointer(" http://127.0.0.1:8787 ").problem == "it has blanks"


@pytest.mark.parametrize(
    "url",
    [
        "https://me:canary@gateway.example/v1?key=canary#canary",
        "me:canary@gateway.example",
        "http://x/\x1b[31m?canary",
    ],
)
def test_S3_secrets_in_a_url_are_not_shown(url: str) -> None:
    assert "canary" not in pointer(url).shown
    assert pointer(url).shown.isprintable()
