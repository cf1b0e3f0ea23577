"""T1 to T4 and T6 of the reliability contract: starting, stopping, and without a network."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headroom.proxy.http import Limits
from tests.proxy.house import Seen, get, hang, house_of, post, upstream_of
from tests.proxy.process import process_of
from tests.support.proxy_process import HEADROOM

STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENT = b"20\r\ndata: 3456789012345678901234567\n\n\r\n".replace(b"20", b"21")

GUNICORN = (
    sys.executable, "-m", "gunicorn", "headroom.proxy.server:app", "--workers", "1",
    "--bind", "127.0.0.1:0", "--worker-class", "uvicorn.workers.UvicornWorker",
)  # fmt: skip
GUNICORN_SIGN = rb"Listening at: http://127\.0\.0\.1:(\d+)"


async def test_T1_a_stop_lets_running_streams_finish_and_exits_0(tmp_path: Path) -> None:
    release = asyncio.Event()

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + EVENT)
        await release.wait()
        writer.write(EVENT + b"0\r\n\r\n")

    async with upstream_of(script) as upstream, process_of(upstream.url, tmp_path) as process:
        client = await process.connect()
        client.writer.write(post(b"/v1/messages", b'{"stream":true}'))
        await client.head()
        first = await client.chunk()
        process.stop()
        await _until_refused(process.port)
        release.set()
        second = await client.chunk()
        end = await client.chunk()

        assert first == second
        assert end == b""
        assert await process.exit_code() == 0


async def _until_refused(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return
        writer.transport.abort()
        await asyncio.sleep(0.02)
    raise AssertionError("the proxy still accepts connections")


async def test_T1_readiness_ends_with_the_stop() -> None:
    async with house_of(hang) as house:
        client = await house.connect()
        client.writer.write(post())
        await house.upstream.next()
        for connection in list(house.state.connections):
            connection.shutdown()

        answer = await house.ask(get(b"/readyz"))
        alive = await house.ask(get(b"/livez"))

    assert answer.status == 503
    assert b'"ready":false' in answer.body
    assert alive.status == 200


async def test_T2_a_stop_lets_a_running_call_finish(tmp_path: Path) -> None:
    release = asyncio.Event()

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    async with upstream_of(script) as upstream, process_of(upstream.url, tmp_path) as process:
        client = await process.connect()
        client.writer.write(post())
        await upstream.next()
        process.stop(signal.SIGINT)
        await _until_refused(process.port)
        release.set()
        answer = await client.answer()

        assert (answer.status, answer.body) == (200, b"{}")
        assert answer.values(b"connection") == [b"close"]
        assert await process.exit_code() == 0


async def test_T3_the_hard_stop_tells_a_stream_with_an_error_event() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + EVENT)
        await seen.gone.wait()

    async with house_of(script, limits=Limits(drain_seconds=0.1)) as house:
        client = await house.connect()
        client.writer.write(post(b"/v1/messages", b'{"stream":true}'))
        await client.head()
        await client.chunk()
        for connection in list(house.state.connections):
            connection.shutdown()
        rest = await client.rest()

    assert b"event: error" in rest
    assert not rest.endswith(b"0\r\n\r\n")


async def test_T3_the_hard_stop_answers_a_waiting_call_with_503() -> None:
    async with house_of(hang, limits=Limits(drain_seconds=0.1)) as house:
        client = await house.connect()
        client.writer.write(post())
        await house.upstream.next()
        for connection in list(house.state.connections):
            connection.shutdown()
        answer = await client.answer()

    assert answer.status == 503
    assert answer.values(b"connection") == [b"close"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_T4_an_idle_proxy_stops_within_2_seconds(tmp_path: Path, number: int) -> None:
    async with upstream_of() as upstream, process_of(upstream.url, tmp_path) as process:
        idle = await process.connect()
        idle.writer.write(post())
        await idle.answer()
        before = time.monotonic()
        process.stop(number)
        code = await process.exit_code(within_s=5.0)

    assert code == 0
    assert time.monotonic() - before < 2.0


async def test_T4_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    async with upstream_of(hang) as upstream, process_of(upstream.url, tmp_path) as process:
        client = await process.connect()
        client.writer.write(post())
        await upstream.next()
        process.stop()
        await _until_refused(process.port)
        before = time.monotonic()
        process.stop()
        code = await process.exit_code(within_s=5.0)

    assert code == 0
    assert time.monotonic() - before < 2.0


async def test_the_documented_gunicorn_command_serves_within_our_limits(tmp_path: Path) -> None:
    async with (
        upstream_of() as upstream,
        process_of(upstream.url, tmp_path, GUNICORN, GUNICORN_SIGN) as process,
    ):
        client = await process.connect()
        client.writer.write(post())
        answer = await client.answer()
        large = await process.connect()
        large.writer.write(get(b"/v1/models", b"x: " + b"a" * 40_000))
        refused = await large.answer()
        process.stop()
        code = await process.exit_code()

    assert answer.status == 200
    theirs = [name for name, _ in answer.headers if not name.startswith(b"x-headroom-")]
    assert theirs == [b"content-type", b"content-length"]
    assert refused.status == 431
    assert code == 0


def _has_own_network() -> bool:
    unshare = shutil.which("unshare")
    if unshare is None or shutil.which("ip") is None:
        return False
    return subprocess.run([unshare, "-n", "true"], check=False).returncode == 0


@pytest.mark.skipif(not _has_own_network(), reason="needs unshare -n and ip")
def test_T6_it_starts_and_serves_with_no_network_at_all(tmp_path: Path) -> None:
    asking = (
        "import http.client, json, sys\n"
        "c = http.client.HTTPConnection('127.0.0.1', 18787, timeout=5)\n"
        "c.request('GET', '/readyz'); assert c.getresponse().read()\n"
        "body = json.dumps({'model': 'gpt-4o', 'messages': [{'role': 'user', 'content': 'x'}]})\n"
        "c.request('POST', '/v1/compress', body, {'content-type': 'application/json'})\n"
        "r = c.getresponse(); print(r.status, r.read().decode())\n"
    )
    script = f"""
        ip link set lo up
        {_quoted(HEADROOM)} --port 18787 & proxy=$!
        for _ in $(seq 100); do
          {_quoted((sys.executable, "-c", asking))} && break; sleep 0.1
        done
        kill $proxy; wait $proxy; echo stopped $?
    """
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=40,
        env={"HEADROOM_WORKSPACE_DIR": str(tmp_path), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
             "PYTHONPATH": "src"},
    )  # fmt: skip

    assert "200 " in done.stdout, done.stdout + done.stderr
    assert "stopped 0" in done.stdout


def _quoted(words: tuple[str, ...]) -> str:
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
