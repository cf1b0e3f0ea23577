"""What leaves when a conversation no longer fits: the keepers of the window.

Whole turns leave, with their calls and the results of these; system, the task, and the last
turns stay.  So much leaves at once that it does not happen again for many turns.

In recorded sessions with windows that they outgrow, how much leaves at once decides the bill, and
whether what has left is named decides how much of what is used later stays in sight; the order in
which turns leave decides little, even for whoever knows what will be used (2026-11).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from headroom.conversation import Form
from headroom.embedding import Embedder
from headroom.pipeline.hindsight.cut import cut
from headroom.pipeline.hindsight.importance import by_place, by_signs
from headroom.pipeline.hindsight.left import BY_AGE, BY_IMPORTANCE, forms_of_left
from headroom.pipeline.hindsight.passes import in_time
from headroom.pipeline.hindsight.said_anew import said_anew
from headroom.pipeline.hindsight.scene import Scene
from headroom.pipeline.hindsight.similarity import by_meaning
from headroom.pipeline.hindsight.turns import Turn, free_to_leave, has_task

TURNS_KEPT = 4
"""At the end of a conversation; where that is not enough, only the last one stays."""
DEEPER = 4.0
SHORTEST_TOKENS = 200
MARKER_TOKENS = 200
NAMED_CHARACTERS, MOST_NAMED = 0.6, 60_000
"""Of names of what has left: for each token of the window, a fifth of it where very much has
left, and in all.  With half as many the bill is the same, and 1.1 to 2.9 times as much of what is
used later is out of sight."""
SHORTEST_CUT = 200
"""Tokens that stay of a result among the newest, at least, where nothing else would fit."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The new forms, and how many turns have left that had not before."""

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
        worth = {turn.number: one for turn, one in zip(everything, scores, strict=True)}
        if self.by_many_signs:
            # For the same room a few long turns leave or many short ones: each is used as often.
            worth = {turn.number: worth[turn.number] / (1 + _length(scene, turn)) for turn in turns}
        return sorted(
            turns, key=lambda turn: (has_task(scene.blocks, turn), worth[turn.number], turn.number)
        )


def _length(scene: Scene, turn: Turn) -> int:
    return sum(map(scene.tokens, turn.blocks))


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
    """The forms in which the conversation fits, *forms* among them; None when there are none.

    Nor where the provider keeps the history: nobody here knows what fills the window.
    """
    is_held = scene.conversation.facts.server_held_history
    if scene.reduce is None or is_held or not scene.turns:
        return None
    fitting = _Fitting(
        scene, dict(forms), int(scene.budget.most_tokens * scene.budget.filled_after)
    )
    order = _order(scene) if fitting.is_too_long else []
    if scene.budget.shortens_first:
        fitting.shorten(order)
    if fitting.is_too_long:
        free = free_to_leave(scene.blocks, scene.turns, woven=scene.woven, protects=scene.protects)
        numbers = {turn.number for turn in free}
        leaving = [turn for turn in order if turn.number in numbers]
        room = min(int(NAMED_CHARACTERS * scene.budget.most_tokens), MOST_NAMED)
        fitting.leave(leaving, room=room)
        if fitting.sent > scene.budget.most_tokens:
            fitting.leave(leaving, room=0)
    fitting.cut(scene.turns[-TURNS_KEPT:])
    if fitting.sent > scene.budget.most_tokens:
        return None
    return Fitted(fitting.changed, fitting.left)


def shortened(scene: Scene, forms: Mapping[int, Form], most_tokens: int) -> Fitted | None:
    """The forms, *forms* among them, in which it holds so many tokens while all turns stay."""
    fitting = _Fitting(scene, dict(forms), most_tokens)
    fitting.shorten(_order(scene))
    if fitting.is_too_long:
        return None
    return Fitted(fitting.changed, 0)


def _order(scene: Scene) -> list[Turn]:
    """The turns that may change, what matters least first; the newest ones come last."""
    turns = scene.turns
    # Where the last turn was only begun, for the assistant to go on, the one before is newest.
    newest = len(turns) - (2 if scene.blocks[-1].role == "assistant" else 1)
    first = bisect_left(turns, scene.first_free, key=lambda turn: turn.blocks.start)
    older = max(first, len(turns) - TURNS_KEPT)
    return [*keeper_of(scene).order(scene, turns[first:older]), *turns[older:newest]]


class _Fitting:
    """What leaves, until the rest fits."""

    def __init__(self, scene: Scene, forms: dict[int, Form], target: int) -> None:
        self.forms = forms
        self.left = 0
        """How many turns have left that had not before."""
        self._stays = forms
        self._scene = scene
        self._target = target
        self.sent = self._recounted()

    @property
    def changed(self) -> dict[int, Form]:
        """The forms that are not those in which it was sent."""
        return {i: form for i, form in self.forms.items() if self._scene.forms.get(i) != form}

    @property
    def is_too_long(self) -> bool:
        """Whether more must leave."""
        return self.sent > self._target

    def shorten(self, order: Sequence[Turn]) -> None:
        """Leave out more of long texts, of what matters least first."""
        for index in in_time(self._scene, self._long(order)):
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

    def leave(self, order: Sequence[Turn], *, room: int) -> None:
        """Let whole turns go, with those that left before and can be told of anew.

        What they showed is named in so much *room*, in characters.
        """
        scene = self._scene
        told_by = {
            scene.blocks[index].turn: form.told_by
            for index, form in scene.forms.items()
            if form.told_by >= 0
        }
        again = [turn for turn in scene.turns if told_by.get(turn.number, -1) >= scene.first_free]
        waiting = iter([turn for turn in order if turn.number not in told_by])
        self.forms, self.left, going = self._stays, 0, list(again)
        self.sent = self._recounted()
        while self.is_too_long:
            going += self._next(waiting)
            told = self._told(going, room)
            if len(going) == len(again) + self.left or not told:
                return
            self.left = len(going) - len(again)
            kept = {index: form for index, form in self._stays.items() if index not in told}
            self.forms = {**kept, **told}
            self.forms |= said_anew(scene, self.forms)
            self.sent = self._recounted()
            if self.sent <= scene.budget.most_tokens:
                return

    def cut(self, turns: Sequence[Turn]) -> None:
        """Where it still does not fit, only the ends stay of the longest results in these."""
        scene = self._scene
        longest = sorted((i for turn in turns for i in turn.blocks), key=lambda i: -self._tokens(i))
        for index in longest:
            over = self.sent - scene.budget.most_tokens
            tokens = self._tokens(index)
            if over <= 0 or tokens < SHORTEST_CUT:
                return
            left = index in self.forms and self.forms[index].told_by >= 0
            if left or not scene.may_change(index, first=scene.first_free):
                continue
            form = cut(scene, index, tokens=max(tokens - over, SHORTEST_CUT))
            if form is not None:
                self.sent -= tokens - form.tokens_after
                self.forms[index] = form

    def _next(self, waiting: Iterator[Turn]) -> Iterator[Turn]:
        """So many more turns that the rest should fit."""
        sent = self.sent + MARKER_TOKENS
        for turn in waiting:
            yield turn
            sent -= sum(map(self._tokens, turn.blocks))
            if sent <= self._target:
                return

    def _tokens(self, index: int) -> int:
        form = self.forms.get(index)
        return self._scene.tokens(index) if form is None else form.tokens_after

    def _told(self, going: Sequence[Turn], room: int) -> dict[int, Form]:
        scene = self._scene
        by_tool = scene.reduce is not None and scene.reduce.by_tool
        going = sorted(going, key=lambda turn: turn.number)
        by = BY_IMPORTANCE if scene.budget.by_importance else BY_AGE
        return forms_of_left(
            scene.blocks,
            scene.turns,
            going,
            scene.counter,
            by_tool=by_tool,
            by=by,
            room=room,
        )

    def _recounted(self) -> int:
        scene = self._scene
        saved = (scene.tokens(at) - form.tokens_after for at, form in self.forms.items())
        return scene.total - sum(saved)
