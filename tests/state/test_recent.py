"""What a process remembers of the store, and what it owes it."""

from __future__ import annotations

from headroom.state.recent import FRESH_S, LIMIT_BYTES, MOST_OWED, PAID_AT_ONCE, Recent
from tests.contracts.test_stores import A, B, C
from tests.support.clock import Clock


def test_what_was_told_is_fresh_for_an_hour_and_there_for_longer() -> None:
    clock = Clock()
    recent = Recent(clock)
    recent.note({A: b"1"})

    clock.now += FRESH_S
    assert recent.fresh([A, B]) == {A: b"1"}
    clock.now += 1

    assert recent.fresh([A, B]) == {}
    assert recent.any_age([A, B]) == {A: b"1"}


def test_what_is_owed_is_the_truth_until_it_is_paid() -> None:
    recent = Recent(Clock())
    recent.note({A: b"1"})
    recent.owe({A: b"2", B: b"2"}, group=b"one")

    assert recent.any_age([A, B, C]) == {A: b"2", B: b"2"}
    assert recent.owed([A, C]) == {A: b"2"}
    assert recent.some_owed() == {A: b"2", B: b"2"}

    recent.owe({B: b"3"}, group=b"two")
    recent.paid({A: b"2", B: b"2"})

    assert recent.some_owed() == {B: b"3"}
    assert recent.groups([A, B, C]) == {B: b"two"}
    assert recent.fresh([B]) == {B: b"3"}


def test_memory_and_debts_are_bounded() -> None:
    recent = Recent(Clock())
    large = LIMIT_BYTES // 2
    recent.note({A: bytes(large)})
    recent.note({B: bytes(large)})
    recent.owe({("form", b"%d" % number): b"" for number in range(MOST_OWED + 1)}, group=b"one")

    assert set(recent.any_age([A, B])) == {B}
    assert recent.owed([("form", b"0")]) == recent.groups([("form", b"0")]) == {}
    assert len(recent.some_owed()) == PAID_AT_ONCE
