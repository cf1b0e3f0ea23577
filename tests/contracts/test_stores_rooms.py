"""A namespace with a room of its own: beyond it the longest unread leave, in every store."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

import pytest

from headroom.state.backends.redis import RedisStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.backends.sqlite_file import FILE, open_file
from headroom.state.base import Key, Sizes, Store
from headroom.state.namespaces import NAMESPACES, Namespace
from tests.contracts.test_stores import DAY_S, Open, every, redis, timed
from tests.support.clock import Clock
from tests.support.redis_server import needs_redis, redis_server

FEW = MappingProxyType({**NAMESPACES, "reply": Namespace(days=1, most_entries=4, most_bytes=1_000)})
KEYS: list[Key] = [("reply", b"%d" % number) for number in range(8)]
FORM: Key = ("form", b"a")


async def put_in_turn(store: Store, clock: Clock, keys: list[Key], value: bytes) -> None:
    for key in keys:
        clock.now += 120
        await store.put({key: value})


def clocked(opened: Open, clock: Clock) -> dict[str, object]:
    """The options by which a store goes by this clock, where it can."""
    return {} if opened is redis else {"clock": clock}


@every
async def test_L9_beyond_so_many_entries_the_longest_unread_leave(
    opened: Open, tmp_path: Path
) -> None:
    clock = Clock()
    async with opened(tmp_path, namespaces=FEW, **clocked(opened, clock)) as store:
        await store.put({FORM: b"1"})
        await put_in_turn(store, clock, KEYS[:4], b"x")
        clock.now += 120
        assert await store.get(KEYS[:1]) == {KEYS[0]: b"x"}
        await put_in_turn(store, clock, KEYS[4:6], b"x")

        assert set(await store.get(KEYS)) == {KEYS[0], *KEYS[3:6]}
        assert await store.sizes("reply") == Sizes(4, 4)
        assert await store.get([FORM]) == {FORM: b"1"}


@every
async def test_L9_beyond_so_many_bytes_the_longest_unread_leave(
    opened: Open, tmp_path: Path
) -> None:
    clock = Clock()
    async with opened(tmp_path, namespaces=FEW, **clocked(opened, clock)) as store:
        await put_in_turn(store, clock, KEYS[:3], bytes(300))
        clock.now += 120
        await store.get([KEYS[0]])
        await put_in_turn(store, clock, [KEYS[3]], bytes(500))

        assert set(await store.get(KEYS)) == {KEYS[0], KEYS[3]}
        assert await store.sizes("reply") == Sizes(2, 800)


@every
async def test_writing_an_entry_anew_counts_it_once(opened: Open, tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, namespaces=FEW, **clocked(opened, clock)) as store:
        await put_in_turn(store, clock, KEYS[:1] * 9, bytes(400))
        await put_in_turn(store, clock, KEYS[1:2], bytes(600))

        assert set(await store.get(KEYS)) == {*KEYS[:2]}
        await store.drop(KEYS[1:2])
        await put_in_turn(store, clock, KEYS[2:3], bytes(600))
        assert set(await store.get(KEYS)) == {KEYS[0], KEYS[2]}


@every
async def test_what_alone_is_larger_than_the_room_does_not_stay(
    opened: Open, tmp_path: Path
) -> None:
    async with opened(tmp_path, namespaces=FEW) as store:
        await store.put({KEYS[0]: bytes(1_001)})

        assert await store.get(KEYS) == {}
        assert await store.put({KEYS[1]: bytes(1_000)}) == {KEYS[1]: bytes(1_000)}
        assert list(await store.get(KEYS)) == KEYS[1:2]


@every
async def test_a_cleared_namespace_is_empty_and_others_are_not(
    opened: Open, tmp_path: Path
) -> None:
    held: Key = ("held", b"a")
    async with opened(tmp_path, namespaces=FEW) as store:
        await store.put({**dict.fromkeys(KEYS[:3], bytes(300)), FORM: b"1", held: b"2"})

        await store.clear("reply")

        assert await store.get([*KEYS, FORM, held]) == {FORM: b"1", held: b"2"}
        assert await store.sizes("reply") == Sizes()
        await store.put(dict.fromkeys(KEYS[:3], bytes(300)))
        assert len(await store.get(KEYS)) == 3
        await store.clear("held")
        assert await store.get([held]) == {}


@every
async def test_what_belongs_to_conversations_is_not_cleared(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.put({FORM: b"1"})

        with pytest.raises(LookupError, match="conversations"):
            await store.clear("form")
        assert await store.get([FORM]) == {FORM: b"1"}


@timed
async def test_what_was_not_read_for_its_lifetime_leaves_the_room(
    opened: Open, tmp_path: Path
) -> None:
    clock = Clock()
    async with opened(tmp_path, namespaces=FEW, clock=clock) as store:
        await store.put(dict.fromkeys(KEYS[:2], bytes(400)))
        clock.now += 0.9 * DAY_S
        await store.get(KEYS[:1])
        await store.put({FORM: b"1"})  # Renewal waits for the next transaction.
        clock.now += 0.9 * DAY_S

        assert await store.get(KEYS) == {KEYS[0]: bytes(400)}
        assert await store.sizes("reply") == Sizes(1, 400)


@every
async def test_room_is_made_again_for_what_has_expired(opened: Open, tmp_path: Path) -> None:
    brief = {**NAMESPACES, "reply": Namespace(days=0.05 / DAY_S, most_entries=4, most_bytes=1_000)}
    clock = Clock()
    async with opened(tmp_path, namespaces=brief, **clocked(opened, clock)) as store:
        await store.put({KEYS[0]: bytes(900)})
        clock.now += 1
        # The server's clock is not ours to set.
        while opened is redis and await store.list("reply", b"", limit=1):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await store.put({KEYS[1]: bytes(100)})
        await store.put({KEYS[2]: bytes(900)})

        assert set(await store.get(KEYS)) == {KEYS[1], KEYS[2]}


async def test_L9_a_store_that_others_have_filled_is_brought_within_the_room_when_idle(
    tmp_path: Path,
) -> None:
    clock = Clock()
    many = [("reply", b"%d" % number) for number in range(600)]
    store = SqliteStore(tmp_path, clock=clock)
    await store.open()
    for key in many:
        await store.put({key: b"x"})
    await store.close()

    store = SqliteStore(tmp_path, clock=clock, namespaces=FEW)
    with closing(open_file(tmp_path / FILE).connection) as connection:
        steps = 0
        while store._tidy(connection):
            steps += 1
        left = connection.execute("SELECT count(*) FROM entries WHERE namespace = 'reply'")
        assert left.fetchone() == (4,)
    assert steps >= 3


@timed
async def test_of_a_small_store_a_quarter_is_for_replies_at_most(
    opened: Open, tmp_path: Path
) -> None:
    clock = Clock()
    limit = 4_000_000
    async with opened(tmp_path, limit_bytes=limit, clock=clock) as store:
        await put_in_turn(store, clock, KEYS, bytes(300_000))

        assert list(await store.get(KEYS)) == KEYS[-3:]


async def filled_by_two(one: Store, other: Store) -> Sizes:
    """What stands there once both have filled the room by turns."""
    for first, second in zip(KEYS[::2], KEYS[1::2], strict=True):
        await one.put({first: b"x"})
        await other.put({second: b"x"})
    assert await one.sizes("reply") == await other.sizes("reply")
    return await one.sizes("reply")


async def test_M6_two_processes_fill_one_room_of_a_file(tmp_path: Path) -> None:
    one, other = (SqliteStore(tmp_path, namespaces=FEW) for _ in range(2))
    await one.open()
    await other.open()

    assert await filled_by_two(one, other) == Sizes(4, 4)
    await one.clear("reply")
    assert await other.get(KEYS) == {}
    await one.close()
    await other.close()


@needs_redis
async def test_M6_two_machines_fill_one_room_of_a_server() -> None:
    async with redis_server() as url:
        one, other = (RedisStore(url, namespaces=FEW) for _ in range(2))

        assert await filled_by_two(one, other) == Sizes(4, 4)
        await one.clear("reply")
        assert await other.get(KEYS) == {}
        await one.close()
        await other.close()


@needs_redis
async def test_what_a_full_server_took_leaves_the_room_in_its_turn() -> None:
    async with redis_server() as url:
        store = RedisStore(url, namespaces=FEW)
        await store.put(dict.fromkeys(KEYS[:4], b"x"))
        # As `maxmemory` does.
        await store._client.unlink(*(b"headroom:reply:" + name for _, name in KEYS[:4]))
        for key in KEYS[4:]:
            await store.put({key: b"x"})

        assert set(await store.get(KEYS)) == set(KEYS[4:])
        await store.close()
