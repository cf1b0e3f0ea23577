from __future__ import annotations

from headroom.replay.bill import STANDARD
from headroom.replay.measure import Sent
from headroom.replay.run import replay
from headroom.replay.session import Session, Turn
from tests.replay.examples import anthropic_session, words


class Direct:
    """The way without anybody in between; bodies of *broken* turns arrive as no JSON."""

    def __init__(self, *broken: int) -> None:
        self.begun: list[str] = []
        self._broken = broken

    def begin(self, session: Session) -> None:
        self.begun.append(session.name)

    async def send(self, _session: Session, turn: Turn) -> Sent:
        return Sent(b"not JSON" if turn.number in self._broken else turn.body)


async def test_every_turn_of_every_session_is_sent_and_counted() -> None:
    way = Direct()
    done: list[None] = []
    session = anthropic_session()

    measures = [
        each
        async for each in replay(
            [session, session], way, count=words, turn_done=lambda: done.append(None)
        )
    ]

    assert way.begun == ["garden", "garden"]
    assert len(done) == 6
    assert [each.net(STANDARD) for each in measures] == [1.0, 1.0]
    assert measures[0].dollars_direct is not None


async def test_a_body_that_cannot_be_read_is_an_error_of_its_turn() -> None:
    (measure,) = [
        each
        async for each in replay(
            [anthropic_session()], Direct(1), count=words, turn_done=lambda: None
        )
    ]

    assert len(measure.turns) == 2
    assert measure.errors[0].startswith("turn 2:")
