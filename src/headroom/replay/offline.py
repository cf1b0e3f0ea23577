"""Replays a session through the pipeline itself: no server, no network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from headroom.api import Forwarded
from headroom.replay.measure import Sent
from headroom.replay.session import Dialect


class Planner(Protocol):
    """Plans the growing requests of one session, remembering what it did to earlier ones."""

    def forward(self, format_name: str, body: bytes) -> Forwarded:
        """What would be sent on in place of *body*, and why."""
        ...


class Offline:
    """One session's way through the pipeline; *clock* gives seconds."""

    __slots__ = ("_clock", "_dialect", "_planner")

    def __init__(self, dialect: Dialect, *, planner: Planner, clock: Callable[[], float]) -> None:
        self._dialect = dialect
        self._planner = planner
        self._clock = clock

    def send(self, body: bytes) -> Sent:
        """What becomes of this request."""
        started = self._clock()
        forwarded = self._planner.forward(self._dialect, body)
        return Sent(
            body=forwarded.body,
            edits=tuple((edit.path, edit.by) for edit in forwarded.plan.edits),
            overhead_ms=(self._clock() - started) * 1000,
        )
