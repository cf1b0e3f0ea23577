"""Records of finished requests."""

from __future__ import annotations

from headroom.state.backends.memory import MemoryStore
from headroom.state.journal import Journal


async def test_records_are_read_in_their_order_from_any_place_on() -> None:
    journal = Journal(MemoryStore())

    numbers = [await journal.append(record) for record in (b"a", b"b", b"c")]

    assert numbers == [1, 2, 3]
    assert list(await journal.after(1, limit=9)) == [(2, b"b"), (3, b"c")]
    assert list(await journal.after(0, limit=1)) == [(1, b"a")]


async def test_sums_are_kept_under_a_name() -> None:
    journal = Journal(MemoryStore())
    assert await journal.sums("1") is None

    await journal.keep_sums("1", b"old")
    await journal.keep_sums("1", b"new")

    assert await journal.sums("1") == b"new"
    assert await journal.sums("2") is None


async def test_details_are_kept_by_request() -> None:
    journal = Journal(MemoryStore())

    await journal.keep_details({"hr_1": b"one", "hr_2": b"two"})
    await journal.keep_details({})

    assert await journal.detail("hr_2") == b"two"
    assert await journal.detail("hr_3") is None


async def test_the_first_to_come_decides_what_is_agreed() -> None:
    journal = Journal(MemoryStore())

    assert await journal.agreed("name", b"mine") == b"mine"
    assert await journal.agreed("name", b"yours") == b"mine"


async def test_what_was_said_is_kept_until_it_is_dropped() -> None:
    journal = Journal(MemoryStore())
    await journal.keep_contents({"hr_1": b"one", "hr_2": b"two"})
    await journal.keep_contents({})

    await journal.drop_contents(["hr_2", "hr_9"])

    assert await journal.contents(["hr_1", "hr_2"]) == {"hr_1": b"one"}
