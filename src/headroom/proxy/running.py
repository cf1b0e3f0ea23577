"""What runs in this process just now, counted as it begins and ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Running:
    """How much of each kind."""

    calls: int = 0
    """Of clients to providers, by HTTP."""
    sockets: int = 0
    """WebSockets that both sides have taken."""
    relays: int = 0
    """Tasks that pass on what they say, one for each way."""

    @contextmanager
    def a_call(self) -> Iterator[None]:
        """Count one call while this block runs."""
        self.calls += 1
        try:
            yield
        finally:
            self.calls -= 1

    @contextmanager
    def a_socket(self) -> Iterator[None]:
        """Count one WebSocket."""
        self.sockets += 1
        try:
            yield
        finally:
            self.sockets -= 1

    def relay(self, task: asyncio.Task[None]) -> None:
        """Count this task until it is done."""
        self.relays += 1
        task.add_done_callback(self._relayed)

    def _relayed(self, _task: asyncio.Task[None]) -> None:
        self.relays -= 1
