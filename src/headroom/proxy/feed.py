"""Tells of each finished request while it is fresh, to whoever listens: server-sent events.

    journal ─▶ chronicle ─▶ one task per process ─▶ a bounded queue per listener

A listener that reads too slowly is dropped: it comes again, and says what it had heard last.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import msgspec

from headroom.errors import StoreError, Unavailable
from headroom.observe.chronicle import Chronicle
from headroom.observe.entry import Entry
from headroom.observe.lasting import lasting
from headroom.observe.shown import request

MOST_LISTENERS = 16
"""Per process.  Who comes later asks from time to time instead."""
MOST_WAITING = 400
"""Events that wait for one listener; each is about 2 KB."""
MOST_BEFORE = 50
"""Of the requests that have ended already, whoever begins to listen is told so many."""
TICK_S = 0.5
TOTALS_S = 1.0
"""That sums have changed is told at most so often."""
BEAT_S = 10.0
AGAIN_MS = 2_000
"""How soon a browser comes again where the stream broke."""

END = b""
FULL = (
    f"{MOST_LISTENERS} dashboards are listening to this process already; "
    "ask /stats from time to time instead"
)


class Listener:
    """One reader's queue of events."""

    __slots__ = ("_queue", "heard")

    def __init__(self, heard: int) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING + 1)
        self.heard = heard
        """The number of the last record that it was told of."""

    async def next(self) -> bytes:
        """The next events; empty at the end."""
        pieces = [await self._queue.get()]
        while not self._queue.empty() and pieces[-1] != END:
            pieces.append(self._queue.get_nowait())
        return b"".join(pieces)

    def tell(self, event: bytes) -> None:
        """Put an event where it is read from; the end, where too many wait there."""
        if self._queue.qsize() < MOST_WAITING:
            self._queue.put_nowait(event)
        else:
            self.end()

    def end(self) -> None:
        """Nothing more comes."""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(END)


class Feed:
    """Who listens in this process; nothing is read while nobody does."""

    def __init__(self, chronicle: Chronicle, *, is_stopping: Callable[[], bool]) -> None:
        self._chronicle = chronicle
        self._is_stopping = is_stopping
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._told = 0
        """The number of the last record that all were told of."""

    @contextmanager
    def listening(self, *, since: int | None = None) -> Iterator[Listener]:
        """Hear of all that ends from now on; or *since* the record of this number.

        Raises Unavailable where there are too many listeners.
        """
        if len(self._listeners) >= MOST_LISTENERS:
            raise Unavailable(FULL, retry_after_s=30.0)
        listener = Listener(-1 if since is None else since)
        listener.tell(b"retry: %d\n\n" % AGAIN_MS)
        self._listeners.add(listener)
        if self._task is None:
            self._task = lasting(self._follow(), "the dashboard's feed", failed=self._end_all)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _follow(self) -> None:
        """Read on, and tell what is new; sums and heartbeats in between; until the proxy stops."""
        totals_at = beat_at = time.monotonic()
        changed = False
        while not self._is_stopping():
            with suppress(StoreError):
                await self._chronicle.catch_up()
            changed = self._tell_new() or changed
            now = time.monotonic()
            if changed and now - totals_at >= TOTALS_S:
                self._tell(event("totals", {}))
                totals_at, changed = now, False
            if now - beat_at >= BEAT_S:
                self._tell(event("beat", {}))
                beat_at = now
            await asyncio.sleep(TICK_S)
        self._end_all()

    def _end_all(self) -> None:
        for listener in self._listeners:
            listener.end()

    def _tell_new(self) -> bool:
        """Tell each listener what it has not heard; whether there was anything."""
        recent = self._chronicle.recent()[::-1]
        last = recent[-1][0] if recent else 0
        changed = last != self._told
        self._told = last
        made: dict[str, bytes] = {}
        for listener in self._listeners:
            self._bring_up(listener, recent, last, made)
        return changed

    def _bring_up(
        self,
        listener: Listener,
        recent: Sequence[tuple[int, Entry]],
        last: int,
        made: dict[str, bytes],
    ) -> None:
        heard, listener.heard = listener.heard, last
        if heard == last:
            return
        if heard < 0:
            for _, entry in recent[-MOST_BEFORE:]:
                listener.tell(event("request", request(entry)))
            listener.tell(event("hello", {}, number=last))
            return
        if heard > last or (recent and recent[0][0] > heard + 1):
            # More has happened than is remembered, or the journal was begun anew.
            listener.tell(event("missed", {}, number=last))
            return
        for place, (number, entry) in enumerate(recent):
            if number > heard:
                is_last = place + 1 == len(recent) or recent[place + 1][0] > number
                if entry.id not in made:
                    shown = request(entry)
                    made[entry.id] = event("request", shown, number=number if is_last else None)
                listener.tell(made[entry.id])

    def _tell(self, told: bytes) -> None:
        for listener in self._listeners:
            listener.tell(told)


def event(name: str, data: Any, *, number: int | None = None) -> bytes:
    """One event; *number* is what a reader comes back with after a break."""
    head = b"" if number is None else b"id: %d\n" % number
    return b"%bevent: %b\ndata: %b\n\n" % (head, name.encode(), msgspec.json.encode(data))
