"""Replays sessions through the pipeline itself: no server, no network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from headroom.api import Forwarded
from headroom.replay.measure import Sent
from headroom.replay.session import Session, Turn


class Planner(Protocol):
    """Plans the growing requests of one session, remembering what it did to earlier ones."""

    def forward(self, format_name: str, body: bytes) -> Forwarded:
        """What would be sent on in place of *body*, and why."""
        ...


class Offline:
    """The way through the pipeline; every session gets a planner, and so a ledger, of its own.

    *clock* gives seconds.
    """

    def __init__(self, planner: Callable[[], Planner], *, clock: Callable[[], float]) -> None:
        self._new_planner = planner
        self._planner = planner()
        self._clock = clock

    def begin(self, _session: Session) -> None:
        """Forget the session before."""
        self._planner = self._new_planner()

    async def send(self, session: Session, turn: Turn) -> Sent:
        """What becomes of this turn's request."""
        started = self._clock()
        forwarded = self._planner.forward(session.dialect.format.name, turn.body)
        return Sent(
            body=forwarded.body,
            edits=tuple((edit.path, edit.by) for edit in forwarded.plan.edits),
            removals=forwarded.plan.removals,
            rewrite=forwarded.plan.rewrite,
            overhead_ms=(self._clock() - started) * 1000,
            gave_up=forwarded.plan.failed,
        )
