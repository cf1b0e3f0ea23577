from __future__ import annotations

import itertools

from headroom.api import Forwarded
from headroom.conversation import Edit, Plan
from headroom.outcome import Rewrite
from headroom.replay.offline import Offline
from tests.replay.examples import anthropic_session


class Recorder:
    """A planner that edits one place, and writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def forward(self, format_name: str, body: bytes) -> Forwarded:
        self.asked.append(format_name)
        edit = Edit(("messages", 0, "content"), "shorter", "clean")
        plan = Plan(
            edits=(edit,),
            removals=(("messages", 1),),
            rewrite=Rewrite("window", 9, 1),
            failed="late",
        )
        return Forwarded(body + b" ", plan)


async def test_a_turn_tells_its_edits_and_how_long_they_took() -> None:
    session = anthropic_session()
    turn = next(session.turns())
    way = Offline(Recorder, clock=itertools.count(step=0.5).__next__)

    sent = await way.send(session, turn)

    assert sent.body == turn.body + b" "
    assert sent.edits == ((("messages", 0, "content"), "clean"),)
    assert (sent.removals, sent.rewrite) == ((("messages", 1),), Rewrite("window", 9, 1))
    assert (sent.overhead_ms, sent.gave_up) == (500.0, "late")


async def test_every_session_has_a_planner_of_its_own() -> None:
    planners: list[Recorder] = []

    def new() -> Recorder:
        planners.append(Recorder())
        return planners[-1]

    way = Offline(new, clock=itertools.count().__next__)
    session = anthropic_session()
    for _ in range(2):
        way.begin(session)
        for turn in session.turns():
            await way.send(session, turn)

    assert [planner.asked for planner in planners] == [[], ["anthropic"] * 3, ["anthropic"] * 3]
