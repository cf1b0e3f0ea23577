"""What Prometheus scrapes: the same from every worker, never falling, whatever dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from headroom.observe.chronicle import Chronicle
from headroom.observe.metrics import METRICS
from headroom.observe.metrics.exposition import families, text_of
from headroom.observe.metrics.metric import Now, Sums
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.journal import Journal
from tests.observe.metrics.scraped import OPENMETRICS, Scraped, openmetrics, samples, value
from tests.proxy.house import Answer, House, get, house_of, replying, upstream_of
from tests.proxy.pages.scraping import scrape, settled
from tests.proxy.paying import MODEL, asking, costing, reply
from tests.proxy.process import Process, process_of
from tests.proxy.processes import children_of
from tests.proxy.test_websocket import connected, echo, received, speaking
from tests.support.proxy_process import HEADROOM
from tests.support.redis_server import needs_redis, redis_server

WORKERS = 4
COMMAND = (*HEADROOM, "--port", "0", "--workers", str(WORKERS))
PATIENCE_S = 30.0

MONOTONE = {metric.name for metric in METRICS if metric.kind in ("counter", "histogram", "untyped")}


def rising(found: Scraped) -> Scraped:
    """Those samples that may never fall."""
    ends = ("_bucket", "_count", "_sum")
    return {
        (name, labels): number
        for (name, labels), number in found.items()
        if name in MONOTONE or any(name.removesuffix(end) in MONOTONE for end in ends)
    }


async def scraped(process: Process) -> Scraped:
    """A scrape; again where it went to a worker that has just been killed."""
    try:
        answer = await process.answer(get(b"/metrics"))
    except (OSError, asyncio.IncompleteReadError):
        answer = await process.answer(get(b"/metrics"))
    assert answer.status == 200
    return samples(answer.body.decode())


async def until(
    asked: Callable[[], Awaitable[Scraped]], is_so: Callable[[Scraped], bool]
) -> Scraped:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so(found := await asked()):  # noqa: ASYNC110 - nobody else tells
            await asyncio.sleep(0.02)
    return found


def knows(requests: int) -> Callable[[Scraped], bool]:
    return lambda found: value(found, "headroom_requests_total") >= requests


@asynccontextmanager
async def journal_of(workspace: Path) -> AsyncIterator[Sums]:
    """What the journal in this workspace comes to, read by nobody who wrote it."""
    store = SqliteStore(workspace)
    await store.open()
    try:
        yield Sums.of(await Chronicle(Journal(store), process="reader").read())
    finally:
        await store.close()


class Watch:
    """Scrapes again and again, and looks that nothing falls."""

    def __init__(self) -> None:
        self.scrapes = 0
        self.is_over = False
        self.last: Scraped = {}

    def see(self, found: Scraped) -> None:
        self.scrapes += 1
        for name, number in rising(self.last).items():
            assert found.get(name, -1.0) >= number, name
        self.last = found

    async def over(self, process: Process) -> None:
        # Not until it is cancelled: `wait_for` may swallow that.
        while not self.is_over:
            # A worker that was killed breaks off what it was asked.
            try:
                self.see(await scraped(process))
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0)


async def asked(process: Process, times: int) -> int:
    """Ask so often, some at once; how many were answered."""
    done = 0
    for _ in range(times // 5):
        answers = await asyncio.gather(
            *(process.ask(asking(f"number {n}")) for n in range(5)), return_exceptions=True
        )
        done += sum(1 for one in answers if one == 200)
    return done


async def told_by_all(process: Process) -> Scraped:
    """What several scrapes in a row tell alike, each by whichever worker takes the connection."""
    alike, last = 0, rising(await scraped(process))
    async with asyncio.timeout(PATIENCE_S):
        while alike < 2 * WORKERS:
            found = rising(await scraped(process))
            alike = alike + 1 if found == last else 0
            last = found
    return last


async def test_G1_M6_nothing_falls_on_four_workers_with_kills_and_a_restart(tmp_path: Path) -> None:
    watch = Watch()
    async with upstream_of(replying(reply(1_000, 50))) as upstream:
        async with process_of(upstream.url, tmp_path, COMMAND) as process:
            watching = asyncio.create_task(watch.over(process))
            done = await asked(process, 60)
            await until(lambda: scraped(process), knows(done))
            victim = children_of(process.process.pid)[0]
            os.kill(victim, signal.SIGKILL)
            await asked(process, 40)
            os.kill(children_of(process.process.pid)[-1], signal.SIGKILL)
            done += await asked(process, 20)
            watch.is_over = True
            await watching
            same = await told_by_all(process)
            process.stop()
            await process.exit_code(PATIENCE_S)
        async with process_of(upstream.url, tmp_path, COMMAND) as process:
            watch.see(await scraped(process))
            await asked(process, 5)
            watch.see(await until(lambda: scraped(process), knows(len(upstream.seen) - 20)))
            process.stop()
            await process.exit_code(PATIENCE_S)

    assert watch.scrapes > 5
    assert value(same, "headroom_requests_total") >= done
    last = watch.last
    reported = value(last, "headroom_usage_requests_total", usage="reported")
    assert value(last, "headroom_tokens_input_total") == 1_000 * reported
    assert value(last, "headroom_model_tokens_total", model=MODEL, kind="output") == 50 * reported
    assert value(last, "headroom_request_tokens_bucket", kind="input", le="1024.0") == reported
    async with journal_of(tmp_path) as sums:
        told = samples(text_of(families(sums, Now()), "")[0].decode())
    # What ended after the last scrape is in the journal too.
    assert {
        name: number for name, number in rising(told).items() if number < last.get(name, 0)
    } == {}
    assert sums.tally.of("input") >= value(last, "headroom_tokens_input_total")


def pids(answer: Answer) -> set[int]:
    return {each["pid"] for each in json.loads(answer.body)["processes"]}


async def until_gone(process: Process, victims: list[int]) -> set[int]:
    """The processes that live, once these are none of them and as many are there again."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                found = pids(await process.answer(get(b"/debug/memory")))
                if len(found) == WORKERS and not found.intersection(victims):
                    return found
            await asyncio.sleep(0.02)


async def test_T5_processes_are_those_that_live(tmp_path: Path) -> None:
    async with (
        upstream_of() as upstream,
        process_of(upstream.url, tmp_path, COMMAND) as process,
    ):
        found = await until(
            lambda: scraped(process), lambda one: value(one, "headroom_processes") == WORKERS
        )
        answer = await process.answer(get(b"/metrics", b"accept: " + OPENMETRICS.encode()))
        memory = await process.answer(get(b"/debug/memory"))
        victims = children_of(process.process.pid)[:2]
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        left = await until_gone(process, victims)

    assert value(found, "headroom_store_up", store="sqlite") == 1
    assert value(found, "headroom_store_durable") == 1
    assert openmetrics(answer.body.decode()).keys() == found.keys()
    assert len(pids(memory)) == WORKERS
    assert set(victims) <= pids(memory)
    assert len(left) == WORKERS


async def test_M6_an_open_websocket_is_told_by_every_process(tmp_path: Path) -> None:
    async with (
        speaking(echo, workspace_dir=tmp_path) as (_, house),
        house_of(workspace_dir=tmp_path) as other,
    ):
        async with connected(house) as socket:
            await socket.send_str("a")
            await received(socket)
            open_ = await until(lambda: scrape(other), has_sockets(1))
            await scrape(house)
        closed = await until(lambda: scrape(house), has_sockets(0))
        lasted = await settled(other, 1)

    assert value(open_, "headroom_active_relay_tasks") == 2
    assert value(closed, "headroom_active_relay_tasks") == 0
    assert value(lasted, "headroom_ws_session_duration_ms_count") == 1
    assert value(lasted, "headroom_latency_ms_count") == 0


def has_sockets(count: int) -> Callable[[Scraped], bool]:
    return lambda found: value(found, "headroom_active_ws_sessions") == count


@needs_redis
async def test_G2_two_proxies_on_one_redis_tell_the_same(tmp_path: Path) -> None:
    script = replying(costing("0.10"))
    async with (
        redis_server() as url,
        house_of(script, store=url, workspace_dir=tmp_path / "a", budget=5.0) as one,
        house_of(script, store=url, workspace_dir=tmp_path / "b", budget=5.0) as other,
    ):
        houses: tuple[House, ...] = (one, other, one)
        for number, house in enumerate(houses):
            await house.ask(asking(f"number {number}"))
        first, second = [await settled(house, len(houses)) for house in (one, other)]

    assert rising(first) == rising(second)
    everybody = {"scope": "all", "period": "daily", "key": ""}
    for found in (first, second):
        assert value(found, "headroom_processes") == 2
        assert abs(value(found, "headroom_budget_spent_usd", **everybody) - 0.30) < 1e-6
        assert value(found, "headroom_store_up", store="redis") == 1
