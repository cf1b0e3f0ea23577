"""How long a call spends where."""

from __future__ import annotations

import time

import pytest

from headroom.outcome import Outcome
from headroom.proxy.stages import MOST_PASSAGES, Stages


def took(stages: Stages, stage: str) -> float:
    told = Outcome("1", "planned", passages=stages.passages).stages
    return next(ms for name, ms in told.items() if name == stage)


def test_what_is_gone_through_again_adds_up() -> None:
    stages = Stages(time.perf_counter())
    with stages.during("plan"):
        pass
    first = took(stages, "plan")
    with stages.during("plan"):
        pass

    assert 0 < first < took(stages, "plan")
    assert list(Outcome("1", "planned", passages=stages.passages).stages) == ["plan"]


def test_each_time_is_told_as_it_was() -> None:
    stages = Stages(time.perf_counter())
    for stage in ("read", "plan"):
        with stages.during("read" if stage == "read" else "plan"):
            pass

    read, plan = stages.passages

    assert (read.stage, plan.stage) == ("read", "plan")
    assert 0 <= read.begun_ms <= read.begun_ms + read.took_ms <= plan.begun_ms


def test_what_fails_is_counted_too() -> None:
    stages = Stages(time.perf_counter())

    with pytest.raises(LookupError), stages.during("keep"):
        raise LookupError

    assert took(stages, "keep") > 0


def test_L9_so_many_are_told_at_most() -> None:
    stages = Stages(time.perf_counter())
    for _ in range(2 * MOST_PASSAGES):
        with stages.during("plan"):
            pass

    assert len(stages.passages) == MOST_PASSAGES
