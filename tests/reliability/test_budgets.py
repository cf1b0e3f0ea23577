"""Budgets in whole conversations, whole processes, and where the store is down."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from headroom.errors import StoreError
from headroom.marker import TOOL, key_of
from headroom.proxy import spending
from headroom.proxy.caller import Caller
from headroom.proxy.fetching import UNPAID
from headroom.proxy.spending import budgets_of
from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.base import RESERVED_S, Health, Key, Reservation, Store
from headroom.state.spend import NANO, Budget, Spend, UsedUp
from tests.proxy.house import House, get, hang, house_of, post, replying, upstream_of
from tests.proxy.paying import asking, costing, dollars, proxy_of, reply, spent, waiting
from tests.proxy.process import Process, process_of
from tests.proxy.processes import is_connected_to
from tests.proxy.talks import ROUTES, body_of, house_before, noting, table
from tests.proxy.test_workers import REPLACED_S, both, workers_of
from tests.support.proxy_process import HEADROOM
from tests.support.redis_server import needs_redis, redis_server
from tests.support.reserving import set_apart, take
from tests.upstream import Call, Provider, Say, Script

TEXTS = [table(1)]
ASK = Call(TOOL, {"hash": key_of(TEXTS[0])})
KEY = b"authorization: Bearer key"

every = pytest.mark.parametrize("route", ROUTES)
streams = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


def allow(house: House, nanos: int) -> None:
    """Set the budget to so much."""
    proxy = proxy_of(house)
    settings = dataclasses.replace(proxy.settings, budget=float(nanos) / NANO)
    house.app._proxy = dataclasses.replace(proxy, settings=settings)


def asked_with(route: str, texts: list[str], **members: object) -> bytes:
    if "chat" in route and members.get("stream"):
        members["stream_options"] = {"include_usage": True}
    return post(route.encode(), body_of(route, texts, **members), KEY)


@every
@streams
async def test_M1_a_hidden_leg_that_nothing_is_left_for_tells_the_model_so(
    route: str, stream: bool, tmp_path: Path
) -> None:
    provider = Provider()
    async with house_before(
        provider, workspace_dir=tmp_path, ccr_offer="always", budget=10.0
    ) as house:
        notebook = noting(house)
        await house.ask(asked_with(route, []))
        await notebook.next()
        allow(house, await spent(house) + 1_000)
        provider.next(Script((Say("Let me see. "), ASK)))
        answer = await house.ask(asked_with(route, TEXTS, stream=stream))
        outcome = await notebook.next()
        asked = len(provider.received)
        charged = await spent(house)
        refused = await house.ask(asked_with(route, TEXTS))
        allow(house, 10 * NANO)
        words = UNPAID.format(key=key_of(TEXTS[0]))
        provider.next(Script((Say("I go on without it."),)))
        again = json.loads(body_of(route, TEXTS))
        name = "input" if "responses" in route else "messages"
        text = [{"type": "text", "text": "Let me see. "}] if "messages" in route else "Let me see. "
        again[name] += [
            {"role": "assistant", "content": text},
            {"role": "user", "content": "Go on, please."},
        ]
        last = await house.ask(post(route.encode(), json.dumps(again).encode(), KEY))
        sent = json.dumps(provider.received[-1].json())

    assert answer.status == 200
    assert b"Let me see." in answer.body
    assert TOOL.encode() not in answer.body
    assert asked == 2
    assert outcome.legs == 1
    assert outcome.cost is not None
    assert charged >= outcome.cost * NANO
    assert refused.status == 429
    assert last.status == 200, last.body
    assert words in sent


@every
@streams
async def test_M1_each_hidden_leg_is_charged(route: str, stream: bool, tmp_path: Path) -> None:
    provider = Provider()
    async with house_before(
        provider, workspace_dir=tmp_path, ccr_offer="always", budget=100.0
    ) as house:
        notebook = noting(house)
        await house.ask(asked_with(route, []))
        first = await notebook.next()
        provider.next(Script((Say("Let me see. "), ASK)), Script((Say("It is slow."),)))
        await house.ask(asked_with(route, TEXTS, stream=stream))
        second = await notebook.next()
        total = await spent(house)

    assert second.legs == 2
    assert first.cost is not None
    assert second.cost is not None
    assert abs(total - int((first.cost + second.cost) * NANO)) <= 2
    assert not second.estimated


@streams
async def test_M1_a_provider_that_keeps_the_history_is_told_with_the_next_request(
    stream: bool, tmp_path: Path
) -> None:
    route, provider = "/v1/responses", Provider()
    async with house_before(
        provider, workspace_dir=tmp_path, ccr_offer="always", budget=10.0
    ) as house:
        notebook = noting(house)
        await house.ask(asked_with(route, []))
        await notebook.next()
        allow(house, await spent(house) + 1_000)
        provider.next(Script((Say("Let me see. "), ASK)))
        kept = {**json.loads(body_of(route, TEXTS)), "stream": stream, "store": True}
        answer = await house.ask(post(route.encode(), json.dumps(kept).encode(), KEY))
        await notebook.next()
        allow(house, 10 * NANO)
        found = re.search(rb'"id": ?"(resp_[^"]+)"', answer.body)
        assert found is not None
        body = {"model": "test-model", "previous_response_id": found[1].decode(), "input": "Go on."}
        last = await house.ask(post(route.encode(), json.dumps(body).encode(), KEY))
        sent = json.dumps(provider.received[-1].json())

    assert last.status == 200, last.body
    assert UNPAID.format(key=key_of(TEXTS[0])) in sent


class Failing(MemoryStore):
    """A store whose accounts can be neither read nor written while it is down."""

    down = True

    def _answer(self) -> None:
        if self.down:
            raise StoreError("the disk is full")

    async def add(self, amounts: Mapping[Key, int]) -> Mapping[Key, int]:
        self._answer()
        return await super().add(amounts)

    async def reserve(
        self, reservation: Reservation, limits: Mapping[Key, int], amount: int
    ) -> Sequence[Key]:
        self._answer()
        return await super().reserve(reservation, limits, amount)

    async def settle(self, reservation: Reservation, actual: int, *, unsure: bool = False) -> None:
        self._answer()
        await super().settle(reservation, actual, unsure=unsure)

    def health(self) -> Health:
        return Health(durable=True, problem="the disk is full" if self.down else "")


def keep_in(house: House, store: MemoryStore) -> None:
    """Let this be where spending is counted."""
    proxy = proxy_of(house)
    planning = dataclasses.replace(proxy.planning, spend=Spend(store), store_health=store.health)
    house.app._proxy = dataclasses.replace(proxy, planning=planning)


async def budget_check(house: House) -> dict[str, Any]:
    checks = json.loads((await house.ask(get(b"/readyz"))).body)["checks"]
    assert isinstance(checks["budget"], dict)
    return checks["budget"]


async def test_M9_what_cannot_be_counted_is_refused_under_a_budget_and_goes_on_without() -> None:
    async with house_of(replying(costing("0.1")), budget=1.0) as house:
        healthy = await budget_check(house)
        keep_in(house, Failing())
        refused = await house.ask(asking())
        free = await house.ask(get(b"/v1/models"))
        degraded = await budget_check(house)
        seen = len(house.upstream.seen)
    async with house_of(replying(costing("0.1"))) as house:
        keep_in(house, Failing())
        unbudgeted = await house.ask(asking())

    assert healthy == {"enabled": True, "ready": True, "status": "healthy"}
    assert (degraded["status"], degraded["error"]) == ("degraded", "the disk is full")
    assert refused.status == 503
    assert json.loads(refused.body)["type"] == "error"
    assert "--budget-fail-open" in refused.body.decode()
    assert int(refused.values(b"retry-after")[0]) > 0
    assert (free.status, seen) == (200, 1)
    assert unbudgeted.status == 200


async def test_M9_with_fail_open_calls_go_on_and_are_charged_once_that_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spending, "STORE_AGAIN_S", 0.01)
    store = Failing()
    async with house_of(replying(costing("0.1")), budget=1.0, budget_fail_open=True) as house:
        keep_in(house, store)
        answers = [await house.ask(asking()) for _ in range(2)]
        store.down = False
        total = await spent(house)

    assert [answer.status for answer in answers] == [200, 200]
    assert total == dollars("0.2")


async def test_M9_a_charge_that_cannot_be_written_is_written_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spending, "STORE_AGAIN_S", 0.01)
    store, gate = Failing(), asyncio.Event()
    store.down = False
    async with house_of(waiting(gate, costing("0.3")), budget=1.0) as house:
        keep_in(house, store)
        client = await house.connect()
        client.writer.write(asking())
        await house.upstream.next()
        store.down = True
        gate.set()
        assert (await client.answer()).status == 200
        assert (await house.ask(asking())).status == 503
        store.down = False
        assert await spent(house) == dollars("0.3")


class Slow(MemoryStore):
    """A store that grants, and takes its time to say so."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.gate = asyncio.Event(), asyncio.Event()

    async def reserve(
        self, reservation: Reservation, limits: Mapping[Key, int], amount: int
    ) -> Sequence[Key]:
        used_up = await super().reserve(reservation, limits, amount)
        self.asked.set()
        await self.gate.wait()
        return used_up


async def test_M1_what_is_granted_to_a_client_that_has_left_is_given_back() -> None:
    store = Slow()
    async with house_of(budget=1.0) as house:
        notebook = noting(house)
        keep_in(house, store)
        client = await house.connect()
        client.writer.write(asking(most=1_000))
        await asyncio.wait_for(store.asked.wait(), 5)
        client.close()
        assert (await notebook.next()).verdict == "client_left"
        store.gate.set()
        assert await spent(house) == 0
        everything = budgets_of(proxy_of(house).settings, Caller())[0]
        account = everything.account(proxy_of(house).planning.clock())
        assert await set_apart(store, {account: 1}, 1) is not None
        assert house.upstream.seen == []


# Whole processes.

CALL = asking(most=1_000)
"""Expected to say 1,000 tokens: two cents, and next to nothing for what it sends."""
ANSWER = reply(0, 1_000)


def command(*flags: str) -> tuple[str, ...]:
    return (*HEADROOM, "--port", "0", *flags)


async def asked_at_once(processes: Sequence[Process], calls: int) -> list[int]:
    return list(
        await asyncio.gather(*(processes[n % len(processes)].ask(CALL) for n in range(calls)))
    )


async def told_of(store: Store, budget: Budget, *, now: float) -> int:
    return (await Spend(store).spent([budget], now=now))[budget]


async def settled_in(workspace: Path, budget: Budget) -> int:
    store = SqliteStore(workspace)
    await store.open()
    try:
        return await told_of(store, budget, now=time.time())
    finally:
        await store.close()


async def test_M6_four_workers_have_one_budget_and_M2_a_restart_forgets_nothing(
    tmp_path: Path,
) -> None:
    flags = ("--budget", "0.1", "--workers", "4", "--budget-period", "monthly")
    async with upstream_of(replying(ANSWER)) as upstream:
        async with process_of(upstream.url, tmp_path, command(*flags)) as process:
            statuses = await asked_at_once([process], 40)
            process.stop()
            await process.exit_code(30)
        passed = statuses.count(200)
        async with process_of(upstream.url, tmp_path, command(*flags)) as process:
            again = await asked_at_once([process], 8)

    assert sorted(set(statuses)) == [200, 429]
    assert 5 <= passed <= 6
    assert len(upstream.seen) == passed
    assert again == [429] * 8
    assert await settled_in(tmp_path, Budget(1, "monthly")) == passed * dollars("0.02")


async def test_M2_what_a_killed_process_had_set_apart_is_charged_at_its_estimate(
    tmp_path: Path,
) -> None:
    flags = ("--budget", "0.02", "--budget-period", "monthly")
    async with upstream_of(hang) as upstream:
        async with process_of(upstream.url, tmp_path, command(*flags)) as process:
            client = await process.connect()
            client.writer.write(CALL)
            await upstream.next()
            process.stop(signal.SIGKILL)
            await process.exit_code()
        async with process_of(upstream.url, tmp_path, command(*flags)) as process:
            told = await process.answer(CALL)
            while told.values(b"retry-after") == [b"2"]:
                told = await process.answer(CALL)

    assert told.status == 429
    assert "is used up: $0.02" in told.body.decode()
    assert len(upstream.seen) == 1
    charged = await settled_in(tmp_path, Budget(1, "monthly"))
    assert dollars("0.02") <= charged < dollars("0.021")


async def test_M2_where_nobody_can_tell_who_has_died_it_is_charged_after_an_hour(
    tmp_path: Path,
) -> None:
    budget = Budget(dollars("0.02"), "monthly")
    flags = ("--budget", "0.02", "--budget-period", "monthly")
    async with (
        upstream_of(hang) as upstream,
        process_of(upstream.url, tmp_path, command(*flags)) as process,
    ):
        client = await process.connect()
        client.writer.write(CALL)
        await upstream.next()
        process.stop(signal.SIGKILL)
        await process.exit_code()

    assert await settled_in(tmp_path, budget) == 0
    store = SqliteStore(tmp_path, steady=lambda: time.monotonic() + RESERVED_S + 1)
    await store.open()
    try:
        used_up = await take(Spend(store), [budget], 1, now=time.time())
    finally:
        await store.close()
    assert isinstance(used_up, UsedUp)
    assert dollars("0.02") <= used_up.spent < dollars("0.021")
    assert not used_up.is_set_apart


@pytest.mark.parametrize("kept_in", ["sqlite", pytest.param("redis", marks=needs_redis)])
async def test_M2_T5_what_a_killed_worker_had_set_apart_is_charged_when_it_is_replaced(
    tmp_path: Path, kept_in: str
) -> None:
    flags = ["--budget", "0.02", "--budget-period", "monthly", "--workers", "2"]
    async with AsyncExitStack() as stack:
        if kept_in == "redis":
            flags += ["--store", await stack.enter_async_context(redis_server())]
        upstream = await stack.enter_async_context(upstream_of(hang))
        process = await stack.enter_async_context(
            process_of(upstream.url, tmp_path, command(*flags))
        )
        await both(process)
        client = await process.connect()
        client.writer.write(CALL)
        await upstream.next()
        running = await process.answer(CALL)
        port = int(upstream.url.rpartition(":")[2])
        (holder,) = [one for one in workers_of(process) if is_connected_to(one, port)]
        os.kill(holder, signal.SIGKILL)
        told = running
        until_s = time.monotonic() + REPLACED_S
        while told.values(b"retry-after") == [b"2"] and time.monotonic() < until_s:
            await asyncio.sleep(0.2)
            told = await process.answer(CALL)
        statuses = await asked_at_once([process], 6)

    assert (running.status, running.values(b"retry-after")) == (429, [b"2"])
    assert told.status == 429
    assert "$0.02 per month for all callers is used up: $0.02" in told.body.decode()
    assert int(told.values(b"retry-after")[0]) > 2 or told.values(b"x-should-retry") == [b"false"]
    assert statuses == [429] * 6
    assert len(upstream.seen) == 1
    if kept_in == "sqlite":
        charged = await settled_in(tmp_path, Budget(1, "monthly"))
        assert dollars("0.02") <= charged < dollars("0.021")


@needs_redis
async def test_M6_two_proxies_on_one_redis_have_one_budget(tmp_path: Path) -> None:
    async with redis_server() as url, upstream_of(replying(ANSWER)) as upstream:
        flags = command("--budget", "0.1", "--store", url)
        async with (
            process_of(upstream.url, tmp_path / "a", flags) as one,
            process_of(upstream.url, tmp_path / "b", flags) as other,
        ):
            statuses = await asked_at_once([one, other], 30)

    assert sorted(set(statuses)) == [200, 429]
    assert 5 <= statuses.count(200) <= 6
