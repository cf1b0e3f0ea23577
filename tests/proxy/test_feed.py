"""What listeners hear of finished requests, and that none of them costs more than it may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from headroom.errors import StoreError, Unavailable
from headroom.observe.chronicle import Chronicle, open_chronicle
from headroom.proxy import feed as feeds
from headroom.proxy.feed import END, MOST_BEFORE, MOST_LISTENERS, MOST_WAITING, Feed, Listener
from headroom.state.backends.memory import MemoryStore
from headroom.state.journal import Journal
from tests.observe.outcomes import planned
from tests.proxy.house import PATIENCE_S


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "TICK_S", 0.005)
    monkeypatch.setattr(feeds, "TOTALS_S", 0.0)


class Flag:
    """Whether the proxy is stopping."""

    def __init__(self) -> None:
        self.is_set = False

    def __call__(self) -> bool:
        return self.is_set


@asynccontextmanager
async def feed_of(
    store: MemoryStore, stopping: Flag | None = None
) -> AsyncIterator[tuple[Feed, Chronicle]]:
    async with open_chronicle(Chronicle(Journal(store), process="one")) as chronicle:
        yield Feed(chronicle, is_stopping=stopping or Flag()), chronicle


def read(piece: bytes) -> list[dict[str, Any]]:
    """The events of these bytes."""
    events = []
    for block in piece.decode().split("\n\n"):
        pairs = [line.partition(": ")[::2] for line in block.split("\n") if line]
        if pairs and pairs[0][0] != "retry":
            events.append(dict(pairs))
    return events


async def until(listener: Listener, name: str) -> list[dict[str, Any]]:
    """All events up to and with the first of this name."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_S):
        while not any(one["event"] == name for one in found):
            found += read(await listener.next())
    return found


def ids(events: list[dict[str, Any]]) -> list[str]:
    return [json.loads(one["data"])["request_id"] for one in events if one["event"] == "request"]


async def test_who_listens_hears_of_the_last_requests_and_of_each_that_ends() -> None:
    async with feed_of(MemoryStore()) as (feed, chronicle):
        chronicle.take(planned(request_id="hr_before"))
        await chronicle.read()
        with feed.listening() as listener:
            before = await until(listener, "hello")
            chronicle.take(planned(request_id="hr_after"))
            after = await until(listener, "totals")

    assert ids(before) == ["hr_before"]
    assert ids(after) == ["hr_after"]
    assert [one.get("id") for one in after] == ["2", None]
    assert after[-1]["data"] == "{}"


async def test_another_process_is_heard_too() -> None:
    store = MemoryStore()
    async with feed_of(store) as (feed, _), feed_of(store) as (_, other):
        with feed.listening() as listener:
            await until(listener, "hello")
            other.take(planned(request_id="hr_elsewhere"))

            assert ids(await until(listener, "request")) == ["hr_elsewhere"]


async def test_who_comes_again_hears_what_ended_meanwhile_and_nothing_twice() -> None:
    async with feed_of(MemoryStore()) as (feed, chronicle):
        for name in ("hr_1", "hr_2", "hr_3"):
            chronicle.take(planned(request_id=name))
            await chronicle.read()
        with feed.listening(since=1) as listener:
            heard = await until(listener, "totals")

    assert ids(heard) == ["hr_2", "hr_3"]


@pytest.mark.parametrize("since", [1, 10_000])
async def test_who_missed_more_than_is_remembered_is_told_so(since: int) -> None:
    async with feed_of(MemoryStore()) as (feed, chronicle):
        for number in range(210):
            chronicle.take(planned(request_id=f"hr_{number}"))
            await chronicle.read()
        with feed.listening(since=since) as listener:
            heard = await until(listener, "missed")

    assert ids(heard) == []


async def test_only_the_last_request_of_a_record_is_where_one_goes_on_from() -> None:
    async with feed_of(MemoryStore()) as (feed, chronicle):
        with feed.listening() as listener:
            await until(listener, "hello")
            for name in ("hr_1", "hr_2"):
                chronicle.take(planned(request_id=name))
            heard = [one for one in await until(listener, "totals") if one["event"] == "request"]

    assert [one.get("id") for one in heard] == [None, "1"]


async def test_L9_who_begins_to_listen_is_told_of_so_many_requests_at_most() -> None:
    async with feed_of(MemoryStore()) as (feed, chronicle):
        for number in range(MOST_BEFORE + 20):
            chronicle.take(planned(request_id=f"hr_{number}"))
        await chronicle.read()
        with feed.listening() as listener:
            heard = await until(listener, "hello")

    assert len(ids(heard)) == MOST_BEFORE
    assert ids(heard)[-1] == f"hr_{MOST_BEFORE + 19}"


async def test_L9_there_are_so_many_listeners_and_no_more() -> None:
    async with feed_of(MemoryStore()) as (feed, _):
        held = [feed.listening() for _ in range(MOST_LISTENERS)]
        for one in held:
            one.__enter__()
        with pytest.raises(Unavailable), feed.listening():
            pass
        held.pop().__exit__(None, None, None)
        with feed.listening() as listener:
            await until(listener, "hello")
        for one in held:
            one.__exit__(None, None, None)


async def test_L6_a_listener_that_does_not_read_is_dropped_and_holds_nothing() -> None:
    listener = Listener(0)
    for _ in range(MOST_WAITING + 1):
        listener.tell(b"x" * 1_000)

    assert await listener.next() == END


async def test_nothing_is_read_while_nobody_listens() -> None:
    async with feed_of(MemoryStore()) as (feed, _):
        with feed.listening() as listener:
            await until(listener, "hello")
            task = feed._task
        assert task is not None
        with suppress(asyncio.CancelledError):
            await task

        assert task.cancelled()
        assert feed._task is None


async def test_T1_a_stop_ends_all_streams_at_once() -> None:
    stopping = Flag()
    async with feed_of(MemoryStore(), stopping) as (feed, _):
        with feed.listening() as listener:
            await until(listener, "hello")
            stopping.is_set = True
            async with asyncio.timeout(PATIENCE_S):
                while await listener.next():
                    pass
        with feed.listening() as late:
            async with asyncio.timeout(PATIENCE_S):
                while await late.next():
                    pass


class Down(MemoryStore):
    """A store that answers some questions only."""

    is_down = False

    async def scan(self, log: str, *, since: int = 0, limit: int) -> Any:
        if self.is_down:
            raise StoreError("down")
        return await super().scan(log, since=since, limit=limit)


async def test_a_store_that_does_not_answer_ends_no_stream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeds, "BEAT_S", 0.0)
    store = Down()
    async with feed_of(store) as (feed, chronicle):
        with feed.listening() as listener:
            await until(listener, "hello")
            store.is_down = True
            await until(listener, "beat")
            store.is_down = False
            chronicle.take(planned(request_id="hr_later"))

            assert ids(await until(listener, "request")) == ["hr_later"]
