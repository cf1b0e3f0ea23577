"""What a request may hold and cost, and when that calls for a closer look."""

from __future__ import annotations

import dataclasses

import pytest

from headroom.conversation import Conversation, Known
from headroom.economics import CACHED, UNCACHED
from headroom.pipeline.budget import BOUNDLESS, QUICK_CHARACTERS, REWRITING, Budget
from tests.pipeline.hindsight.scenes import talk

LONG = "x" * (QUICK_CHARACTERS + 1)
UNCACHED_REWRITING = dataclasses.replace(REWRITING, costs=UNCACHED)


def test_time_decides_whether_what_was_sent_is_still_cached() -> None:
    assert REWRITING.after(300, 300).costs == CACHED
    assert REWRITING.after(330, 300).costs.alive == 0.5
    assert REWRITING.after(360, 300).costs.is_free
    assert REWRITING.after(360, 3_600).costs == CACHED


def looks_back(budget: Budget, *results: str, known: Known | None = None) -> bool:
    made = talk(*results)
    known = known or Known(decided=len(made.blocks) - 2, counted=True)
    return budget.looks_back(made, known)


@pytest.mark.parametrize(
    ("results", "looks"),
    [
        ([LONG, "new"], True),
        (["short", "new"], False),
        ([LONG, "a", "new"], False),
        (["new"], False),
    ],
)
def test_what_was_just_looked_at_may_pay(results: list[str], *, looks: bool) -> None:
    assert looks_back(REWRITING, *results) is looks


@pytest.mark.parametrize(
    ("results", "swept", "looks"),
    [
        ([LONG, *"abcdef"], 0, True),
        ([LONG, *"abcde"], 0, False),
        ([LONG, *"abcdef"], 3, False),
        (list("abcdefgh"), 0, False),
    ],
)
def test_where_nothing_is_cached_what_is_finished_is_looked_at_once(
    results: list[str], swept: int, *, looks: bool
) -> None:
    known = Known(decided=2 * len(results) - 1, counted=True, swept=swept)

    assert looks_back(UNCACHED_REWRITING, *results, known=known) is looks


def test_nothing_is_looked_at_where_nothing_may_change() -> None:
    assert not looks_back(BOUNDLESS, LONG, "new")
    assert not REWRITING.looks_back(Conversation((), "m"), Known())


def test_a_window_that_may_overflow_is_looked_at() -> None:
    known = Known(decided=3, tokens_after=900, counted=True)
    window = Budget(most_tokens=1_000)

    assert not looks_back(window, "a", "b" * 30, known=known)
    assert looks_back(window, "a", "b" * 200, known=known)
    assert looks_back(dataclasses.replace(window, beside=80), "a", "b" * 30, known=known)
    fixed = dataclasses.replace(talk("a", "b" * 30), fixed_text=("tools" * 50,))
    assert window.looks_back(fixed, known)


def test_what_nobody_has_counted_may_overflow_too() -> None:
    assert looks_back(Budget(most_tokens=1_000), "a" * 2_000, "b", known=Known(decided=3))
