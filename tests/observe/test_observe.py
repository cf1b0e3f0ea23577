"""Each outcome reaches every sink."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from headroom.observe import Observers
from headroom.outcome import Outcome


@dataclass(slots=True)
class Kept:
    told: list[Outcome] = field(default_factory=list)

    def take(self, outcome: Outcome) -> None:
        self.told.append(outcome)


class Broken:
    def take(self, outcome: Outcome) -> None:
        raise OSError("the disk is full")


def test_each_outcome_reaches_every_sink_in_order() -> None:
    first, second = Kept(), Kept()
    observers = Observers([first, second])

    for number in "12":
        observers.settle(Outcome(number, "planned"))

    assert [outcome.request_id for outcome in first.told] == ["1", "2"]
    assert first.told == second.told


def test_a_sink_that_fails_neither_stops_the_others_nor_the_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = Kept()

    Observers([Broken(), kept]).settle(Outcome("1", "planned"))

    assert len(kept.told) == 1
    assert "Broken" in caplog.text
