"""Whether providers can be reached, and what stands in the way."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from headroom.proxy.reaching import bases, reach, reach_all
from headroom.settings import Settings
from tests.cli.pages import listening, page


@contextmanager
def deaf() -> Iterator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_provider_that_wants_a_key_is_reached() -> None:
    answers = {"/v1/models": (401, b'{"error": {"type": "authentication_error"}}')}
    with listening(answers) as provider:
        url = f"http://127.0.0.1:{provider.port}"
        found = reach("anthropic", url)

    assert (found.status, found.obstacle, found.is_headroom) == (401, "", False)
    assert found.took_ms > 0
    assert [sorted(headers) for _, headers in provider.asked] == [
        ["accept", "accept-encoding", "host"]
    ] * 2


def test_a_path_before_the_version_is_kept() -> None:
    with listening({"/team/v1beta/models": page(models=[])}) as gateway:
        assert reach("gemini", f"http://127.0.0.1:{gateway.port}/team").status == 200


def test_a_headroom_is_known_and_asked_nothing_that_it_would_pass_on() -> None:
    with listening({"/livez": page(service="headroom-proxy")}) as other:
        found = reach("openai", f"http://127.0.0.1:{other.port}")

    assert found.is_headroom
    assert [path for path, _ in other.asked] == ["/livez"]


def test_what_stands_in_the_way_is_told(free_port: int) -> None:
    with deaf() as port:
        assert reach("openai", f"http://127.0.0.1:{port}", patience_s=0.2).obstacle == "late"
    assert reach("openai", f"http://127.0.0.1:{free_port}").obstacle == "refused"
    assert reach("openai", "https://provider.invalid").obstacle in ("name", "net")
    with listening({}) as plain:
        found = reach("openai", f"https://127.0.0.1:{plain.port}")
    assert found.obstacle in ("net", "certificate")


def test_all_together_take_no_longer_than_one(free_port: int) -> None:
    with deaf() as port:
        url = f"http://127.0.0.1:{port}"
        began = time.monotonic()
        found = reach_all(
            {"anthropic": url, "openai": url, "gemini": f"http://127.0.0.1:{free_port}"},
            patience_s=0.3,
        )

    assert [one.obstacle for one in found] == ["late", "late", "refused"]
    assert time.monotonic() - began < 2.0


def test_it_asks_where_the_proxy_sends_requests() -> None:
    assert bases(Settings(anthropic_api_url="https://gateway.example/team/")) == {
        "anthropic": "https://gateway.example/team",
        "openai": "https://api.openai.com",
        "gemini": "https://generativelanguage.googleapis.com",
    }


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
