"""M5 and M6: limits per minute are one for all workers and machines.

Requests are sent at once, so that whatever is counted apart is given twice.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from tests.proxy.house import Upstream, get, house_of, post, upstream_of
from tests.proxy.process import Process, process_of
from tests.support.proxy_process import HEADROOM
from tests.support.redis_server import (
    answering,
    needs_redis,
    redis_at,
    redis_server,
    start_redis,
)

KEY = b"x-api-key: mine"
PER_MINUTE = 60
ASKED = 150
"""More than what two would serve who count apart."""
LIMITED = (*HEADROOM, "--port", "0", "--no-cache", "--rpm", str(PER_MINUTE))


async def given(processes: Sequence[Process]) -> tuple[int, float]:
    """How many of many requests at once are served, and how many seconds that took."""
    turns = itertools.cycle(processes)
    begun = time.monotonic()
    asked = (next(turns).ask(post(b"/v1/messages", b"{}", KEY)) for _ in range(ASKED))
    statuses = await asyncio.gather(*asked)
    assert set(statuses) == {200, 429}
    return statuses.count(200), time.monotonic() - begun


def assert_exact(served: int, seconds: float, upstream: Upstream) -> None:
    """A minute's worth, what came in meanwhile, and nothing else."""
    assert PER_MINUTE <= served <= PER_MINUTE + math.floor(seconds * PER_MINUTE / 60)
    assert len(upstream.seen) == served


async def test_M6_four_workers_have_one_limit(tmp_path: Path) -> None:
    async with (
        upstream_of() as upstream,
        process_of(upstream.url, tmp_path, (*LIMITED, "--workers", "4")) as process,
    ):
        served, seconds = await given([process])

    assert_exact(served, seconds, upstream)


async def test_M6_a_restart_fills_no_bucket(tmp_path: Path) -> None:
    command = (*HEADROOM, "--port", "0", "--no-cache", "--rpm", "3")
    statuses = []
    async with upstream_of() as upstream:
        for _ in range(3):
            async with process_of(upstream.url, tmp_path, command) as process:
                asked = [await process.ask(post(b"/v1/messages", b"{}", KEY)) for _ in range(2)]
                statuses += asked
                process.process.kill()

    assert statuses == [200, 200, 200, 429, 429, 429]


async def test_M6_tokens_in_flight_are_counted_by_all_workers(tmp_path: Path) -> None:
    """Each request is expected to use a thousand tokens and more, and none of them ends."""
    body = b'{"model":"m","max_tokens":1000,"messages":[]}'
    command = (*HEADROOM, "--port", "0", "--no-cache", "--tpm", "10500", "--workers", "2")
    async with upstream_of() as upstream:
        release = asyncio.Event()

        async def wait(_seen: object, writer: asyncio.StreamWriter) -> None:
            await release.wait()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

        upstream.script = wait
        async with process_of(upstream.url, tmp_path, command) as process:
            asked = [
                asyncio.ensure_future(process.ask(post(b"/v1/messages", body, KEY)))
                for _ in range(40)
            ]
            begun = time.monotonic()
            refused = 0
            for done in asyncio.as_completed(asked):
                refused += await done == 429
                if refused + len(upstream.seen) == len(asked):
                    break
            seconds = time.monotonic() - begun
            in_flight = len(upstream.seen)
            release.set()
            await asyncio.gather(*asked)

    assert 10 <= in_flight <= (10_500 + seconds * 10_500 / 60) / 1000


@needs_redis
async def test_M5_two_proxies_on_one_redis_have_one_limit(tmp_path: Path) -> None:
    async with redis_server() as url, upstream_of() as upstream:
        command = (*LIMITED, "--store", url)
        async with (
            process_of(upstream.url, tmp_path / "a", command) as one,
            process_of(upstream.url, tmp_path / "b", command) as other,
        ):
            served, seconds = await given([one, other])

    assert_exact(served, seconds, upstream)


@needs_redis
async def test_a_redis_that_is_killed_stops_nobody(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="redis-") as place:
        path = Path(place, "socket")
        server = start_redis(path)
        await answering(path)
        async with house_of(store=f"unix://{path}", workspace_dir=tmp_path, rpm=2) as house:
            before = [await house.ask(post(b"/v1/messages", b"{}", KEY)) for _ in range(3)]
            server.kill()
            server.wait()
            after = [await house.ask(post(b"/v1/messages", b"{}", KEY)) for _ in range(3)]
            ready = await house.ask(get(b"/readyz"))

    assert [answer.status for answer in before] == [200, 200, 429]
    assert [answer.status for answer in after] == [200, 200, 200]
    limiter = json.loads(ready.body)["checks"]["rate_limiter"]
    assert (ready.status, limiter["ready"], limiter["status"]) == (200, True, "degraded")
    assert "are not limited: Redis does not answer" in limiter["error"]


# Two machines: network namespaces of their own, joined to ours by a switch.


def _may_make_networks() -> bool:
    if shutil.which("ip") is None or os.geteuid() != 0:
        return False
    name = f"headroom-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True)
    subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
    return made.returncode == 0


SWITCH, NETWORK = f"hr{os.getpid()}", f"10.217.{os.getpid() % 256}"
OURS = f"{NETWORK}.1"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def switch() -> Iterator[None]:
    """What machines are joined to; we are there too."""
    ip("link", "add", SWITCH, "type", "bridge")
    try:
        ip("addr", "add", f"{OURS}/24", "dev", SWITCH)
        ip("link", "set", SWITCH, "up")
        yield
    finally:
        ip("link", "del", SWITCH)


@contextmanager
def machine(number: int) -> Iterator[tuple[str, str]]:
    """A network of its own, and its address."""
    name, cable, address = (
        f"headroom-{SWITCH}-{number}",
        f"{SWITCH}-{number}",
        f"{NETWORK}.{number}",
    )
    ip("netns", "add", name)
    try:
        ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", cable, "master", SWITCH, "up")
        inside = ("netns", "exec", name, "ip")
        ip(*inside, "addr", "add", f"{address}/24", "dev", "eth0")
        ip(*inside, "link", "set", "eth0", "up")
        ip(*inside, "link", "set", "lo", "up")
        yield name, address
    finally:
        ip("netns", "del", name)


@asynccontextmanager
async def proxy_on(
    number: int, workspace: Path, upstream: str, store: str
) -> AsyncIterator[Process]:
    """A proxy on a machine of its own."""
    with machine(number) as (name, address):
        listening = ("--host", address, "--store", store)
        command = ("ip", "netns", "exec", name, *LIMITED, *listening)
        sign = rb"http://%b:(\d+)" % re.escape(address).encode()
        async with process_of(upstream, workspace, command, sign, address) as process:
            yield process


@needs_redis
@pytest.mark.skipif(not _may_make_networks(), reason="needs root and network namespaces")
async def test_M5_two_machines_on_one_redis_have_one_limit(tmp_path: Path) -> None:
    with switch():
        async with redis_at(OURS) as store, upstream_of(host=OURS) as upstream:
            url = f"http://{OURS}:{upstream.port}"
            async with (
                proxy_on(11, tmp_path / "a", url, store) as one,
                proxy_on(12, tmp_path / "b", url, store) as other,
            ):
                served, seconds = await given([one, other])

    assert_exact(served, seconds, upstream)
