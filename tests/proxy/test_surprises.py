from __future__ import annotations

import asyncio

import pytest

from headroom.proxy import surprises
from headroom.proxy.surprises import Surprises

KIND = ("tenant", "m")


def test_what_was_dearer_than_expected_is_expected_to_be_so_again() -> None:
    known = Surprises()
    for dearer in range(1, 41):
        known.note(KIND, expected=100, actual=100 * dearer)

    assert known.factor(KIND) == 38
    assert known.factor(("other", "m")) == 1


def test_what_was_cheaper_is_set_apart_as_expected_all_the_same() -> None:
    known = Surprises()
    known.note(KIND, expected=100, actual=3)
    known.note(("t", "free"), expected=0, actual=0)

    assert known.factor(KIND) == 1
    assert known.factor(("t", "free")) == 1


async def test_others_wait_for_the_first_of_a_kind_until_it_has_ended() -> None:
    known = Surprises()
    first = await known.turn(KIND)
    waiting = [asyncio.ensure_future(known.turn(KIND)) for _ in range(3)]
    await asyncio.sleep(0)
    before = [one.done() for one in waiting]

    known.note(KIND, expected=1, actual=7)
    known.done(KIND)

    assert first
    assert before == [False] * 3
    assert await asyncio.gather(*waiting) == [False] * 3
    assert await known.turn(KIND) is False
    assert await known.turn(("tenant", "another")) is True


async def test_nobody_waits_longer_than_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surprises, "FIRST_S", 0.01)
    known = Surprises()
    await known.turn(KIND)

    assert await known.turn(KIND) is False


async def test_where_the_first_told_nothing_another_goes_first() -> None:
    known = Surprises()
    await known.turn(KIND)
    known.done(KIND)
    known.done(KIND)

    assert await known.turn(KIND) is True
