"""Which processes live, and what only each of them knows: said every few seconds, heard by all.

What a process says stands in a log of the store for a while.  One that has said nothing for
longer than `DEAD_S` has ended, or hangs; one that was killed is named by its successor.  Clocks of
several machines on one store must agree to within a few seconds for their processes to see each
other.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec

from headroom.state.base import Store

logger = logging.getLogger(__name__)

PRESENCE = "presence"
MOST_RECORDS = 1_000
"""Of these the store keeps: those of 300 processes that live."""
BEAT_S = 3.0
DEAD_S = 10.0

Filled = tuple[int, int, int]
"""How many entries a map has, how much they hold, and how much they may hold."""


class Present(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a process is just now; nothing of it is content."""

    name: str
    at: float
    """When it says so, in seconds since 1970."""
    pid: int = 0
    started_at: float = 0.0
    resident_bytes: int = 0
    virtual_bytes: int = 0
    calls: int = 0
    """Of clients to providers that run."""
    sockets: int = 0
    """WebSockets that are open."""
    relays: int = 0
    """Tasks that pass on what WebSockets say, one for each way."""
    unwritten: int = 0
    """Finished requests that are still to be written."""
    problem: str = ""
    """What is wrong with its store."""
    maps: dict[str, Filled] = {}
    """What it remembers, by name."""
    ends: bool = False
    """Whether it says so for the last time."""
    replaces: tuple[str, ...] = ()
    """Processes that were in its place before, and have ended."""


class Presence:
    """Its verbs raise StoreError."""

    __slots__ = ("_heard", "_read", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._heard: dict[str, Present] = {}
        self._read = 0

    async def say(self, present: Present) -> int:
        """Let all know how this process is; the number of what was said."""
        return await self._store.append(PRESENCE, msgspec.msgpack.encode(present))

    async def meet(self, own: Present) -> Sequence[Present]:
        """Say how this process is, and hear how all are that live, the oldest first."""
        number = await self.say(own)
        if number <= self._read:
            # The store was begun anew.
            self._heard.clear()
            self._read = 0
        self._read = max(self._read, number - MOST_RECORDS)
        return await self.living(own.at)

    async def living(self, now: float) -> Sequence[Present]:
        """How all are that live at *now*, the oldest first; nothing is said."""
        while found := await self._store.scan(PRESENCE, since=self._read, limit=MOST_RECORDS):
            self._read = found[-1][0]
            for _, raw in found:
                self._hear(raw)
            if len(found) < MOST_RECORDS:
                break
        ended = {name for one in self._heard.values() for name in one.replaces}
        self._heard = {
            name: one
            for name, one in self._heard.items()
            if abs(now - one.at) <= DEAD_S and not one.ends and name not in ended
        }
        return sorted(self._heard.values(), key=lambda one: (one.started_at, one.name))

    def _hear(self, raw: bytes) -> None:
        try:
            one = _PRESENT.decode(raw)
        except msgspec.DecodeError as error:
            logger.debug("what another process says of itself cannot be read: %s", error)
            return
        self._heard[one.name] = one


_PRESENT = msgspec.msgpack.Decoder(Present)
