"""When something that was sent is rewritten, against figures that were reckoned by hand.

A result of 60 lines has 300 words; cut to 10 lines it has 50, and its marker has 10.
"""

from __future__ import annotations

import dataclasses

import pytest

from headroom.economics import CACHED, UNCACHED, Costs
from headroom.outcome import Rewrite
from headroom.pipeline.budget import Budget
from headroom.pipeline.choices import Choices
from headroom.pipeline.hindsight import Rewritten, rewritten
from tests.pipeline.hindsight.scenes import Keeps, lines, longs, result, scene, talk

LONG = lines(60)
NOTHING = Rewritten()
FREE = Budget(costs=UNCACHED, rewrites=True)
PAYING = Budget(costs=CACHED, rewrites=True)
CUT = Keeps(30)

# One fetch: a tenth of the 309 words that are sent, a call of 60 at 5, the 300 at 1.25.  And the
# 60 that stay are written again, where 300 would have been read.
AT_STAKE = 30.9 + 300 + 375 + 60 * 1.25 - 300 * 0.1


def rounded(made: Rewritten) -> Rewrite:
    assert made.rewrite is not None
    return dataclasses.replace(made.rewrite, gain=round(made.rewrite.gain, 6))


def two_turns(saved: float, text: str = LONG) -> Rewritten:
    """The first was sent before, the second comes now; 5 + 1 + 300 + 1 + 2 words."""
    return rewritten(scene(talk(text, "ok fine"), budget=PAYING, keeps=CUT, decided=3, saved=saved))


def test_what_was_just_looked_at_leaves_where_that_pays() -> None:
    made = two_turns(AT_STAKE + 1)

    # 240 words fewer are read 14 times at a tenth, less what is written again now.
    assert rounded(made) == Rewrite("paying", 240, 0, 336.0 - 45.0)
    assert set(made.forms) == {2}
    assert (made.forms[2].tokens_before, made.forms[2].tokens_after) == (300, 60)


def test_no_more_is_put_at_stake_than_was_saved() -> None:
    assert two_turns(AT_STAKE - 1) == NOTHING


def test_what_is_short_stays() -> None:
    assert two_turns(9_999, lines(20)) == NOTHING


def test_it_stays_where_too_much_must_be_written_again_behind_it() -> None:
    made = talk(LONG, "ok fine")
    blocks = made.blocks
    large = result(2, 1, lines(400), blocks[1], is_error=True)
    small = result(2, 1, lines(1), blocks[1], is_error=True)

    for behind, expected in ((large, set[int]()), (small, {2})):
        both = dataclasses.replace(made, blocks=(*blocks[:3], behind, *blocks[3:]))
        seen = scene(both, budget=PAYING, keeps=CUT, decided=4, saved=9_999)
        assert set(rewritten(seen).forms) == expected


def test_of_several_results_those_leave_from_which_on_it_pays_most() -> None:
    made = talk(LONG, "ok fine")
    blocks = made.blocks
    stays = result(2, 1, lines(200), blocks[1], is_error=True)
    last = result(2, 1, lines(60, "last"), blocks[1])
    all_three = dataclasses.replace(made, blocks=(*blocks[:3], stays, last, *blocks[3:]))

    seen = scene(all_three, budget=PAYING, keeps=CUT, decided=5, saved=9_999)

    # From block 2 on 480 words fewer would be read, but 1,120 written that were 1,600 to read:
    # 672 + 160 - 1,400 is less than the 291 of the last one alone.
    assert set(rewritten(seen).forms) == {4}


def test_what_leaves_later_is_not_written_again_for_what_leaves_before_it() -> None:
    made = talk(LONG, "ok fine")
    blocks = made.blocks
    second = result(2, 1, lines(60, "second"), blocks[1])
    both = dataclasses.replace(made, blocks=(*blocks[:3], second, *blocks[3:]))
    budget = Budget(costs=Costs(read=0.05), rewrites=True)

    seen = scene(both, budget=budget, keeps=CUT, decided=4, saved=9_999)

    # 480 words fewer at 0.05, 14 times, less 120 that are written where 600 were read.
    assert rounded(rewritten(seen)) == Rewrite("paying", 480, 0, 336.0 - (150.0 - 30.0))


def test_what_is_new_is_no_rewrite() -> None:
    made = talk(LONG, "ok fine")
    blocks = made.blocks
    new = result(2, 1, lines(60, "new"), blocks[1])
    both = dataclasses.replace(made, blocks=(*blocks[:3], new, *blocks[3:]))
    seen = scene(both, budget=PAYING, keeps=CUT, decided=3, saved=9_999)

    assert set(rewritten(seen).forms) == {2}


def test_nothing_that_was_sent_is_nothing_to_rewrite() -> None:
    seen = scene(talk(LONG, "ok fine"), budget=PAYING, keeps=CUT, decided=0, saved=9_999)

    assert rewritten(seen) == NOTHING


@pytest.mark.parametrize(
    ("costs", "gain"), [(UNCACHED, 480 * 15.0), (Costs(alive=0.0), 480 * (1.4 + 1.25))]
)
def test_where_nothing_is_cached_all_that_is_finished_goes_in_one_go(
    costs: Costs, gain: float
) -> None:
    budget = Budget(costs=costs, rewrites=True)

    made = rewritten(scene(talk(*longs(8)), budget=budget, keeps=CUT))

    assert set(made.forms) == {2, 4}
    assert rounded(made) == Rewrite("free", 480, 0, gain)
    assert made.swept == 5


def test_what_was_swept_is_not_looked_at_again() -> None:
    made = rewritten(scene(talk(*longs(8)), budget=FREE, keeps=CUT, swept=5))

    assert made == Rewritten(swept=5)


def test_where_nothing_waits_it_is_noted_how_far_that_was_seen() -> None:
    made = rewritten(scene(talk(*["ok"] * 8), budget=FREE, keeps=CUT))

    assert made == Rewritten(swept=5)


def test_what_would_be_asked_for_again_too_often_stays() -> None:
    # 240 words saved; asked for again costs 9,000 more than that, times 0.07.
    seen = scene(talk(*longs(7)), budget=FREE, keeps=CUT, fixed=60_000)

    assert rewritten(seen).forms == {}


def test_nothing_is_rewritten_before_thinking_or_in_cache_mode_or_without_originals() -> None:
    talked = talk(*longs(8))
    thinking = talk(*longs(8), thinks_until=4, binding="refused")

    assert set(rewritten(scene(thinking, budget=FREE, keeps=CUT)).forms) == {4}
    assert rewritten(scene(talked, budget=Budget(costs=UNCACHED), keeps=CUT)) == NOTHING
    assert rewritten(scene(talked, budget=FREE, reduce=None)) == NOTHING
    assert rewritten(scene(talk(), budget=FREE, keeps=CUT)) == NOTHING


def test_a_window_is_made_to_fit_even_where_nothing_else_may_be_rewritten() -> None:
    seen = scene(
        talk(*longs(10)), budget=Budget(most_tokens=2_500, filled_after=0.7), keeps=CUT, swept=3
    )

    made = rewritten(seen)

    assert made.rewrite is not None
    assert made.rewrite.occasion == "window"
    assert made.rewrite.tokens == sum(
        seen.tokens(index) - form.tokens_after for index, form in made.forms.items()
    )
    assert made.swept == 3


def test_what_waits_goes_in_the_same_go_as_all_is_written_again_anyway() -> None:
    budget = Budget(most_tokens=3_000, filled_after=0.7, shortens_first=False)

    made = rewritten(scene(talk(*longs(10)), budget=budget, keeps=CUT))

    # 3,015 words; the four finished results lose 240 each, and that is enough.
    assert set(made.forms) == {2, 4, 6, 8}
    assert made.rewrite is not None
    assert (made.rewrite.tokens, made.rewrite.turns) == (960, 0)


def test_what_waits_before_bound_thinking_stays_in_a_full_window_too() -> None:
    budget = Budget(most_tokens=3_000, filled_after=0.7, shortens_first=False)
    bound = talk(*[LONG] * 10, thinks_until=3, binding="refused")

    made = rewritten(scene(bound, budget=budget, keeps=CUT))

    assert made.forms
    assert min(made.forms) > 2


def test_what_cannot_be_made_to_fit_stays_as_it_was() -> None:
    choices = Choices(protected=("Bash",))
    seen = scene(
        talk(*longs(10)),
        budget=Budget(most_tokens=2_500, filled_after=0.7),
        choices=choices,
        swept=3,
    )

    assert rewritten(seen) == Rewritten(swept=3)


@pytest.mark.parametrize(
    ("dear_from", "factor", "pays"),
    [(24_000, 2.0, True), (24_000, 1.0, False), (9_000, 2.0, False), (30_000, 2.0, False)],
)
def test_long_texts_lose_more_to_get_below_where_all_of_a_prompt_is_dearer(
    dear_from: int, factor: float, pays: bool
) -> None:
    budget = Budget(rewrites=True, dear_from=dear_from, dear_factor=factor)
    seen = scene(talk(*longs(16)), budget=budget, keeps=CUT, saved=0, fixed=20_000)

    made = rewritten(seen)

    assert bool(made.forms) is pays
    if pays:
        assert made.rewrite is not None
        assert (made.rewrite.occasion, made.rewrite.turns) == ("paying", 0)
        assert made.rewrite.gain > 0
        assert seen.total - made.rewrite.tokens <= 0.9 * dear_from
