"""Hindsight: what was sent is rewritten where that is free, pays, or cannot be avoided.

    nothing is cached (any more)  ──▶ all that waits, once
    near the end, and it pays     ──▶ what was looked at and is finished
    it does not fit               ──▶ less of what matters least, then whole turns

What a rewrite gives is the fixed form from then on, as that of a new block is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from headroom.conversation import Form
from headroom.economics import (
    Costs,
    below_tier_gain,
    retrieval_cost,
    rewrite_cost,
    rewrite_gain,
)
from headroom.outcome import Occasion, Rewrite
from headroom.pipeline.budget import FINISHED_AFTER, LOOKED_AT_AFTER
from headroom.pipeline.hindsight.passes import FINISHED, offers, reach
from headroom.pipeline.hindsight.scene import ANEW, LATE, Scene
from headroom.pipeline.hindsight.window import fit, shortened

__all__ = ["ANEW", "LATE", "Rewritten", "Scene", "rewritten"]


DEAR_SHARE = 0.9
"""Of the length from which prompts are dearer: so long they are once they have got below it."""
DEAR_EVERY = 8
"""Turns after which it is tried again to get below."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """New forms, and why; *swept* is how far blocks have been looked at while it was free."""

    forms: Mapping[int, Form] = field(default_factory=dict)
    rewrite: Rewrite | None = None
    swept: int = 0


def rewritten(scene: Scene) -> Rewritten:
    """What becomes of blocks that were sent; nothing, mostly."""
    budget = scene.budget
    if budget.most_tokens and scene.total > budget.most_tokens:
        return _fitted(scene)
    if not budget.rewrites or scene.reduce is None or not scene.turns:
        return Rewritten(swept=scene.swept)
    return _cheapened(scene) or (_swept(scene) if budget.costs.is_free else _evicted(scene))


def _fitted(scene: Scene) -> Rewritten:
    """Whatever makes it fit: all that waits too, as most is written again anyway."""
    waiting = _weighed(scene, scene.first_free, _begin_of(scene, FINISHED_AFTER))
    costs = scene.budget.costs
    forms = {one.index: one.form for one in waiting if one.gain(0, costs) > 0}
    fitted = fit(scene, forms)
    if fitted is None:
        return Rewritten(swept=scene.swept)
    rewrite = _rewrite(scene, fitted.forms, "window", turns=fitted.turns)
    return Rewritten(fitted.forms, rewrite, scene.swept)


def _cheapened(scene: Scene) -> Rewritten | None:
    """Long texts lose more where that gets the prompt below what makes all of it dearer."""
    budget = scene.budget
    if not 0 < budget.dear_from < scene.total or scene.conversation.facts.bound_until:
        return None
    has_crossed = scene.fixed + _sent(scene, 0) <= budget.dear_from
    if not has_crossed and scene.turns[-1].number % DEAR_EVERY:
        return None
    waiting = _weighed(scene, 0, _begin_of(scene, FINISHED_AFTER))
    below = int(budget.dear_from * DEAR_SHARE)
    fitted = shortened(scene, {one.index: one.form for one in waiting}, below)
    if fitted is None or not fitted.forms:
        return None
    rewrite = _rewrite(scene, fitted.forms, "paying")
    gain = below_tier_gain(
        scene.total,
        rewrite.tokens,
        max(_sent(scene, min(fitted.forms)) - rewrite.tokens, 0),
        budget.costs,
        factor=budget.dear_factor,
        turns=min(budget.costs.turns, _turns_until(scene, below)),
    )
    gain -= sum(
        FINISHED.asked_back * retrieval_cost(scene.total, scene.size(index), budget.costs)
        for index in fitted.forms
    )
    return Rewritten(fitted.forms, replace(rewrite, gain=gain), scene.swept) if gain > 0 else None


def _turns_until(scene: Scene, below: int) -> float:
    """How many turns it takes a prompt of so many tokens to grow dear again."""
    growth = max((scene.total - scene.fixed) / len(scene.turns), 1.0)
    return (scene.budget.dear_from - below) / growth


def _swept(scene: Scene) -> Rewritten:
    """All that waits, as nothing of it is cached; what there is no time for waits longer."""
    start = max(scene.swept, scene.conversation.facts.bound_until)
    until = reach(scene, start, _begin_of(scene, FINISHED_AFTER))
    waiting = _weighed(scene, start, until)
    costs = scene.budget.costs
    forms = {one.index: one.form for one in waiting if one.gain(one.behind, costs) > 0}
    if not forms:
        return Rewritten(swept=max(until, scene.swept))
    return Rewritten(forms, _rewrite(scene, forms, "free"), until)


def _evicted(scene: Scene) -> Rewritten:
    """What was just looked at, where little stands behind it."""
    start = max(_begin_of(scene, LOOKED_AT_AFTER + 1), scene.conversation.facts.bound_until)
    until = min(_begin_of(scene, LOOKED_AT_AFTER), scene.decided)
    if not _could_pay(scene, start, until):
        return Rewritten(swept=scene.swept)
    best = _best(_weighed(scene, start, until), scene.budget.costs)
    if not best or _at_stake(scene, best) > scene.to_stake:
        return Rewritten(swept=scene.swept)
    forms = {one.index: one.form for one in best}
    return Rewritten(forms, _rewrite(scene, forms, "paying"), scene.swept)


def _could_pay(scene: Scene, start: int, until: int) -> bool:
    """Whether it would pay, and not cost more than was saved if it is regretted, to rewrite
    from anywhere there on, if all texts of tools left; before anybody looks closely.
    """
    costs = scene.budget.costs
    fetching = retrieval_cost(scene.total, 0, costs)
    sent = removed = 0
    for index in reversed(range(start, scene.decided)):
        tokens = scene.tokens(index)
        sent += tokens
        if index >= until or not scene.blocks[index].editable:
            continue
        removed += tokens
        behind = sent - removed
        pays = rewrite_gain(removed, behind, costs) > 0
        if pays and rewrite_cost(removed, behind, costs) + fetching <= scene.to_stake:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Weighed:
    """An offer in figures, in tokens: what it removes, what stays behind it of what was sent,
    what it costs if it is asked for again, and how much of that is to be expected.
    """

    index: int
    form: Form
    removed: int
    behind: int
    fetching: float
    regret: float

    def gain(self, behind: int, costs: Costs) -> float:
        """What it is expected to save, where so much must be written again."""
        return rewrite_gain(self.removed, behind, costs, retrievals=self.regret)


def _weighed(scene: Scene, start: int, until: int) -> list[_Weighed]:
    waiting = list(offers(scene, start, reach(scene, start, until)))
    if not waiting:
        return []
    first = waiting[0].index
    before = [0, *accumulate(map(scene.tokens, range(first, until)))]
    all_behind = _sent(scene, first)
    found = []
    for one in waiting:
        removed = scene.tokens(one.index) - one.form.tokens_after
        # Nothing of what is new was sent: it is written in any case.
        behind = max(all_behind - before[one.index - first] - removed, 0)
        fetching = retrieval_cost(scene.total, scene.size(one.index), scene.budget.costs)
        regret = one.asked_back * fetching
        found.append(_Weighed(one.index, one.form, removed, behind, fetching, regret))
    return found


def _best(waiting: Sequence[_Weighed], costs: Costs) -> Sequence[_Weighed]:
    """Those from which on to rewrite saves most; none where nothing does."""
    removed, regret, most, best = 0, 0.0, 0.0, len(waiting)
    for at in reversed(range(len(waiting))):
        one = waiting[at]
        behind = max(one.behind - removed, 0)
        removed += one.removed
        regret += one.regret
        gain = rewrite_gain(removed, behind, costs, retrievals=regret)
        if gain > most:
            most, best = gain, at
    return waiting[best:]


def _at_stake(scene: Scene, some: Sequence[_Weighed]) -> float:
    """What is lost if the conversation ends with this turn, or one of them is asked back."""
    later = sum(one.removed for one in some[1:])
    behind = max(some[0].behind - later, 0)
    cost = rewrite_cost(later + some[0].removed, behind, scene.budget.costs)
    return cost + max(one.fetching for one in some)


def _begin_of(scene: Scene, turns: int) -> int:
    """Where the turns begin that are no more than so many turns old."""
    if not scene.turns:
        return 0
    at = max(len(scene.turns) - turns, 0)
    return scene.turns[at].blocks.start


def _sent(scene: Scene, first: int) -> int:
    """The tokens of what was sent before, from this block on."""
    return sum(map(scene.tokens, range(first, scene.decided)))


def _rewrite(
    scene: Scene, forms: Mapping[int, Form], occasion: Occasion, *, turns: int = 0
) -> Rewrite:
    removed = sum(scene.tokens(index) - form.tokens_after for index, form in forms.items())
    behind = max(_sent(scene, min(forms)) - removed, 0)
    gain = rewrite_gain(removed, behind, scene.budget.costs)
    return Rewrite(occasion, removed, turns, gain)
