"""The answering of our own tool inside a reply, as steps to take: nothing here waits or sends.

    feed, feed, … end_leg ─▶ Fetch ─▶ fetched ─▶ Keep, Ask ─▶ feed, feed, … end_leg ─▶ Keep, Send

What a dialect's reply looks like is its `Turn`'s affair; how often the model may ask, what is
kept before the client sees the end, and in which order, is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from headroom.conversation import Leg, Legs
from headroom.formats.base import CallMade
from headroom.formats.turns import Turn

MOST_ROUNDS = 3

ENOUGH = (
    "Nothing more is shown in this turn: go on with what you have, or use another tool. "
    "In the next turn you can ask again."
)


@dataclass(frozen=True, slots=True)
class Send:
    """Pass these bytes to the client."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Fetch:
    """Find the texts for these calls, and say them with `fetched`.

    *is_followed* says that a leg comes then; where that must not be, say `unfetched` instead.
    *is_enough* says that the model has asked often enough: no texts, but ENOUGH.
    """

    calls: Sequence[CallMade]
    is_followed: bool = True
    is_enough: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Send this body to the provider; its reply is the next leg."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Keep:
    """Store what was hidden, before the client can go on from this turn, cut short or whole.

    *echoed* is a body with the turn as the client will send it; *last_id* and *reply_id* are
    those of the provider's last reply and of the one that the client knows.  While a leg is to
    follow, or where none may, the last of *legs* is an empty one.
    """

    legs: Legs
    echoed: bytes
    reply_id: str
    last_id: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The provider's reply ended without its end, and so must the client's."""


Step = Send | Fetch | Ask | Keep | Cut

_CUT: Final = Cut()


class Retrieval:
    """One turn in which our tool may be called; *sent* is the body that asked for it."""

    __slots__ = ("_rounds", "_sent", "turn")

    def __init__(self, turn: Turn, sent: bytes) -> None:
        self.turn = turn
        self._sent = sent
        self._rounds = 0

    @property
    def size(self) -> int:
        """Bytes of the body that asked last."""
        return len(self._sent)

    def feed(self, chunk: bytes) -> bytes:
        """What the client is to get of this chunk."""
        return self.turn.feed(chunk)

    def end_leg(self) -> Sequence[Step]:
        """What to do now that the provider's reply has ended; with Fetch it is not the last."""
        rest = self.turn.end_leg()
        steps: list[Step] = [Send(rest)] if rest else []
        calls = self.turn.calls
        if not calls or self._rounds > MOST_ROUNDS:
            return [*steps, *self._finished()]
        enough = self._rounds == MOST_ROUNDS
        return [*steps, Fetch(calls, is_followed=self.turn.goes_on, is_enough=enough)]

    def fetched(self, answers: Mapping[str, str]) -> Sequence[Step]:
        """What to do with the texts, by the ids of their calls; with Ask a leg follows."""
        turn = self.turn
        self._rounds += 1
        turn.answer(answers)
        if not turn.goes_on:
            return self._finished()
        # The client may leave in the middle of the next leg, and keep what it has seen of it.
        keep = Keep((*turn.legs, Leg(())), turn.echoed(), turn.reply_id, turn.last_id)
        self._sent = turn.ask(self._sent)
        return [keep, Ask(self._sent)]

    def unfetched(self, answers: Mapping[str, str]) -> Sequence[Step]:
        """What to do where no leg may follow: the turn ends, and the next request tells why."""
        self.turn.answer(answers)
        # As where the next leg was cut before it said anything.
        return self._finished(Leg(()))

    def _finished(self, *then: Leg) -> Sequence[Step]:
        turn = self.turn
        steps: list[Step] = []
        if turn.legs:
            legs = (*turn.legs, *then)
            steps.append(Keep(legs, turn.echoed(), turn.reply_id, turn.last_id))
        end = turn.finish()
        steps += [Send(end)] if end else []
        return [*steps, _CUT] if turn.is_cut else steps
