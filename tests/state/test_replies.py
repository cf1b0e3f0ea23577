"""Stored replies: whose they are, how old they may be."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.errors import StoreError
from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.base import Store
from headroom.state.replies import REPLIES, SKEW_S, Replies, StoredReply
from tests.support.clock import Clock
from tests.support.outage import Down

KEY, OTHER = b"k" * 32, b"o" * 32
REPLY = StoredReply(((b"content-type", b"application/json"),), b'{"type":"message"}')
STREAM = StoredReply(((b"content-type", b"text/event-stream"),), b"\x1f\x8b\xff", streamed=True)
HOUR_S = 3600.0


def replies_on(store: Store, clock: Clock) -> Replies:
    return Replies(store, lifetime_s=HOUR_S, clock=clock)


async def test_a_reply_is_found_as_it_was_kept_and_the_last_one_counts() -> None:
    replies = replies_on(MemoryStore(), Clock())

    await replies.keep(KEY, "a", REPLY)
    assert await replies.find(KEY, "a") == REPLY
    await replies.keep(KEY, "a", STREAM)

    assert await replies.find(KEY, "a") == STREAM
    assert await replies.find(OTHER, "a") is None


async def test_D2_whose_it_is_is_looked_at_again_on_reading() -> None:
    store, clock = MemoryStore(), Clock()
    replies = replies_on(store, clock)
    await replies.keep(KEY, "a", REPLY)

    assert await replies.find(KEY, "b") is None
    assert await replies.find(KEY, "anonymous") is None
    # A store that mixes up its answers gives nobody the answer to another question.
    await store.put({(REPLIES, OTHER): (await store.get([(REPLIES, KEY)]))[REPLIES, KEY]})
    assert await replies.find(OTHER, "a") is None


@pytest.mark.parametrize("damaged", [b"", b"\x00", b"\xff" * 40, msgspec.msgpack.encode(["k"])])
async def test_what_cannot_be_read_is_not_there(damaged: bytes) -> None:
    store = MemoryStore()
    await store.put({(REPLIES, KEY): damaged})

    assert await replies_on(store, Clock()).find(KEY, "a") is None


async def test_a_reply_is_given_for_its_lifetime_however_often_it_is_read() -> None:
    clock = Clock()
    replies = replies_on(MemoryStore(), clock)
    await replies.keep(KEY, "a", REPLY)

    for _ in range(3):
        clock.now += HOUR_S / 4
        assert await replies.find(KEY, "a") == REPLY
    clock.now += HOUR_S / 4

    assert await replies.find(KEY, "a") is None


@pytest.mark.parametrize("jump_s", [40 * 86_400.0, HOUR_S, -HOUR_S, -40 * 86_400.0])
async def test_M7_a_clock_that_is_set_costs_a_call_and_gives_nothing_longer(jump_s: float) -> None:
    clock = Clock()
    replies = replies_on(MemoryStore(), clock)
    await replies.keep(KEY, "a", REPLY)

    clock.now += jump_s
    assert await replies.find(KEY, "a") is None
    await replies.keep(KEY, "a", REPLY)

    assert await replies.find(KEY, "a") == REPLY
    clock.now += HOUR_S
    assert await replies.find(KEY, "a") is None


async def test_the_clock_of_another_machine_may_be_a_little_behind() -> None:
    clock = Clock()
    replies = replies_on(MemoryStore(), clock)
    await replies.keep(KEY, "a", REPLY)

    clock.now -= SKEW_S

    assert await replies.find(KEY, "a") == REPLY


async def test_cleared_replies_are_gone() -> None:
    replies = replies_on(MemoryStore(), Clock())
    await replies.keep(KEY, "a", REPLY)
    await replies.keep(OTHER, "b", REPLY)

    await replies.clear()

    assert await replies.find(KEY, "a") is None
    assert await replies.find(OTHER, "b") is None


async def test_a_store_that_is_down_is_told() -> None:
    replies = replies_on(Down(), Clock())

    with pytest.raises(StoreError):
        await replies.find(KEY, "a")
    with pytest.raises(StoreError):
        await replies.keep(KEY, "a", REPLY)


TENANTS, KEYS = ("a", "b", "anonymous"), (KEY, OTHER)
STEP = st.one_of(
    st.tuples(st.just("keep"), st.sampled_from(TENANTS), st.sampled_from(KEYS)),
    st.tuples(st.just("find"), st.sampled_from(TENANTS), st.sampled_from(KEYS)),
    st.tuples(st.just("wait"), st.integers(0, 4_000), st.none()),
    st.tuples(st.sampled_from(("clear", "restart")), st.none(), st.none()),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(STEP, max_size=30))
def test_D1_D2_whatever_is_done_nobody_is_given_what_another_was_given(steps: list[Any]) -> None:
    async def run(folder: Path) -> None:
        clock = Clock()
        store = SqliteStore(folder, clock=clock)
        await store.open()
        # Of a key there is one reply at a time; in use, a key is of one tenant.
        kept: dict[bytes, tuple[str, float, StoredReply]] = {}
        for number, (step, first, key) in enumerate(steps):
            replies = replies_on(store, clock)
            if step == "restart":
                await store.close()
                store = SqliteStore(folder, clock=clock)
                await store.open()
            elif step == "keep":
                reply = StoredReply((), b"%d" % number)
                await replies.keep(key, first, reply)
                kept[key] = first, clock.now, reply
            elif step == "find":
                tenant, made, reply = kept.get(key, ("", 0.0, REPLY))
                there = tenant == first and clock.now - made < HOUR_S
                assert await replies.find(key, first) == (reply if there else None)
            elif step == "wait":
                clock.now += first
            else:
                await replies.clear()
                kept.clear()
        await store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))
