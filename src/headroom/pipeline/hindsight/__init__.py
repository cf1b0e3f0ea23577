"""Hindsight: what was sent is rewritten where that is free, pays, or cannot be avoided.

    nothing is cached (any more)  ──▶ all that waits, once
    near the end, and it pays     ──▶ what was looked at and is finished
    it does not fit               ──▶ less of what matters least, then whole turns

What a rewrite gives is the fixed form from then on, as that of a new block is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from headroom.conversation import Form
from headroom.economics import retrieval_cost, rewrite_cost, rewrite_gain
from headroom.outcome import Occasion, Rewrite
from headroom.pipeline.hindsight.passes import Offer, offers
from headroom.pipeline.hindsight.scene import Scene
from headroom.pipeline.hindsight.window import fit

__all__ = ["Rewritten", "Scene", "rewritten"]

FINISHED_AFTER = 6
"""Turns of the assistant after which a result is finished where it costs nothing to say so."""
LOOKED_AT_AFTER = 1
"""And where what stands behind it must be written again."""


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
    return _swept(scene) if budget.costs.is_free else _evicted(scene)


def _fitted(scene: Scene) -> Rewritten:
    waiting = [one for one in _finished(scene, 0) if _gain(scene, [one]) > 0]
    fitted = fit(scene, {one.index: one.form for one in waiting})
    if fitted is None:
        return Rewritten(swept=scene.swept)
    return Rewritten(fitted.forms, _rewrite(scene, fitted.forms, "window", turns=fitted.turns))


def _swept(scene: Scene) -> Rewritten:
    """All that waits, as nothing of it is cached."""
    until = _begin_of(scene, FINISHED_AFTER)
    start = max(scene.swept, scene.conversation.facts.thinks_until)
    chosen = [one for one in offers(scene, start, until) if _gain(scene, [one]) > 0]
    forms = {one.index: one.form for one in chosen}
    if not forms:
        return Rewritten(swept=max(until, scene.swept))
    return Rewritten(forms, _rewrite(scene, forms, "free"), until)


def _evicted(scene: Scene) -> Rewritten:
    """What was just looked at, where little stands behind it."""
    start = max(_begin_of(scene, LOOKED_AT_AFTER + 1), scene.conversation.facts.thinks_until)
    until = min(_begin_of(scene, LOOKED_AT_AFTER), scene.decided)
    if not _could_pay(scene, start, until):
        return Rewritten(swept=scene.swept)
    waiting = list(offers(scene, start, until))
    best = max(
        (waiting[at:] for at in range(len(waiting))),
        key=lambda some: _gain(scene, some),
        default=[],
    )
    saved = min(scene.saved, scene.budget.spare)
    if not best or _gain(scene, best) <= 0 or _at_stake(scene, best) > saved:
        return Rewritten(swept=scene.swept)
    forms = {one.index: one.form for one in best}
    return Rewritten(forms, _rewrite(scene, forms, "paying"), scene.swept)


def _could_pay(scene: Scene, start: int, until: int) -> bool:
    """Whether it would pay if all that may change there left, before anybody looks closely."""
    waiting = [
        index
        for index in range(start, until)
        if scene.may_change(index, first=start) and scene.tokens(index) > 0
    ]
    if not waiting:
        return False
    removed = sum(map(scene.tokens, waiting))
    behind = scene.tokens_between(waiting[0], scene.decided) - removed
    return rewrite_gain(removed, behind, scene.budget.costs) > 0


def _finished(scene: Scene, start: int) -> Sequence[Offer]:
    return list(offers(scene, start, _begin_of(scene, FINISHED_AFTER)))


def _begin_of(scene: Scene, turns: int) -> int:
    """Where the turns begin that are no more than so many turns old."""
    if not scene.turns:
        return 0
    at = max(len(scene.turns) - turns, 0)
    return scene.turns[at].blocks.start


def _removed(scene: Scene, forms: Mapping[int, Form]) -> int:
    return sum(scene.tokens(index) - form.tokens_after for index, form in forms.items())


def _behind(scene: Scene, first: int, removed: int) -> int:
    """The tokens that stay of what was sent, from the first change on."""
    return max(scene.tokens_between(first, max(scene.decided, first)) - removed, 0)


def _gain(scene: Scene, some: Sequence[Offer]) -> float:
    """What these together are expected to save."""
    if not some:
        return 0.0
    forms = {one.index: one.form for one in some}
    removed = _removed(scene, forms)
    behind = _behind(scene, some[0].index, removed)
    return rewrite_gain(
        removed, behind, scene.budget.costs, retrievals=sum(_regret(scene, one) for one in some)
    )


def _at_stake(scene: Scene, some: Sequence[Offer]) -> float:
    """What is lost if the conversation ends with this turn, or one of them is asked back."""
    removed = _removed(scene, {one.index: one.form for one in some})
    behind = _behind(scene, some[0].index, removed)
    dearest = max(_fetching(scene, one) for one in some)
    return rewrite_cost(removed, behind, scene.budget.costs) + dearest


def _regret(scene: Scene, one: Offer) -> float:
    return one.asked_back * _fetching(scene, one)


def _fetching(scene: Scene, one: Offer) -> float:
    return retrieval_cost(scene.total, scene.size(one.index), scene.budget.costs)


def _rewrite(
    scene: Scene, forms: Mapping[int, Form], occasion: Occasion, *, turns: int = 0
) -> Rewrite:
    removed = _removed(scene, forms)
    behind = _behind(scene, min(forms), removed)
    gain = rewrite_gain(removed, behind, scene.budget.costs)
    return Rewrite(occasion, removed, turns, gain)
