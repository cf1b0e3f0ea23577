"""The arithmetic of token buckets."""

from __future__ import annotations

import math

from hypothesis import assume, given
from hypothesis import strategies as st

from headroom.state.bucket import charged, full_at, refilled, spent

STEPS = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 50)), max_size=60)


@given(STEPS, st.floats(0.01, 100), st.floats(1, 100))
def test_m5_never_more_is_given_than_burst_and_what_time_brings(
    steps: list[tuple[float, float]], rate: float, burst: float
) -> None:
    now, lacks, at, given_in_all = 1000.0, 0.0, 1000.0, 0.0
    for pause, asked in steps:
        now += pause
        amount = min(asked, burst)
        lacks = refilled(lacks, at=at, now=now, rate=rate)
        lacks, wait = spent(lacks, amount, rate=rate, burst=burst)
        at = now
        given_in_all += 0 if wait else amount

    slack = 1e-5 * (burst + rate) * (len(steps) + 1)
    assert given_in_all <= burst + (now - 1000.0) * rate + slack


@given(
    st.lists(st.tuples(st.floats(0, 30), st.floats(0, 80), st.floats(0, 200)), max_size=60),
    st.floats(0.01, 100),
    st.floats(1, 100),
)
def test_m5_whoever_is_given_something_has_not_used_more_than_burst_and_what_time_brings(
    calls: list[tuple[float, float, float]], rate: float, burst: float
) -> None:
    """Each call is expected to use something, and comes to something else after a pause."""
    now, at, lacks, used, running = 1000.0, 1000.0, 0.0, 0.0, []
    slack = 1e-5 * (burst + rate) * (len(calls) + 1)
    for pause, expected, actual in calls:
        now += pause
        lacks = refilled(lacks, at=at, now=now, rate=rate)
        at = now
        lacks, wait = spent(lacks, expected, rate=rate, burst=burst)
        if not wait:
            assert used + min(expected, burst) <= burst + (now - 1000.0) * rate + slack
            used += expected
            running.append(actual - expected)
        if len(running) == 3:
            difference = running.pop(0)
            lacks = charged(lacks, difference)
            used += difference


@given(st.floats(0.01, 100), st.floats(1, 100), st.floats(0, 1), st.floats(1, 1e8))
def test_who_waits_as_long_as_was_said_gets_it(
    rate: float, burst: float, share: float, now: float
) -> None:
    amount = share * burst
    lacks, wait = spent(burst, amount, rate=rate, burst=burst)
    assume(wait)  # else it was given at once, within the slack

    lacks = refilled(lacks, at=now, now=now + wait, rate=rate)

    assert spent(lacks, amount, rate=rate, burst=burst)[1] == 0.0


def test_m7_a_time_still_to_come_was_read_before_the_machine_was_started_anew() -> None:
    assert refilled(10, at=5000, now=4, rate=2) == 2
    assert refilled(10, at=5000, now=40, rate=2) == 0
    assert refilled(10, at=30, now=31, rate=2) == 8


def test_it_is_full_again_when_what_it_lacks_has_come() -> None:
    assert full_at(10, now=100, rate=2) == 105
    assert full_at(0, now=100, rate=0) == 100
    assert full_at(1, now=100, rate=0) == math.inf


def test_what_is_not_there_is_waited_for() -> None:
    assert spent(3, 5, rate=0, burst=7) == (3, math.inf)
    assert spent(3, 5, rate=2, burst=7) == (3, 0.5)


def test_more_than_it_holds_is_given_by_a_full_one_which_then_is_in_debt() -> None:
    assert spent(2, 11, rate=1, burst=10) == (2, 2.0)
    assert spent(0, 11, rate=1, burst=10) == (11, 0.0)
    assert spent(11, 1, rate=1, burst=10) == (11, 2.0)


def test_what_is_charged_is_spent_whatever_it_holds_and_given_back_up_to_the_brim() -> None:
    assert charged(9, 5) == 14
    assert charged(9, -5) == 4
    assert charged(9, -15) == 0
