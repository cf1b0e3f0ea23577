from __future__ import annotations

from headroom.conversation import Form, Plan
from headroom.proxy.retrievals import MOST_COUNTED, MOST_RECENT, Retrieval, Retrievals

ONE = Retrieval("0" * 24, "", "shell", 3, 3)


def test_answers_are_counted_by_tenant_and_original() -> None:
    tally = Retrievals()

    assert [tally.note("a", ONE), tally.note("a", ONE), tally.note("b", ONE)] == [1, 2, 1]
    assert tally.total == 3


def test_the_latest_of_one_tenant_are_told_to_that_tenant_only() -> None:
    tally = Retrievals()
    for _ in range(MOST_RECENT + 5):
        tally.note("a", ONE)

    assert len(tally.recent("a")) == MOST_RECENT
    assert not tally.recent("b")


def test_l9_the_counts_are_bounded() -> None:
    tally = Retrievals()
    for n in range(MOST_COUNTED + 10):
        tally.note(f"tenant {n}", ONE)

    assert tally.note("tenant 0", ONE) == 1
    assert tally.note(f"tenant {MOST_COUNTED + 9}", ONE) == 2


def test_only_forms_that_name_an_original_are_counted_as_kept() -> None:
    tally = Retrievals()

    tally.kept(Plan(forms={0: Form("x", ("s",), 100, 10, "0" * 24), 1: Form("y", ("s",), 50, 9)}))

    assert (tally.tokens_kept, tally.tokens_shown) == (100, 10)
