"""Exports from time to time, on a thread of its own."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from headroom.observe.otel.exporting import TOLD_EVERY_S, Exporting, end_all
from headroom.observe.otel.post import TIMEOUT_S, Undelivered

PATIENCE_S = 10.0


class Work:
    """Counts how often it is done, and may fail."""

    def __init__(self) -> None:
        self.within: list[float] = []
        self.trouble: Undelivered | None = None
        self.done = threading.Semaphore(0)

    def __call__(self, within_s: float) -> None:
        self.within.append(within_s)
        self.done.release()
        if self.trouble:
            raise self.trouble

    def wait(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.done.acquire(timeout=PATIENCE_S)


class Clock:
    """A clock that is set by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_it_works_again_and_again_beside_everything_else() -> None:
    work = Work()
    exporting = Exporting("metrics", work, every_s=0.01)

    exporting.start()
    work.wait(3)
    end_all([exporting], within_s=PATIENCE_S)

    assert work.within[0] == TIMEOUT_S


def test_the_last_of_it_is_done_at_the_end_within_what_is_left() -> None:
    work = Work()
    exporting = Exporting("metrics", work, every_s=3_600)
    exporting.start()

    end_all([exporting], within_s=5.0)

    (within_s,) = work.within
    assert 0 < within_s <= 5.0


def test_much_to_do_is_done_at_once() -> None:
    work = Work()
    exporting = Exporting("traces", work, every_s=3_600)
    exporting.start()

    exporting.hurry()
    work.wait()

    end_all([exporting], within_s=PATIENCE_S)


def test_an_export_that_hangs_is_given_up_when_time_is_over() -> None:
    begun, let_go = threading.Event(), threading.Event()

    def hang(_within_s: float) -> None:
        begun.set()
        let_go.wait(PATIENCE_S)

    exporting = Exporting("traces", hang, every_s=0.01, give_up=let_go.set)
    exporting.start()
    assert begun.wait(PATIENCE_S)
    at = time.monotonic()

    end_all([exporting], within_s=0.1)

    assert time.monotonic() - at < 5
    assert let_go.is_set()


def test_what_does_not_arrive_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    work, clock = Work(), Clock()
    work.trouble = Undelivered("http://c:4318 answered 401")
    exporting = Exporting("metrics", work, every_s=3_600, clock=clock)
    exporting.start()

    for _ in range(3):
        exporting.hurry()
        work.wait()
    clock.now += TOLD_EVERY_S
    exporting.hurry()
    work.wait()
    work.trouble = None
    exporting.hurry()
    work.wait()
    exporting.end(clock.now + PATIENCE_S)
    exporting.join()

    assert [record.getMessage() for record in caplog.records] == [
        *["metrics do not arrive: http://c:4318 answered 401"] * 2,
        "metrics arrive again",
    ]


def test_one_of_several_processes_tells_it(caplog: pytest.LogCaptureFixture) -> None:
    work = Work()
    work.trouble = Undelivered("down")
    exporting = Exporting("metrics", work, every_s=3_600, speaks=lambda: False)
    exporting.start()

    end_all([exporting], within_s=PATIENCE_S)

    assert len(work.within) == 1
    assert not caplog.records
