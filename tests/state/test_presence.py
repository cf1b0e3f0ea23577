"""Processes say how they are, and hear of all that live."""

from __future__ import annotations

from pathlib import Path

import msgspec

from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.redis import RedisStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.presence import DEAD_S, MOST_RECORDS, PRESENCE, Presence, Present
from tests.support.redis_server import needs_redis, redis_server

NOW = 1_790_000_000.0


def one(
    name: str, at: float = NOW, *, since: float = 0.0, calls: int = 0, sockets: int = 0
) -> Present:
    return Present(name, at, started_at=since, calls=calls, sockets=sockets)


async def test_each_hears_of_all_that_live_the_oldest_first() -> None:
    store = MemoryStore()
    here, there = Presence(store), Presence(store)
    await there.say(one("there", sockets=3, since=1))

    heard = await here.meet(one("here", sockets=1, since=2))

    assert [(each.name, each.sockets) for each in heard] == [("there", 3), ("here", 1)]
    assert await there.meet(one("there", sockets=3, since=1)) == heard


async def test_who_only_listens_hears_the_same_and_is_heard_by_nobody() -> None:
    store = MemoryStore()
    await Presence(store).say(one("there"))

    heard = await Presence(store).living(NOW + 1)
    later = await Presence(store).living(NOW + DEAD_S + 1)

    assert [each.name for each in heard] == ["there"]
    assert later == []
    assert len(await store.scan(PRESENCE, limit=9)) == 1


async def test_what_is_said_last_counts() -> None:
    store = MemoryStore()
    here, there = Presence(store), Presence(store)
    await there.say(one("there", calls=1))
    await here.meet(one("here"))
    await there.say(one("there", calls=2))

    heard = await here.meet(one("here"))

    assert sum(each.calls for each in heard) == 2


async def test_T5_who_says_nothing_for_long_is_gone_and_who_says_so_at_once() -> None:
    store = MemoryStore()
    here, there, third = Presence(store), Presence(store), Presence(store)
    await there.say(one("there"))
    await third.say(one("third"))
    assert len(await here.meet(one("here", NOW + DEAD_S - 1))) == 3
    await third.say(Present("third", NOW, ends=True))
    assert [each.name for each in await here.meet(one("here", NOW + 1))] == ["here", "there"]

    heard = await here.meet(one("here", NOW + DEAD_S + 1))

    assert [each.name for each in heard] == ["here"]


async def test_T5_a_successor_tells_that_the_one_before_it_has_ended() -> None:
    store = MemoryStore()
    here, there, next_ = Presence(store), Presence(store), Presence(store)
    await there.say(one("there", sockets=3))
    await next_.say(Present("next", NOW, replaces=("there",)))

    heard = await here.meet(one("here"))

    assert [each.name for each in heard] == ["here", "next"]


async def test_L9_so_much_of_what_was_said_is_kept() -> None:
    store = MemoryStore()
    here = Presence(store)
    for _ in range(MOST_RECORDS + 4):
        await here.say(one("here"))
    number = await here.say(one("here"))

    assert len(await store.scan(PRESENCE, limit=2 * MOST_RECORDS)) == MOST_RECORDS
    assert number == MOST_RECORDS + 5
    assert len(await Presence(store).meet(one("late"))) == 2


async def test_what_a_later_version_says_is_passed_over() -> None:
    store = MemoryStore()
    await store.append(PRESENCE, b"\xc1")
    await store.append(PRESENCE, msgspec.msgpack.encode({"name": "new", "at": NOW, "more": [1]}))

    heard = await Presence(store).meet(one("here"))

    assert [each.name for each in heard] == ["here", "new"]


async def test_G3_a_store_that_was_begun_anew_is_read_from_its_beginning() -> None:
    first, second = MemoryStore(), MemoryStore()
    here = Presence(first)
    for _ in range(5):
        await here.meet(one("here"))
    here._store = second
    await Presence(second).say(one("there"))

    heard = await here.meet(one("here"))

    assert [each.name for each in heard] == ["here", "there"]


async def test_G2_processes_meet_in_a_file(tmp_path: Path) -> None:
    one_store, other_store = SqliteStore(tmp_path), SqliteStore(tmp_path)
    await one_store.open()
    await other_store.open()
    try:
        await Presence(one_store).say(one("here", sockets=1))
        heard = await Presence(other_store).meet(one("there", sockets=2))
    finally:
        await one_store.close()
        await other_store.close()

    assert sum(each.sockets for each in heard) == 3


@needs_redis
async def test_G2_machines_meet_on_redis() -> None:
    async with redis_server() as url:
        one_store, other_store = RedisStore(url), RedisStore(url)
        await one_store.open()
        await other_store.open()
        await Presence(one_store).say(one("here", sockets=1))
        heard = await Presence(other_store).meet(one("there", sockets=2))
        await one_store.close()
        await other_store.close()

    assert sum(each.sockets for each in heard) == 3
