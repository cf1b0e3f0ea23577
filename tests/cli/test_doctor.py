"""`headroom doctor`, as a user runs it: against a real proxy, and against none."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headroom.cli.diagnosis.finding import note, problem
from headroom.cli.doctor import as_json, exit_code
from tests.cli.pages import listening, send
from tests.cli.running import run
from tests.support.proxy_process import proxy_process
from tests.upstream import Failure, Provider, running

SMALL = "\n".join(f"{number}: {number * 7919 % 97} is what was found" for number in range(20))
CANARY = "sk-ant-api03-canarycanarycanary"


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def upstream(provider: Provider) -> Iterator[str]:
    with running(provider) as url:
        yield url


def variables(folder: Path, **more: str) -> dict[str, str]:
    return {
        "HOME": str(folder / "home"),
        "HEADROOM_WORKSPACE_DIR": str(folder),
        "HEADROOM_CONFIG_DIR": str(folder),
        # Nobody leaves this machine in tests.
        "ANTHROPIC_TARGET_API_URL": "http://127.0.0.1:1",
        "OPENAI_TARGET_API_URL": "http://127.0.0.1:1",
        "GEMINI_TARGET_API_URL": "http://127.0.0.1:1",
        **more,
    }


def asked(port: object, folder: Path, **more: str) -> tuple[int, list[dict[str, Any]]]:
    done = run("doctor", "--json", "--port", str(port), variables=variables(folder, **more))
    told = json.loads(done.stdout)
    assert told["exit_code"] == done.returncode, done.stderr
    return done.returncode, told["findings"]


def about(findings: list[dict[str, Any]], name: str, level: str = "problem") -> str:
    """All that was seen of this at this level."""
    found = [one for one in findings if one["about"] == name and one["level"] == level]
    return "\n".join(one["seen"] for one in found)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_proxy_that_agents_come_to_is_well(tmp_path: Path, upstream: str) -> None:
    with proxy_process(tmp_path, upstream) as url:
        port = url.rpartition(":")[2]
        assert send(url, times=3) == [200] * 3
        code, findings = asked(port, tmp_path, ANTHROPIC_BASE_URL=url)

    assert (code, [one for one in findings if one["level"] == "problem"]) == (0, [])
    assert about(findings, "Anthropic", "ok").startswith(f"{upstream} wants a key (401")
    assert "leads here" in about(findings, "ANTHROPIC_BASE_URL", "ok")
    assert "3 requests lately" in about(findings, "requests", "ok")
    assert "tokens of" in about(findings, "savings", "ok")
    assert about(findings, "workspace", "note") == ""


def test_a_session_that_saves_nothing_says_why(tmp_path: Path, upstream: str) -> None:
    with proxy_process(tmp_path, upstream, "--workers", "2") as url:
        send(url, text=SMALL, times=6)
        code, findings = asked(url.rpartition(":")[2], tmp_path)

    assert code == 0
    told = about(findings, "savings", "note")
    assert told.startswith("0 tokens of ")
    assert "6 blocks, " in told
    assert "are small" in told
    assert "2 workers" in about(findings, "proxy", "ok")


def test_a_version_too_many_and_a_key_that_is_refused_are_found(
    tmp_path: Path, upstream: str, provider: Provider
) -> None:
    with proxy_process(tmp_path, upstream) as url:
        send(f"{url}/v1", times=2)
        provider.next(Failure(401))
        send(url)
        code, findings = asked(url.rpartition(":")[2], tmp_path, ANTHROPIC_BASE_URL=f"{url}/v1")

    assert code == 1
    assert "a /v1 too many" in about(findings, "ANTHROPIC_BASE_URL")
    assert "2 requests ended in 404: its path began with /v1/v1" in about(findings, "requests")
    assert "1 request ended in 401" in about(findings, "requests")


def test_a_proxy_that_shortens_nothing_or_cannot_reach_its_provider(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with proxy_process(tmp_path, nowhere, "--no-optimize") as url:
        assert send(url) == [502]
        code, findings = asked(url.rpartition(":")[2], tmp_path)

    assert code == 1
    assert "--no-optimize" in about(findings, "savings")
    assert "nobody listens there" in about(findings, "Anthropic")
    assert "ended in upstream_failed" in about(findings, "requests")


def test_a_proxy_that_sends_requests_to_itself_is_found(tmp_path: Path) -> None:
    port = free_port()
    itself = f"http://127.0.0.1:{port}"
    with proxy_process(tmp_path, itself, "--port", str(port)):
        code, findings = asked(port, tmp_path)

    assert code == 1
    assert "where Headroom itself listens" in about(findings, "providers")


def test_another_program_on_the_port_is_told_from_nobody(tmp_path: Path) -> None:
    with listening({"/health": (200, b"<html>")}) as other:
        stranger, findings = asked(other.port, tmp_path)
    nobody, others = asked(free_port(), tmp_path)

    assert (stranger, nobody) == (1, 1)
    assert "is no Headroom" in about(findings, "proxy")
    assert "nobody listens" in about(others, "proxy")


def test_one_on_another_port_with_the_same_workspace_is_found(
    tmp_path: Path, upstream: str
) -> None:
    with proxy_process(tmp_path, upstream) as url:
        _, findings = asked(free_port(), tmp_path, OPENAI_BASE_URL=f"{url}/v1")

    assert "a Headroom with this workspace runs (pid " in about(findings, "proxy")
    assert "another Headroom listens there" in about(findings, "OPENAI_BASE_URL", "note")


def test_one_that_wants_a_token_is_asked_with_it_or_told_of(tmp_path: Path, upstream: str) -> None:
    token = {"HEADROOM_API_KEY": "canary-token"}
    with proxy_process(tmp_path, upstream, variables=token) as url:
        port = url.rpartition(":")[2]
        send(url)
        _, without = asked(port, tmp_path)
        _, with_it = asked(port, tmp_path, **token)

    assert about(without, "token")
    assert about(with_it, "token") == ""
    assert "1 request lately" in about(with_it, "requests", "ok")
    assert "canary" not in json.dumps([without, with_it])


def test_everything_down_is_told_within_seconds(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        began = time.monotonic()
        code, findings = asked(
            port, tmp_path, ANTHROPIC_TARGET_API_URL=url, OPENAI_TARGET_API_URL=url
        )
        took = time.monotonic() - began

    assert code == 1
    assert "did not answer in time" in about(findings, "proxy")
    # 3 seconds where the machine has nothing else to do.
    assert took < 6.0


def test_S3_no_key_is_shown_and_nothing_is_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    (home / ".claude" / ".credentials.json").write_text(
        json.dumps({"claudeAiOauth": {"accessToken": CANARY}})
    )
    (home / ".claude" / "settings.json").write_text(f'{{"env": {{"KEY": "{CANARY}"')
    before = sorted(tmp_path.rglob("*"))

    done = run(
        "doctor",
        "--port",
        str(free_port()),
        variables=variables(
            tmp_path,
            ANTHROPIC_API_KEY=CANARY,
            OPENAI_BASE_URL=f"http://me:{CANARY}@127.0.0.1:9",
            HTTPS_PROXY=f"http://me:{CANARY}@proxy.example:1",
        ),
    )

    assert "a login of a subscription (Claude)" in done.stdout
    assert "an API key of Anthropic" in done.stdout
    assert "canary" not in done.stdout + done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_to_be_mended_decides_how_it_ends() -> None:
    assert exit_code([note("a", "b")]) == 0
    assert exit_code([note("a", "b"), problem("a", "b", "c")]) == 1
    assert as_json([])["healthy"] is True
