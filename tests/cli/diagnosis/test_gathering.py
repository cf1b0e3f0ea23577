"""Gathering the facts."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

from headroom.cli.diagnosis.gathering import ALL_S, gather, listeners, living, network, workspace
from headroom.settings import Settings
from tests.cli.pages import listening, page


def settings_of(folder: Path, port: int, **changes: Any) -> Settings:
    urls = {f"{name}_api_url": "http://127.0.0.1:1" for name in ("anthropic", "openai", "gemini")}
    return Settings(port=port, workspace_dir=folder / "ws", **{**urls, **changes})


def test_a_proxy_that_runs_is_asked_for_everything(tmp_path: Path) -> None:
    answers = {
        "/health": page(service="headroom-proxy", version="9"),
        "/stats": page(session={"requests": 3}),
        "/debug/upstreams": page(
            upstreams=[{"provider": "openai", "url": "https://x", "status": 401}]
        ),
    }
    with listening(answers) as proxy:
        found = gather(settings_of(tmp_path, proxy.port), {}, home=tmp_path, folder=tmp_path)

    assert found.runs
    assert found.stats == {"session": {"requests": 3}}
    assert [(one.url, one.status) for one in found.upstreams] == [("https://x", 401)]
    assert found.asked_by_proxy


def test_an_older_proxy_tells_less(tmp_path: Path) -> None:
    answers = {
        "/health": page(service="headroom-proxy"),
        "/debug/upstreams": page(upstreams=[{"is_new": 1}]),
    }
    with listening(answers) as proxy:
        found = gather(settings_of(tmp_path, proxy.port), {}, home=tmp_path, folder=tmp_path)

    assert (found.runs, found.stats, found.upstreams) == (True, {}, ())


def test_everything_that_hangs_takes_no_longer_than_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        settings = settings_of(tmp_path, port, openai_api_url=url, gemini_api_url=url)
        began = time.monotonic()
        found = gather(settings, {"OPENAI_BASE_URL": f"{url}/v1"}, home=tmp_path, folder=tmp_path)
        took = time.monotonic() - began

    assert found.health.trouble == "late"
    assert [one.obstacle for one in found.upstreams] == ["refused", "late", "late"]
    # What starts threads on a busy machine comes on top of it.
    assert took < ALL_S + 0.7
    assert not settings.workspace_dir.exists()


def test_providers_are_not_asked_where_a_backend_stands_in_their_place(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 9, backend="bedrock")

    assert gather(settings, {}, home=tmp_path, folder=tmp_path).upstreams == ()


def test_what_a_backend_lacks_is_found_out(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 9, backend="azure")

    found = gather(settings, {}, home=tmp_path, folder=tmp_path)

    assert "set AZURE_API_KEY and AZURE_API_BASE" in found.backend_lacks


def test_what_listens_elsewhere_is_told_apart() -> None:
    with (
        listening({"/livez": page(service="headroom-proxy")}) as ours,
        listening({}) as other,
        socket.create_server(("127.0.0.1", 0)) as deaf,
    ):
        ports = [ours.port, other.port, deaf.getsockname()[1]]
        found = listeners(ports)

    assert [found[port] for port in ports] == ["headroom", "stranger", "late"]
    assert listeners([1]) == {1: "nobody"}


def test_S3_proxies_of_the_net_are_named_without_their_passwords() -> None:
    environ = {
        "https_proxy": "http://me:canary@proxy.example:3128",
        "ALL_PROXY": "socks5://x:1",
        "NO_PROXY": "LOCALHOST, .example",
    }

    found = network(environ)

    assert found.proxies == {"HTTPS_PROXY": "proxy.example:3128", "ALL_PROXY": "x:1"}
    assert found.spared == ("localhost", ".example")


def test_a_workspace_that_is_not_there_yet_is_told_by_where_it_would_be(tmp_path: Path) -> None:
    found = workspace(tmp_path / "a" / "b")

    assert (found.exists, found.problem) == (False, "")
    assert (found.free_bytes or 0) > 0


def test_S3_no_key_is_among_the_facts(tmp_path: Path) -> None:
    environ = {
        "ANTHROPIC_API_KEY": "sk-ant-api03-canary",
        "OPENAI_BASE_URL": "http://127.0.0.1:1",
        "PATH": "",
    }

    found = gather(settings_of(tmp_path, 1), environ, home=tmp_path, folder=tmp_path)

    assert "canary" not in repr(found)
    assert [one.kind for one in found.credentials] == ["api_key"]
    assert found.variables == {"OPENAI_BASE_URL": "http://127.0.0.1:1"}


def test_nobody_lives_where_nothing_is_kept(tmp_path: Path) -> None:
    assert living(Settings(workspace_dir=tmp_path, stateless=True)) == ()
    assert living(Settings(workspace_dir=tmp_path, store="redis://127.0.0.1:1")) == ()
    assert [*tmp_path.iterdir()] == []
