"""Replays sessions one after another, whichever way they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from decimal import Decimal
from typing import Protocol

from headroom.economics import cost
from headroom.errors import UnreadableBody
from headroom.outcome import Usage
from headroom.replay.measure import Meter, Sent, SessionMeasure
from headroom.replay.session import Session, Turn


class Way(Protocol):
    """A way from the client to the provider."""

    def begin(self, session: Session, /) -> None:
        """A new session begins."""
        ...

    async def send(self, session: Session, turn: Turn) -> Sent:
        """Send one turn's request, and say what arrived."""
        ...


async def replay(
    sessions: Iterable[Session],
    way: Way,
    *,
    count: Callable[[str], int],
    turn_done: Callable[[], None],
) -> AsyncIterator[SessionMeasure]:
    """Every session's measures; *turn_done* is called after each turn."""
    for session in sessions:
        way.begin(session)
        meter = Meter(session, count)
        for turn in session.turns():
            sent = await way.send(session, turn)
            try:
                meter.turn(turn, sent)
            except UnreadableBody as error:
                meter.turn(turn, Sent(turn.body, failed=str(error)))
            turn_done()
        yield meter.result(_price(session))


def _price(session: Session) -> Callable[[Usage], Decimal | None]:
    def price(usage: Usage) -> Decimal | None:
        return cost(session.model, usage, provider=session.dialect.format.provider)

    return price
