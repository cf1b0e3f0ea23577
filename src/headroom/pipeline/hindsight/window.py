"""What leaves when a conversation no longer fits: the keepers of the window.

Whole turns leave, with their calls and the results of these; system, the task, and the last
turns stay.  So much leaves at once that it does not happen again for many turns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from headroom.conversation import Form
from headroom.embedding import Embedder
from headroom.pipeline.hindsight.importance import by_place, by_signs
from headroom.pipeline.hindsight.left import forms_of_left
from headroom.pipeline.hindsight.scene import Scene
from headroom.pipeline.hindsight.similarity import by_meaning
from headroom.pipeline.hindsight.turns import Turn, has_task, is_sealed

TURNS_KEPT = 4
"""At the end of a conversation; where that is not enough, only the last one stays."""
FILLED_AFTER = 0.7
"""Of the window: what is sent once something has left."""
DEEPER = 4.0
SHORTEST_TOKENS = 200
MARKER_TOKENS = 200


@dataclass(frozen=True, slots=True)
class Fitted:
    """The new forms, and how many turns have left in all."""

    forms: Mapping[int, Form]
    turns: int


class WindowKeeper(Protocol):
    """An order in which turns leave."""

    def order(self, scene: Scene, turns: Sequence[Turn]) -> Sequence[Turn]:
        """The same turns, what leaves first at the head."""
        ...


@dataclass(frozen=True, slots=True)
class RollingWindow:
    """The oldest leave first; those in which a user speaks after the others."""

    def order(self, scene: Scene, turns: Sequence[Turn]) -> Sequence[Turn]:
        """By age."""
        return sorted(turns, key=lambda turn: (has_task(scene.blocks, turn), turn.number))


@dataclass(frozen=True, slots=True)
class IntelligentContextManager:
    """What matters least leaves first; by several signs, or by place alone."""

    by_many_signs: bool = True
    learned: Callable[[Turn], float] = lambda _: 0.5
    embedder: Embedder | None = None

    def order(self, scene: Scene, turns: Sequence[Turn]) -> Sequence[Turn]:
        """By importance."""
        everything = scene.turns
        scores = (
            by_signs(
                scene.blocks,
                everything,
                learned=self.learned,
                near=by_meaning(self.embedder, scene, turns),
            )
            if self.by_many_signs
            else by_place(everything)
        )
        score = {turn.number: one for turn, one in zip(everything, scores, strict=True)}
        return sorted(
            turns, key=lambda turn: (has_task(scene.blocks, turn), score[turn.number], turn.number)
        )


def keeper_of(scene: Scene) -> WindowKeeper:
    """The keeper that the budget names."""
    budget = scene.budget
    if not budget.by_importance:
        return RollingWindow()
    return IntelligentContextManager(budget.by_many_signs, partial(_learned, scene), scene.embedder)


def _learned(scene: Scene, turn: Turn) -> float:
    """How much outputs like those of the turn were asked for again, from 0.5 for never."""
    asked = scene.budget.asked_again
    rates = [asked.get(scene.form(index).signature, 0.0) for index in turn.blocks]
    return 0.5 + 0.5 * max(rates, default=0.0)


def fit(scene: Scene, forms: Mapping[int, Form]) -> Fitted | None:
    """The forms in which the conversation fits, *forms* among them; None when there are none."""
    if scene.reduce is None or not scene.turns:
        return None
    fitting = _Fitting(scene, dict(forms))
    first = first_free(scene)
    turns = [turn for turn in scene.turns if turn.blocks.start >= first]
    turns = [turn for turn in turns if not is_sealed(scene.blocks, turn, scene.woven)]
    older = [turn for turn in turns if turn.number <= scene.turns[-1].number - TURNS_KEPT]
    newer = [turn for turn in turns if turn not in older and turn is not scene.turns[-1]]
    order = [*keeper_of(scene).order(scene, older), *newer]
    if scene.budget.shortens_first:
        fitting.shorten(order)
    if fitting.is_too_long:
        fitting.leave(order)
    if fitting.sent > scene.budget.most_tokens:
        return None
    return Fitted(fitting.forms, len(fitting.left))


def first_free(scene: Scene) -> int:
    """The first block that may change where nothing else fits: behind what thinking is bound to
    if the provider would refuse the request otherwise.
    """
    facts = scene.conversation.facts
    return facts.thinks_until if facts.binding == "refused" else 0


class _Fitting:
    """What leaves, until the rest fits."""

    def __init__(self, scene: Scene, forms: dict[int, Form]) -> None:
        self.forms = forms
        self.left: list[Turn] = []
        self._scene = scene
        self._shortened = scene.total - sum(
            scene.tokens(index) - form.tokens_after for index, form in forms.items()
        )
        self.sent = self._shortened
        self._target = int(scene.budget.most_tokens * FILLED_AFTER)

    @property
    def is_too_long(self) -> bool:
        """Whether more must leave."""
        return self.sent > self._target

    def shorten(self, order: Sequence[Turn]) -> None:
        """Leave out more of long texts, of what matters least first."""
        for index in self._long(order):
            if not self.is_too_long:
                return
            form = self._scene.deeper(index, strength=DEEPER)
            if form is not None:
                self.sent -= self._scene.tokens(index) - form.tokens_after
                self.forms[index] = form

    def _long(self, order: Sequence[Turn]) -> Iterator[int]:
        for turn in order:
            for index in turn.blocks:
                if index in self.forms or self._scene.tokens(index) < SHORTEST_TOKENS:
                    continue
                if self._scene.may_change(index, first=0):
                    yield index

    def leave(self, order: Sequence[Turn]) -> None:
        """Let whole turns go, with those that left before."""
        scene = self._scene
        before = {
            scene.blocks[index].turn for index, form in scene.forms.items() if form.told_by >= 0
        }
        gone = [turn for turn in scene.turns if turn.number in before]
        waiting = [turn for turn in order if turn.number not in before]
        while waiting and self.is_too_long:
            self.sent += MARKER_TOKENS
            while waiting and self.is_too_long:
                gone.append(waiting.pop(0))
                self.sent -= sum(map(self._tokens, gone[-1].blocks))
            self._tell(sorted(gone, key=lambda turn: turn.number))
            if self.sent <= scene.budget.most_tokens:
                return

    def _tokens(self, index: int) -> int:
        form = self.forms.get(index)
        return self._scene.tokens(index) if form is None else form.tokens_after

    def _tell(self, gone: Sequence[Turn]) -> None:
        scene = self._scene
        by_tool = scene.reduce is not None and scene.reduce.by_tool
        told = forms_of_left(scene.blocks, scene.turns, gone, scene.counter, by_tool=by_tool)
        if not told:
            return
        self.left = list(gone)
        self.forms = {
            **{index: form for index, form in self.forms.items() if index not in told},
            **told,
        }
        self.forms |= self._alone(told)
        self.sent = scene.total - sum(
            scene.tokens(index) - form.tokens_after for index, form in self.forms.items()
        )

    def _alone(self, told: Mapping[int, Form]) -> dict[int, Form]:
        """What said "as above" of something that has left says it itself."""
        scene = self._scene
        referring = {
            referrer
            for block, referrers in scene.referrers.items()
            if block in told
            for referrer in referrers
        }
        return {index: scene.alone(index) for index in sorted(referring) if index not in told}
