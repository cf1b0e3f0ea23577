"""The real server over stdio, asked by the official client."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cli.mcp.talking import LOG, refused, said, talking, variables
from tests.support.proxy_process import proxy_process

SERVE = [sys.executable, "-m", "headroom", "mcp", "serve"]
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


def key_in(text: str) -> str:
    found = re.search(r"headroom_retrieve hash=([0-9a-f]{24})", text)
    assert found, text
    return found[1]


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[str]:
    with proxy_process(tmp_path, "http://127.0.0.1:9") as url:
        yield url


async def test_the_tools_are_named_and_say_what_they_take(tmp_path: Path) -> None:
    async with talking(env=variables(tmp_path)) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

    assert set(tools) == {"headroom_retrieve", "headroom_compress", "headroom_stats"}
    assert tools["headroom_retrieve"].input_schema["required"] == ["hash"]
    assert set(tools["headroom_retrieve"].input_schema["properties"]) == {"hash", "query", "lines"}
    assert tools["headroom_retrieve"].annotations is not None
    assert tools["headroom_retrieve"].annotations.read_only_hint


async def test_G_what_is_left_out_is_had_again_also_from_another_server(tmp_path: Path) -> None:
    async with talking(env=variables(tmp_path)) as client:
        text, told = await said(client, "headroom_compress", content=LOG)

    assert "request 700 lost its connection" in text
    assert len(text) < len(LOG) / 10
    assert key_in(text) == key_in(told)
    async with talking("--direct", env=variables(tmp_path)) as client:
        assert await said(client, "headroom_retrieve", hash=key_in(text), query="request 321") == [
            "322: 2026-11-26 12:05:21 INFO worker 6 request 321 done"
        ]
        (part,) = await said(client, "headroom_retrieve", hash=key_in(text), lines="2-3")
        assert part.startswith("2: 2026-11-26 12:00:01 INFO worker 1 request 1 done\n3: ")


async def test_a_proxy_that_runs_answers_and_keeps_the_originals(
    tmp_path: Path, proxy: str
) -> None:
    port = str(urlsplit(proxy).port)

    async with talking(env=variables(tmp_path, port)) as client:
        text, _ = await said(client, "headroom_compress", content=LOG)
        (stats,) = await said(client, "headroom_stats")
        (whole,) = await said(client, "headroom_retrieve", hash=key_in(text), lines="701")

    told = json.loads(stats)
    assert told["answered_by"] == proxy
    assert told["here"]["texts_compressed"] == told["today"]["texts_compressed"] == 1
    assert told["here"]["tokens_saved"] == told["today"]["tokens_saved_by_that"] > 10_000
    assert "request 700 lost its connection" in whole


async def test_what_was_kept_without_a_proxy_is_had_by_one_and_the_other_way_round(
    tmp_path: Path, proxy: str
) -> None:
    async with talking("--direct", env=variables(tmp_path)) as client:
        direct, _ = await said(client, "headroom_compress", content=LOG)
    async with talking("--proxy-url", proxy, env=variables(tmp_path)) as client:
        by_proxy, _ = await said(client, "headroom_compress", content=LOG.replace("worker", "w"))
        assert await said(client, "headroom_retrieve", hash=key_in(direct), query="request 9 ")

    async with talking("--direct", env=variables(tmp_path)) as client:
        assert await said(client, "headroom_retrieve", hash=key_in(by_proxy), query="request 9 ")


async def test_D1_with_a_token_it_is_the_same_caller_by_proxy_and_without(tmp_path: Path) -> None:
    env = variables(tmp_path, HEADROOM_API_KEY="a-token-of-the-team")
    with proxy_process(
        tmp_path, "http://127.0.0.1:9", variables={"HEADROOM_API_KEY": "a-token-of-the-team"}
    ) as url:
        async with talking("--proxy-url", url, env=env) as client:
            text, _ = await said(client, "headroom_compress", content=LOG)
        async with talking("--proxy-url", url, env=variables(tmp_path / "none")) as client:
            assert "it wants a token" in await refused(client, "headroom_compress", content=LOG)

    async with talking("--direct", env=env) as client:
        assert await said(client, "headroom_retrieve", hash=key_in(text), query="request 9 ")
    async with talking("--direct", env=variables(tmp_path)) as client:
        told = await refused(client, "headroom_retrieve", hash=key_in(text))
    assert "never kept for who asks here" in told


async def test_errors_are_told_in_words(tmp_path: Path) -> None:
    async with talking("--proxy-url", "http://127.0.0.1:9", env=variables(tmp_path)) as client:
        told = await refused(client, "headroom_compress", content=LOG)
        assert "http://127.0.0.1:9 cannot be asked: nobody listens there" in told

    async with talking(env=variables(tmp_path)) as client:
        assert "needs content" in await refused(client, "headroom_compress")
        assert "no tool 'other'" in await refused(client, "other")
        told = await refused(client, "headroom_retrieve", hash="0" * 24)
        assert "Go on without it" in told
        assert "24" in await refused(client, "headroom_retrieve", hash="nonsense")


async def test_S_nothing_that_was_said_is_logged(tmp_path: Path) -> None:
    canary = "canary-7c1e6f0a"
    body = {"name": "headroom_compress", "arguments": {"content": LOG.replace("done", canary)}}
    process = start(tmp_path, "--debug")

    lines = ask(process, HELLO, {"jsonrpc": "2.0", "method": "notifications/initialized"})
    lines += ask(process, {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": body})

    assert canary in lines[-1]["result"]["content"][0]["text"]
    _, logged = process.communicate(timeout=20)
    assert canary not in logged
    assert process.returncode == 0


def test_T_only_the_protocol_is_on_stdout_and_the_end_of_stdin_is_the_end(tmp_path: Path) -> None:
    process = start(tmp_path)

    (hello,) = ask(process, HELLO)
    rest, logged = process.communicate(timeout=20)

    assert hello["result"]["serverInfo"]["name"] == "headroom"
    assert (rest, logged, process.returncode) == ("", "", 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_T_it_ends_at_once_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path)
    ask(process, HELLO)

    process.send_signal(number)

    assert process.wait(10) == -number
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.communicate()


def start(workspace: Path, *flags: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*SERVE, *flags],
        env=variables(workspace),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ask(process: subprocess.Popen[str], *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """Send these, and read as many answers as ask for one."""
    assert process.stdin is not None
    assert process.stdout is not None
    for message in messages:
        process.stdin.write(json.dumps(message) + os.linesep)
    process.stdin.flush()
    return [json.loads(process.stdout.readline()) for one in messages if "id" in one]
