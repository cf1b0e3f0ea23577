"""What leaves a window that is full, in which order, and that the rest fits."""

from __future__ import annotations

from typing import Any

import pytest

from headroom.conversation import Block, Conversation, Form
from headroom.marker import find_markers
from headroom.pipeline.budget import Budget
from headroom.pipeline.choices import Choices
from headroom.pipeline.hindsight.scene import Scene
from headroom.pipeline.hindsight.window import (
    Fitted,
    IntelligentContextManager,
    RollingWindow,
    fit,
    keeper_of,
)
from tests.pipeline.hindsight.scenes import Keeps, Words, lines, said, scene, talk, task

LONG = lines(60)
FILLED = 0.7


def window(most_tokens: int, **more: Any) -> Budget:
    return Budget(
        most_tokens=most_tokens,
        shortens_first=False,
        by_importance=False,
        filled_after=FILLED,
        **more,
    )


def fitted(made: Scene) -> Fitted:
    found = fit(made, {})
    assert found is not None
    return found


def sent(made: Scene, forms: dict[int, Form]) -> int:
    """What is sent in these forms, in words."""
    after = {**made.forms, **forms}
    return made.fixed + sum(
        after[at].tokens_after if at in after else made.tokens(at) for at in range(len(made.blocks))
    )


def gone(found: Fitted) -> list[int]:
    return sorted(index for index, form in found.forms.items() if form.is_gone)


def home(found: Fitted) -> int:
    [index] = [index for index, form in found.forms.items() if form.told_by == index]
    return index


def test_the_oldest_turns_leave_until_the_window_is_filled_to_its_usual_share() -> None:
    made = scene(talk(*[LONG] * 10), budget=window(2_800))

    found = fitted(made)

    # 3,015 words, of which 1,960 may stay, with a marker: five turns leave, of 301 words each.
    assert home(found) == 2
    assert gone(found) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert found.turns == 5
    assert sent(made, dict(found.forms)) <= 2_800 * FILLED


def test_the_newest_turns_leave_last_and_the_very_last_never() -> None:
    made = scene(talk(*[LONG] * 6), budget=window(700))

    found = fitted(made)

    assert set(found.forms) == {2, *range(3, 11)}


def test_where_nothing_else_fits_the_newest_result_keeps_its_ends() -> None:
    made = scene(talk(*[LONG] * 6), budget=window(300))

    found = fitted(made)

    assert found.turns == 5
    newest = found.forms[12]
    [marker] = find_markers(newest.text or "")
    assert (newest.text or "").startswith("line 0 of the garden\nline 1 of the garden\n")
    assert (newest.text or "").endswith("\nline 59 of the garden")
    assert (marker.of, newest.original) == (60, marker.key)
    assert 0 < sent(made, dict(found.forms)) <= 300
    assert fit(scene(talk(*[LONG] * 6), budget=window(100)), {}) is None


def test_protected_results_are_not_cut_either() -> None:
    choices = Choices(protected=("Bash",))

    assert fit(scene(talk(*[LONG] * 6), budget=window(300), choices=choices), {}) is None


def test_where_names_have_no_room_what_left_is_told_without_them() -> None:
    names = [f"{LONG}\nsrc/part_{n}/module_{n}.py" for n in range(6)]
    with_names = fitted(scene(talk(*names), budget=window(700)))
    least = sent(scene(talk(*names), budget=window(700)), dict(with_names.forms))

    without = fitted(scene(talk(*names), budget=window(least - 3)))

    assert "Named there: src/part_0/module_0.py" in (with_names.forms[2].text or "")
    assert "Named there" not in (without.forms[2].text or "")
    assert without.turns == with_names.turns


def test_before_a_turn_that_was_only_begun_the_last_results_stay() -> None:
    begun = talk(*[LONG] * 4)
    blocks = (*begun.blocks, said(9, 5, "I think", "assistant"))

    found = fitted(scene(Conversation(blocks, "m"), budget=window(400)))

    assert 8 not in found.forms
    assert fit(scene(Conversation(blocks[:3], "m"), budget=window(99)), {}) is None


def test_what_left_before_is_told_of_again_with_what_leaves_now() -> None:
    first = scene(talk(*[LONG] * 10), budget=window(2_800))
    before = dict(fitted(first).forms)
    second = scene(talk(*[LONG] * 16), before, budget=window(2_800))

    found = fitted(second)

    after = {**before, **found.forms}
    [marker] = find_markers(after[2].text or "")
    told = {second.blocks[index].turn for index, form in after.items() if form.told_by == 2}
    assert marker.gone == len(told)
    assert found.turns == len(told) - 5
    assert marker.of == 16
    assert marker.key != find_markers(before[2].text or "")[0].key
    assert sent(second, dict(found.forms)) <= 2_800 * FILLED
    assert not set(gone(found)) & set(before), "what has not changed is not written again"


def test_what_thinking_is_bound_to_stays_and_with_it_what_left_there() -> None:
    first = scene(talk(*[LONG] * 10), budget=window(2_800))
    before = dict(fitted(first).forms)
    bound = talk(*[LONG] * 16, thinks_until=13, binding="refused")
    second = scene(bound, before, budget=window(2_800))

    found = fitted(second)

    assert min(found.forms) == home(found) == 14
    [marker] = find_markers(found.forms[14].text or "")
    assert marker.gone == found.turns


def test_texts_are_shortened_first_what_matters_least_before_the_rest() -> None:
    budget = Budget(most_tokens=2_900, by_importance=False, filled_after=FILLED)

    found = fitted(scene(talk(*[LONG] * 10), budget=budget, keeps=Keeps(40)))

    # Each loses 240 words: 2,030 are left to fill.
    assert sorted(found.forms) == [2, 4, 6, 8, 10]
    assert {form.by for form in found.forms.values()} == {("keeps", "late")}
    assert found.turns == 0


def test_where_shortening_is_not_enough_turns_leave_too() -> None:
    budget = Budget(most_tokens=900, by_importance=False, filled_after=FILLED)
    made = scene(talk(*[LONG] * 10), budget=budget, keeps=Keeps(40))

    found = fitted(made)

    assert found.turns > 0
    assert sent(made, dict(found.forms)) <= 900
    assert {form.told_by for form in found.forms.values()} == {-1, 2}


def test_turns_in_which_a_user_speaks_leave_after_the_others() -> None:
    talked = talk(*[LONG] * 8)
    blocks = list(talked.blocks)
    blocks.insert(3, Block(("messages", 2, "x"), 1, "user", "text", "and now the seeds"))
    blocks[3] = Block(("messages", 99, "content"), 1, "user", "text", "and now the seeds")

    order = RollingWindow().order(made := scene(Conversation(tuple(blocks), "m")), made.turns)

    assert [turn.number for turn in order] == [2, 3, 4, 5, 6, 7, 8, 1]


def test_importance_orders_by_place_or_by_many_signs() -> None:
    steps = [LONG, "ERROR: bed 7 is dry\n" + LONG, LONG, LONG, LONG]
    made = scene(talk(*steps))

    by_place = IntelligentContextManager(by_many_signs=False).order(made, made.turns)
    by_signs = IntelligentContextManager().order(made, made.turns)

    assert [turn.number for turn in by_place] == [1, 2, 3, 4, 5]
    assert by_signs[0].number == 1
    assert 2 in [turn.number for turn in by_signs[2:]]


@pytest.mark.parametrize(
    ("budget", "keeper"),
    [
        (Budget(), IntelligentContextManager()),
        (Budget(by_many_signs=False), IntelligentContextManager(by_many_signs=False)),
        (Budget(by_importance=False), RollingWindow()),
    ],
)
def test_the_budget_names_the_keeper(budget: Budget, keeper: object) -> None:
    named = keeper_of(scene(talk(LONG), budget=budget))

    assert type(named) is type(keeper)
    if isinstance(named, IntelligentContextManager) and isinstance(keeper, type(named)):
        assert named.by_many_signs == keeper.by_many_signs


def test_what_was_asked_for_again_matters_more() -> None:
    form = Form("short", ("records",), 300, 1, signature="shape")
    budget = Budget(asked_again={"shape": 0.6})
    seen = scene(talk(LONG, LONG), {2: form}, budget=budget)

    keeper = keeper_of(seen)

    assert isinstance(keeper, IntelligentContextManager)
    assert [keeper.learned(turn) for turn in seen.turns] == [0.8, 0.5]


def test_what_was_learned_of_a_tool_counts() -> None:
    made = scene(talk(*[LONG] * 3))

    keeper = IntelligentContextManager(learned=lambda turn: float(turn.number == 1))

    assert keeper.order(made, made.turns)[-1].number == 1


def test_protected_results_and_hidden_legs_stay() -> None:
    choices = Choices(protected=("Bash",))

    assert (
        fit(scene(talk(*[LONG] * 9), budget=window(2_000), choices=choices, keeps=Keeps(9)), {})
        is None
    )
    woven = fitted(scene(talk(*[LONG] * 9), budget=window(2_000), woven=(1, 3)))
    assert home(woven) == 6


def test_where_no_marker_can_stand_nothing_leaves() -> None:
    blocks: list[Block] = [task()]
    for turn in range(1, 9):
        at = 2 * turn
        blocks.append(said(at - 1, turn, LONG, "assistant"))
        blocks.append(Block(("messages", at, "content", 0), turn, "user", "opaque", '{"x":1}'))

    assert fit(scene(Conversation(tuple(blocks), "m"), budget=window(1_500)), {}) is None


def test_what_was_shortened_counts_also_where_nothing_can_leave() -> None:
    first = talk(LONG)
    blocks = list(first.blocks)
    for turn in range(2, 9):
        at = 2 * turn
        blocks.append(said(at - 1, turn, "so be it", "assistant"))
        blocks.append(Block(("messages", at, "content", 0), turn, "user", "opaque", '{"x":1}'))
    budget = Budget(most_tokens=110, by_importance=False, filled_after=FILLED)
    made = scene(Conversation(tuple(blocks), "m"), budget=budget, keeps=Keeps(40), woven=(1,))

    found = fitted(made)

    # 334 words, less 240: that is more than the usual share, but it fits.
    assert set(found.forms) == {2}
    assert found.turns == 0


def test_without_originals_or_turns_nothing_fits() -> None:
    assert fit(scene(talk(*[LONG] * 9), budget=window(1_500), reduce=None), {}) is None
    assert fit(scene(talk(), budget=window(1)), {}) is None


def test_what_the_provider_keeps_is_not_made_to_fit() -> None:
    held = talk(*[LONG] * 9, server_held_history=True)

    assert fit(scene(held, budget=window(1_500)), {}) is None


def test_who_referred_to_what_left_counts_with_what_is_said_instead() -> None:
    same = Form('[the same text as above in result 1 (Bash look): "a" … "b"]', ("repeat",), 300, 12)
    made = scene(talk(*[LONG] * 12), dict.fromkeys((22, 24), same), budget=window(2_900))

    found = fitted(made)

    assert "as above in result 2 (Bash look)" in (found.forms[22].text or "")
    assert sent(made, dict(found.forms)) <= 2_900


def test_the_work_is_linear_in_the_turns() -> None:
    class Counting(Words):
        def __init__(self) -> None:
            self.counted = 0

        def count(self, text: str) -> int:
            self.counted += 1
            return super().count(text)

    counted = []
    for turns in (100, 200):
        counter = Counting()
        made = scene(talk(*["a b c"] * turns), budget=window(4 * turns), counter=counter)
        counter.counted = 0
        fitted(made)
        counted.append(counter.counted)

    assert counted[1] <= 2.2 * counted[0]
