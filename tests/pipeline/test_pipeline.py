"""Plans: what is decided is replayed, what is new is shortened if that is worth it."""

from __future__ import annotations

import dataclasses

import pytest

from headroom.conversation import Form, Known, Plan
from headroom.economics import UNCACHED
from headroom.pipeline import Choices, plan, replay
from headroom.pipeline.budget import Budget
from headroom.tokens import Counter
from tests.pipeline.hindsight.scenes import FailsDeeper, Keeps, Words, lines, longs, talk
from tests.pipeline.requests import LOG, Halves, call, conversation, result, task


@pytest.fixture(scope="module")
def counter() -> Counter:
    return Counter.load()


def test_decided_blocks_keep_their_forms_whatever_the_passes_would_do(counter: Counter) -> None:
    known = Known(3, {2: Form("short", ("records",), 100, 1)}, 200, 101, counted=True)
    second = conversation(task(), call(1), result(1), call(3), result(3, "tiny"))

    made = plan(second, known, counter=counter, passes=[Halves()])

    assert [(edit.path, edit.text) for edit in made.edits] == [
        (("messages", 2, "content"), "short")
    ]
    assert made.forms == {}
    assert made.blocks_before - made.blocks_after == 99
    assert made.transforms == ("router:records:0.01",)


def test_decided_blocks_that_nobody_counted_are_counted(counter: Counter) -> None:
    raw = conversation(task(), call(1), result(1))

    made = plan(raw, Known(decided=3), counter=counter)

    assert made.edits == ()
    assert made.blocks_before == sum(counter.count(block.text) for block in raw.blocks)


def test_what_is_emitted_for_a_turn_stands_at_the_head_of_the_next(counter: Counter) -> None:
    second = conversation(task(), call(1), result(1), call(3), result(3, LOG + "\nmore"))
    first = conversation(*second.blocks[:3])

    before = plan(first, Known(), counter=counter)
    after = plan(second, Known(), counter=counter)

    assert after.edits[: len(before.edits)] == before.edits


def test_a_plan_that_failed_keeps_what_is_known_and_sends_the_rest_raw(counter: Counter) -> None:
    known = Known(3, {2: Form("short", ("records",), 100, 1)}, 200, 101, counted=True)
    second = conversation(task(), call(1), result(1), call(3), result(3))

    made = replay(second, known, counter=counter, failed="no plan within 2 s")

    assert [edit.text for edit in made.edits] == ["short"]
    assert made.forms == {}
    assert made.abandoned
    assert made.failed == "no plan within 2 s"


LONG = lines(60)
WINDOW = Budget(most_tokens=2_800, filled_after=0.7, shortens_first=False, by_importance=False)


def test_what_has_left_stays_away_in_all_later_plans_also_those_that_fail() -> None:
    talked = talk(*longs(10))
    first = plan(talked, Known(), counter=Words(), passes=(), means="tool", budget=WINDOW)
    known = Known(21, first.rewritten, first.blocks_before, first.blocks_after, counted=True)
    longer = talk(*longs(10), "fine")

    after = plan(longer, known, counter=Words(), means="tool", budget=WINDOW)
    failed = replay(longer, known, counter=Words(), failed="late")

    for made in (after, failed):
        assert made.rewrite is None
        assert (made.removals, made.edits) == (first.removals, first.edits)
        assert made.originals == first.originals
        assert made.blocks_after == first.blocks_after + 2
        assert made.running == (
            (first.blocks_before + 1, first.blocks_after + 1),
            (first.blocks_before + 2, first.blocks_after + 2),
        )


def test_after_a_rewrite_each_new_block_is_counted_with_what_stands_before_it() -> None:
    talked = talk(*longs(9))
    known = Known(13, {}, tokens_before=1_811, tokens_after=1_811, counted=True)
    budget = Budget(costs=UNCACHED, rewrites=True)

    made = plan(
        talked,
        known,
        counter=Words(),
        passes=(),
        means="tool",
        reducers=(Keeps(30),),
        choices=Choices(smallest_tokens=9_999),
        budget=budget,
    )

    # The first three lose 240 words each; the last of them was sent before, too.
    assert set(made.rewritten) == {2, 4, 6}
    before = [1_812, 2_112, 2_113, 2_413, 2_414, 2_714]
    assert made.running == tuple((each, each - 720) for each in before)
    assert (made.blocks_before, made.blocks_after) == made.running[-1]
    assert made.swept == 7
    assert made.transforms == ("router:keeps:0.20",) * 3


def test_law_7_an_error_in_hindsight_leaves_the_plan_as_it_was() -> None:
    talked = talk(*longs(9))
    known = Known(17, {}, tokens_before=1, tokens_after=1, counted=True, swept=1)

    def planned(budget: Budget) -> Plan:
        return plan(
            talked,
            known,
            counter=Words(),
            means="tool",
            reducers=(FailsDeeper(2_000),),
            budget=budget,
        )

    broken = planned(Budget(costs=UNCACHED, rewrites=True))

    assert broken.failed == "KeyError"
    assert not broken.abandoned
    as_it_was = planned(Budget(costs=UNCACHED))
    assert dataclasses.replace(broken, failed="") == as_it_was


def test_what_was_saved_is_reckoned_from_request_to_request() -> None:
    cut = Form("1", ("records",), 300, 100)
    fixed = dataclasses.replace(talk(LONG, LONG), fixed_text=("tools and system",))
    first = dataclasses.replace(fixed, blocks=fixed.blocks[:3])

    def halves(text: str) -> str:
        return text[: len(text) // 2]

    made = plan(first, Known(), counter=Words(), passes=[Halves()])

    # All 309 words are written at 1.25; of the result half is not.
    half = 300 - Words().count(halves(LONG))
    assert made.saved == pytest.approx(1.25 * half)
    known = Known(3, {2: cut}, 306, 106, counted=True, saved=7.0)
    later = plan(fixed, known, counter=Words(), passes=[Halves()])
    # 200 words less are read at 0.1, and half of the second result is not written.
    assert later.saved == pytest.approx(7.0 + 0.1 * 200 + 1.25 * half)


def test_what_leaves_of_what_is_new_was_never_written_in_the_reckoning() -> None:
    known = Known(1, {}, 5, 5, counted=True)
    window = dataclasses.replace(WINDOW, most_tokens=2_000)

    made = plan(talk(*[LONG] * 7), known, counter=Words(), passes=(), means="tool", budget=window)

    assert min(made.rewritten) == 2
    assert made.saved == pytest.approx(1.25 * made.tokens_saved)


def test_a_rewrite_costs_what_it_writes_again_in_the_reckoning() -> None:
    known = Known(3, {}, 306, 306, counted=True, saved=9_999.0)
    made = plan(
        talk(LONG, "ok fine"),
        known,
        counter=Words(),
        passes=(),
        means="tool",
        reducers=(Keeps(30),),
        choices=Choices(smallest_tokens=9_999),
        budget=Budget(rewrites=True),
    )

    assert set(made.rewritten) == {2}
    # Directly 306 words are read and 3 written; now 6 are read, 60 and 3 written.
    assert made.saved == pytest.approx(9_999 + (30.6 + 3.75) - (0.6 + 63 * 1.25))
