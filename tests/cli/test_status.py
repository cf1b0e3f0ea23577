"""`headroom status`, from the outside."""

from __future__ import annotations

import json
import resource
import subprocess
import urllib.parse
from pathlib import Path

import pytest

from tests.cli.pages import listening, page, send
from tests.cli.running import loaded_by, run
from tests.support.proxy_process import proxy_process
from tests.upstream import Provider, running

HEAVY = ("aiohttp", "uvicorn", "tiktoken", "genai_prices", "headroom.compressors", "tree_sitter")


def status(workspace: Path, port: int, *words: str) -> subprocess.CompletedProcess[str]:
    variables = {"HEADROOM_WORKSPACE_DIR": str(workspace), "HEADROOM_PORT": str(port)}
    return run("status", *words, variables=variables)


def used() -> float:
    """How many seconds of a processor processes of ours that have ended took."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def port_of(url: str) -> int:
    return urllib.parse.urlsplit(url).port or 0


def test_it_runs_and_all_is_well(tmp_path: Path) -> None:
    with running(Provider()) as upstream, proxy_process(tmp_path, upstream) as url:
        send(url, times=2)
        told = status(tmp_path, port_of(url))
        as_json = status(tmp_path, port_of(url), "--json")

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith(f"Headroom 0.1.0 runs on {url}\n")
    assert "saved net" in told.stdout
    assert "\x1b" not in told.stdout
    found = json.loads(as_json.stdout)
    assert (found["running"], found["healthy"], found["source"]) == (True, True, "proxy")
    assert found["store"]["kind"] == "sqlite"


def test_S6_nothing_runs_and_nothing_was_ever_made(tmp_path: Path) -> None:
    result = status(tmp_path / "none", 1)

    assert (result.returncode, result.stderr) == (3, "")
    assert "Headroom does not run on http://127.0.0.1:1\n" in result.stdout
    assert "Start it with: headroom proxy." in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_host_and_a_port_can_be_named(tmp_path: Path) -> None:
    with listening({"/health": page(service="other")}) as listener:
        result = status(tmp_path, 1, "--host", "localhost", "-p", str(listener.port))

    assert result.returncode == 1
    assert f"http://localhost:{listener.port}" in result.stdout
    assert "something else than Headroom listens there" in result.stdout


def test_a_wrong_port_is_one_sentence(tmp_path: Path) -> None:
    result = status(tmp_path, 1, "--port", "x")

    assert result.returncode == 2
    assert result.stderr == (
        "headroom: --port is 'x', but a whole number from 0 to 65535 is needed.\n"
    )


def test_L8_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    assert loaded_by("headroom.cli.status", HEAVY) == []


@pytest.mark.unmeasured
def test_it_takes_less_than_three_tenths_of_a_second(tmp_path: Path) -> None:
    # Of a processor, and the best of a few: the machine may be busy with other things.
    times = []
    for _ in range(5):
        began = used()
        status(tmp_path, 1)
        times.append(used() - began)

    assert min(times) < 0.3


@pytest.mark.parametrize("words", [("status",), ("perf",), ("dashboard",)])
def test_S3_no_token_is_printed(tmp_path: Path, words: tuple[str, ...]) -> None:
    token = "0123456789abcdef" * 3
    for name in ("token", "admin_key"):
        (tmp_path / name).write_text(f"{token}\n")
    with listening({"/livez": page(service="headroom-proxy")}) as listener:
        variables = {
            "HEADROOM_WORKSPACE_DIR": str(tmp_path),
            "HEADROOM_PORT": str(listener.port),
            "BROWSER": "true",
        }
        result = run(*words, variables=variables)

    assert token not in result.stdout + result.stderr
    assert not any("token" in asked for asked, _ in listener.asked)
    assert listener.tokens() == [None] * len(listener.asked)
