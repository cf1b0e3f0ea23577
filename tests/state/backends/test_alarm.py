"""How long a caller waits for a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from headroom.state.backends.alarm import SLICES, Alarm


class Loop:
    """A loop whose timers come due when a test says so."""

    def __init__(self) -> None:
        self.due: list[tuple[float, Callable[[], object]]] = []
        self.cancelled = 0

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Self:
        self.due.append((delay, callback))
        return self

    def cancel(self) -> None:
        self.cancelled += 1

    def tick(self) -> float:
        delay, callback = self.due.pop()
        callback()
        return delay


def test_it_rings_when_the_whole_time_has_gone_by() -> None:
    loop, rung = Loop(), list[int]()
    alarm = Alarm(loop, 0.5, lambda: rung.append(1))

    waited = [loop.tick() for _ in range(SLICES)]

    assert abs(sum(waited) - 0.5) < 1e-9
    assert (rung, alarm.rang, loop.due) == ([1], True, [])


def test_a_loop_that_was_late_has_not_waited_longer() -> None:
    """However late a timer is, it is one piece of the time that has gone by."""
    loop, rung = Loop(), list[int]()
    alarm = Alarm(loop, 0.5, lambda: rung.append(1))

    for _ in range(SLICES - 1):
        loop.tick()

    assert (rung, alarm.rang) == ([], False)


def test_one_that_is_stopped_does_not_ring() -> None:
    loop = Loop()
    alarm = Alarm(loop, 0.5, lambda: None)
    loop.tick()

    alarm.stop()

    assert (loop.cancelled, alarm.rang) == (1, False)
