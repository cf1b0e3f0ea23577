"""Asking a proxy its own pages: what comes back, and to whom a token goes."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from headroom.cli import asking
from headroom.cli.asking import Address, is_ours, reachable
from headroom.settings import Settings
from tests.cli.pages import listening, page

TOKEN = "0123456789abcdef" * 3


def test_a_page_is_read() -> None:
    with listening({"/health": page(service="headroom-proxy")}) as listener:
        answer = Address("127.0.0.1", listener.port).ask("/health")

    assert (answer.trouble, answer.told) == ("", {"service": "headroom-proxy"})
    assert is_ours(answer.told)


def test_S3_a_token_goes_only_to_what_wants_one() -> None:
    with listening({"/health": page()}) as listener:
        Address("127.0.0.1", listener.port, "secret").ask("/health")
    with listening({"/health": page()}, token="secret") as wanting:
        answer = Address("127.0.0.1", wanting.port, "secret").ask("/health")

    assert listener.tokens() == [None]
    assert wanting.tokens() == [None, "secret"]
    assert answer.trouble == ""


def test_S3_a_token_goes_to_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening({"/health": page()}, token="secret") as listener:
        elsewhere = Address("example.invalid", listener.port, "secret")
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", listener.port))]
        )
        answer = elsewhere.ask("/health")

    assert answer.trouble == "token"
    assert listener.tokens() == [None]


def test_S3_no_proxy_of_the_environment_learns_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening({}) as relay, listening({"/health": page()}) as listener:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{relay.port}")

        answer = Address("127.0.0.1", listener.port).ask("/health")

    assert answer.trouble == ""
    assert relay.asked == []


def test_what_went_wrong_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PATIENCE_S", 0.2)
    with listening({"/down": (503, b'{"detail": "not now"}'), "/html": (200, b"<p>")}) as listener:
        at = Address("127.0.0.1", listener.port)
        broken, page_of_another, missing = at.ask("/down"), at.ask("/html"), at.ask("/none")
    nobody = Address("127.0.0.1", listener.port).ask("/health")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        late = Address("127.0.0.1", silent.getsockname()[1]).ask("/health", patience_s=0.1)

    assert (broken.trouble, broken.detail) == ("broken", "not now")
    assert page_of_another.trouble == "stranger"
    assert missing.trouble == "broken"
    assert nobody.trouble == "nobody"
    assert late.trouble == "late"


def test_what_speaks_no_http_is_a_stranger() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        address = Address("127.0.0.1", server.getsockname()[1])

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"220 mail.example ESMTP\r\n")
                connection.recv(4096)

        thread = threading.Thread(target=greet)
        thread.start()
        answer = address.ask("/health")
        thread.join()

    assert answer.trouble == "stranger"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8787"),
        ("localhost", "http://localhost:8787"),
        ("::1", "http://[::1]:8787"),
    ],
)
def test_it_is_asked_where_its_own_machine_reaches_it(host: str, url: str, tmp_path: Path) -> None:
    address = Address.of(Settings(host=host, workspace_dir=tmp_path))

    assert address.url == url
    assert address.is_loopback


def test_other_machines_are_no_loopback() -> None:
    assert not Address("192.0.2.1", 1).is_loopback
    assert not Address("example.com", 1).is_loopback
    assert reachable("::") == "127.0.0.1"


def test_the_token_is_that_of_the_settings_or_else_the_kept_one(tmp_path: Path) -> None:
    none = Address.of(Settings(workspace_dir=tmp_path))
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    kept = Address.of(Settings(workspace_dir=tmp_path))
    said = Address.of(Settings(workspace_dir=tmp_path, api_key="said"))
    (tmp_path / "token").write_text("no token")
    broken = Address.of(Settings(workspace_dir=tmp_path))

    assert [one.token for one in (none, kept, said, broken)] == ["", TOKEN, "said", ""]
    assert TOKEN not in repr(kept)
