"""Conversations live and leave whole, whatever the store stands on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from headroom.state.backends.sqlite import SqliteStore
from headroom.state.backends.sqlite_file import FILE, open_file
from headroom.state.base import Key, Store
from tests.contracts.test_stores import DAY_S, FIRST_WINS, Open, every, memory, sqlite, timed
from tests.support.clock import Clock

LIMIT_BYTES = 600_000
NAMESPACES = ("form", "head", "original", "kept", "secret")


async def put(store: Store, group: bytes, *keys: Key, value: bytes = b"1") -> None:
    await store.put(
        dict.fromkeys(keys, value), if_absent=FIRST_WINS, groups=dict.fromkeys(keys, group)
    )


async def standing(store: Store) -> set[Key]:
    """All that is there; looking is not seeing."""
    return {
        (namespace, name)
        for namespace in NAMESPACES
        for name in await store.list(namespace, b"", limit=10_000)
    }


def form(name: str) -> Key:
    return "form", name.encode()


def head(name: str) -> Key:
    return "head", name.encode()


def original(name: str) -> Key:
    return "original", name.encode()


@every
async def test_entries_of_groups_are_entries(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await put(store, b"one", form("a"), head("a"), original("x"))
        await put(store, b"two", form("a"), original("x"), original("y"), value=b"2")

        found = await store.get(
            [form("a"), head("a"), original("x"), original("y")], group=b"three"
        )

        assert found == {
            form("a"): b"1", head("a"): b"1", original("x"): b"2", original("y"): b"2",
        }  # fmt: skip
        await store.drop([original("x")])
        assert await standing(store) == {form("a"), head("a"), original("y")}


@timed
async def test_a_group_that_is_used_keeps_all_that_belongs_to_it(
    opened: Open, tmp_path: Path
) -> None:
    clock = Clock()
    async with opened(tmp_path, lifetime_s=7 * DAY_S, clock=clock) as store:
        await put(store, b"one", form("a"), head("a"), original("x"))
        await put(store, b"two", form("b"), head("b"))
        clock.now += 5 * DAY_S
        await put(store, b"one", head("a2"))
        clock.now += 5 * DAY_S
        assert set(await store.get([head("a2")], group=b"one")) == {head("a2")}
        await store.put({("leg", b"x"): b""})
        clock.now += 5 * DAY_S

        assert await standing(store) == {form("a"), head("a"), original("x"), head("a2")}
        clock.now += 5 * DAY_S
        assert await standing(store) == set()


@timed
async def test_reading_in_the_name_of_one_group_renews_no_other(
    opened: Open, tmp_path: Path
) -> None:
    clock = Clock()
    async with opened(tmp_path, lifetime_s=7 * DAY_S, clock=clock) as store:
        await put(store, b"one", head("shared"), head("a"))
        clock.now += 5 * DAY_S
        await put(store, b"two", head("b"))
        assert set(await store.get([head("shared")], group=b"two")) == {head("shared")}
        clock.now += 5 * DAY_S

        assert head("b") in await standing(store)
        assert head("a") not in await standing(store)


@timed
async def test_what_is_shared_lives_as_long_as_the_last_that_shares_it(
    opened: Open, tmp_path: Path
) -> None:
    clock = Clock()
    shared = original("x")
    async with opened(tmp_path, lifetime_s=7 * DAY_S, clock=clock) as store:
        await put(store, b"one", form("a"), shared)
        await put(store, b"two", form("b"), shared)
        clock.now += 5 * DAY_S
        await put(store, b"one", head("a"))
        clock.now += 5 * DAY_S
        assert await standing(store) == {form("a"), head("a"), shared}
        await put(store, b"two", form("b2"))
        await put(store, b"two", form("b2"), shared)
        clock.now += 5 * DAY_S

        assert await standing(store) == {form("b2"), shared}
        assert await store.get([shared, form("a")]) == {shared: b"1"}


@timed
async def test_what_is_read_by_itself_outlives_its_group(opened: Open, tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, lifetime_s=7 * DAY_S, clock=clock) as store:
        await put(store, b"one", form("a"), original("x"), original("y"))
        clock.now += 5 * DAY_S
        await store.get([original("x")])
        await put(store, b"two", form("b"))
        clock.now += 5 * DAY_S

        assert await standing(store) == {form("b"), original("x")}


@timed
async def test_what_stood_alone_joins_the_group_that_reads_it(opened: Open, tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, lifetime_s=7 * DAY_S, clock=clock) as store:
        await store.put({form("a"): b"1", head("a"): b"1", head("b"): b"1"})
        await store.get([form("a"), head("a")], group=b"one")
        clock.now += 5 * DAY_S
        await put(store, b"one", head("a2"))
        clock.now += 5 * DAY_S

        assert await standing(store) == {form("a"), head("a"), head("a2")}


@timed
async def test_what_has_expired_does_not_come_back_with_its_group(
    opened: Open, tmp_path: Path
) -> None:
    clock = Clock()
    async with opened(tmp_path, lifetime_s=7 * DAY_S, clock=clock) as store:
        await put(store, b"one", form("a"), head("a"))
        clock.now += 8 * DAY_S

        await put(store, b"one", form("a"), value=b"2")

        assert await store.get([form("a"), head("a")], group=b"one") == {form("a"): b"2"}


# Under want of room.


@dataclass
class Model:
    """What conversations did, in which order, with a store of one kind at hand."""

    clock: Clock = field(default_factory=Clock)
    seen: dict[bytes, float] = field(default_factory=dict)
    holds: dict[bytes, set[Key]] = field(default_factory=dict)

    async def turn(self, store: Store, group: bytes, keys: Iterable[Key]) -> None:
        """One turn, which writes these keys."""
        self.clock.now += 1
        wanted = set(keys)
        await put(store, group, *wanted, value=bytes(20_000))
        self.seen[group] = self.clock.now
        self.holds.setdefault(group, set()).update(wanted)

    def assert_whole(self, there: set[Key]) -> None:
        """Those seen last are there whole, the others are gone but for what those share."""
        latest_first = sorted(self.seen, key=lambda group: -self.seen[group])
        whole = [group for group in latest_first if self.holds[group] <= there]
        assert whole == latest_first[: len(whole)]
        assert whole
        assert there == {key for group in whole for key in self.holds[group]}


Tidied = Callable[[Path, Clock], None]


def tidied(folder: Path, clock: Clock, *, lifetime_s: float = 7 * DAY_S) -> None:
    """Have the SQLite store do what it does when nothing is asked of it."""
    store = SqliteStore(folder, limit_bytes=LIMIT_BYTES, lifetime_s=lifetime_s, clock=clock)
    with closing(open_file(folder / FILE).connection) as connection:
        while store._tidy(connection):
            pass


def as_it_is(_folder: Path, _clock: Clock) -> None:
    """The memory store is tidy at any time."""


bounded = pytest.mark.parametrize(("opened", "tidy"), [(memory, as_it_is), (sqlite, tidied)])


@bounded
@pytest.mark.parametrize("seed", range(6))
async def test_G7_conversations_leave_whole_the_longest_unseen_first(
    opened: Open, tidy: Tidied, seed: int, tmp_path: Path
) -> None:
    chance, model = random.Random(seed), Model()
    async with opened(tmp_path, limit_bytes=LIMIT_BYTES, clock=model.clock) as store:
        for number in range(70):
            group = b"%d" % chance.randrange(number // 6 + 1)
            turn = f"{group.decode()}-{number}"
            await model.turn(
                store, group, [form(turn), head(turn), original(str(chance.randrange(20)))]
            )
            gone = {each for each in model.seen if not await holds_any(store, model.holds[each])}
            for each in gone:
                del model.seen[each], model.holds[each]
        tidy(tmp_path, model.clock)

        model.assert_whole(await standing(store))
        assert len(model.seen) > 1


async def holds_any(store: Store, keys: set[Key]) -> bool:
    there = await standing(store)
    return any(key in there for key in keys if key[0] != "original")


@bounded
async def test_G7_secrets_and_counters_never_leave_and_tombstones_have_their_own_room(
    opened: Open, tidy: Tidied, tmp_path: Path
) -> None:
    model = Model()
    secret, counter = ("secret", b"x"), ("secret", b"total")
    async with opened(tmp_path, limit_bytes=LIMIT_BYTES, clock=model.clock) as store:
        await store.put({secret: b"1"})
        await store.add({counter: 7})
        await store.put({("kept", b"%03d" % n): b"" for n in range(200)})
        for number in range(60):
            model.clock.now += 1
            await store.put({("kept", b"1%03d" % number): b""})
            await model.turn(store, b"%d" % number, [form(str(number))])
        tidy(tmp_path, model.clock)

        there = await standing(store)
        assert secret in there
        assert await store.add({counter: 0}) == {counter: 7}
        # 600 000 / 32 / 128
        assert len([key for key in there if key[0] == "kept"]) == 146
        assert ("kept", b"1059") in there
        assert 10 < len([key for key in there if key[0] == "form"]) < 30
        assert form("59") in there


@bounded
async def test_the_conversation_seen_last_stays_whatever_its_size(
    opened: Open, tidy: Tidied, tmp_path: Path
) -> None:
    model = Model()
    keys = [form(str(number)) for number in range(60)]
    async with opened(tmp_path, limit_bytes=LIMIT_BYTES, clock=model.clock) as store:
        await model.turn(store, b"other", [form("other")])
        await model.turn(store, b"large", keys)
        tidy(tmp_path, model.clock)

        assert await standing(store) == set(keys)


@bounded
async def test_what_stands_alone_leaves_in_turn_with_conversations(
    opened: Open, tidy: Tidied, tmp_path: Path
) -> None:
    model = Model()
    async with opened(tmp_path, limit_bytes=LIMIT_BYTES, clock=model.clock) as store:
        for number in range(25):
            model.clock.now += 1
            await store.put({original(f"{number:02}"): bytes(20_000)})
            await model.turn(store, b"%d" % number, [form(f"{number:02}")])
        tidy(tmp_path, model.clock)

        there = sorted(name for _, name in await standing(store))
        assert 18 < len(there) < 30
        assert there == sorted([b"%02d" % (number // 2) for number in range(50)])[-len(there) :]


@pytest.mark.parametrize("seed", range(8))
async def test_memory_and_sqlite_tell_the_same_whatever_is_done(seed: int, tmp_path: Path) -> None:
    chance, clock = random.Random(seed), Clock()
    keys = [(namespace, b"%d" % n) for namespace in NAMESPACES for n in range(4)]
    groups = [b"", b"one", b"two", b"three"]

    async def do(store: Store, move: int, some: list[Key], group: bytes) -> object:
        if move == 0:
            await store.drop(some[:1])
            return None
        if move < 5:
            of = dict.fromkeys(some[:3], group) if group else {}
            return await store.put(
                dict.fromkeys(some, b"%d" % move), if_absent=FIRST_WINS, groups=of
            )
        found = await store.get(some, group=group)
        # A renewal goes with the next write.
        await store.put({("leg", b"x"): b""})
        return dict(found)

    async with (
        memory(tmp_path, lifetime_s=DAY_S, clock=clock) as one,
        sqlite(tmp_path, lifetime_s=DAY_S, clock=clock) as other,
    ):
        for _ in range(150):
            clock.now += chance.choice([2, 2, 2, 5, 13]) * 3600.0
            move, group = chance.randrange(10), chance.choice(groups)
            some = chance.sample(keys, 5)
            tidied(tmp_path, clock, lifetime_s=DAY_S)

            assert await do(one, move, some, group) == await do(other, move, some, group)
            assert await standing(one) == await standing(other)
