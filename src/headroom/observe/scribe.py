"""Writes what has ended into the journal: at once, several together where a process is busy.

    outcome ─▶ owed ─▶ journal

What cannot be written stays owed, as far as there is room.  The requests of a process are numbered,
so that what is written again, because no answer came, is told from what is new.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from headroom.errors import StoreError
from headroom.observe.detail import detail_of
from headroom.observe.entry import Entry, entry_of
from headroom.observe.statistics import Imported, Record
from headroom.outcome import Outcome
from headroom.state.diary import Diary
from headroom.state.journal import Journal

logger = logging.getLogger(__name__)

MOST_OWED = 20_000
MOST_HELD_BYTES = 64 << 20
"""Of what was said, while it cannot be kept."""
WRITTEN_AT_ONCE = 200
BUSY_S, GATHER_S = 0.05, 0.025
"""Who wrote so lately is busy, and lets as much end as does so in that time."""
AGAIN_S = 2.0
FAILED = "the writing down of what requests came to has failed"


class _Written(msgspec.Struct, frozen=True, omit_defaults=True):
    """A `Record` whose entries are encoded already."""

    process: str
    first: int
    entries: tuple[msgspec.Raw, ...]
    machine: str = ""


class Scribe:
    """What one process writes; *process* and *machine* are what it and its machine are called.

    *known* is up to which record the journal has been read, and *begun_anew* is awaited when it
    turns out to be another one by now.  *diary* outlives a kill, with what is not written yet.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        process: str,
        machine: str = "",
        known: Callable[[], int],
        begun_anew: Callable[[], Awaitable[None]],
        diary: Diary | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._diary = diary
        self._journal = journal
        self._process = process
        self._machine = machine
        self._known = known
        self._begun_anew = begun_anew
        self._clock = clock
        self._owed: deque[msgspec.Raw] = deque()
        self._details: deque[tuple[str, bytes]] = deque(maxlen=MOST_OWED)
        self._contents: deque[tuple[str, bytes]] = deque()
        self._held_bytes = 0
        self._first = 1
        self._written_at = float("-inf")
        self._readers = 0
        """How many wait for what is owed."""
        self._wake, self._progress = asyncio.Event(), asyncio.Event()
        self._is_done = False
        """Whether nothing is written any more unless somebody asks for it."""
        self.lost = 0
        """Outcomes that were never written, as the store did not answer for too long."""
        self.problem = ""
        """Why nothing can be written just now."""

    @property
    def filled(self) -> Mapping[str, tuple[int, int, int]]:
        """How much is owed, and may be."""
        owed, details = len(self._owed), len(self._details)
        return {
            "requests_owed": (owed, owed, MOST_OWED),
            "details_owed": (details, details, MOST_OWED),
            "contents_owed": (len(self._contents), self._held_bytes, MOST_HELD_BYTES),
        }

    @property
    def owed(self) -> int:
        """How many outcomes are still to be written."""
        return len(self._owed)

    @property
    def is_kept(self) -> bool:
        """Whether what is owed outlives this process."""
        return self._diary is not None

    def begin(self, entry: Entry) -> None:
        """A request leaves for its provider; should this process be killed, *entry* counts."""
        if self._diary is not None:
            self._diary.begin(entry.id, msgspec.msgpack.encode(entry))

    def take(self, outcome: Outcome) -> None:
        """Take in one finished request; it is written beside everything else."""
        # Encoded here, so that one that cannot be is none to be written again and again.
        encoded = msgspec.msgpack.encode(entry_of(outcome))
        self._owed.append(msgspec.Raw(encoded))
        if self._diary is not None:
            number = self._first + len(self._owed) - 1
            self._diary.end(outcome.request_id, number, encoded)
        detail = detail_of(outcome)
        if detail is not None:
            self._details.append((outcome.request_id, msgspec.msgpack.encode(detail)))
        if len(self._owed) > MOST_OWED:
            self._owed.popleft()
            self._first += 1
            self.lost += 1
            self._tell_diary()
        self._wake.set()

    def hold(self, request_id: str, content: bytes) -> None:
        """Keep what was said in this request before the request itself, which is taken next."""
        self._contents.append((request_id, content))
        self._held_bytes += len(content)
        while self._held_bytes > MOST_HELD_BYTES:
            self._held_bytes -= len(self._contents.popleft()[1])

    async def bring(self, imported: Imported) -> None:
        """Write down an older history.  Raises StoreError."""
        record = Record(self._process, self._first, imported=imported)
        await self._journal.append(msgspec.msgpack.encode(record))

    async def paid(self) -> None:
        """Wait until all that is owed now has been written.  Raises StoreError at the end."""
        last = self._first + len(self._owed)
        self._readers += 1
        try:
            while self._first < last:
                if self._is_done:
                    await self.write_some()
                else:
                    await self._progress.wait()
        finally:
            self._readers -= 1

    async def write(self) -> None:
        """Write what is owed, as it comes; without an end."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                if self._clock() - self._written_at < BUSY_S:
                    await self._gather()
                await self.write_all()
        finally:
            # A second signal ends this before those who still wait for it.
            self._is_done = True
            self._progress.set()

    async def write_all(self, *, again_s: float | None = None) -> None:
        """Write what is owed, however often the store does not take it, and so long after each."""
        while self._owed:
            try:
                await self.write_some()
                self._written_at = self._clock()
            except StoreError as error:
                self._trouble(error)
                await asyncio.sleep(AGAIN_S if again_s is None else again_s)

    def fail(self) -> None:
        """Nothing is written any more."""
        self.problem = FAILED

    async def write_some(self) -> None:
        """Write what is owed, as much as goes into one record.  Raises StoreError."""
        first = self._first
        entries = tuple(self._owed[place] for place in range(min(len(self._owed), WRITTEN_AT_ONCE)))
        record = _Written(self._process, first, entries, self._machine)
        await self._keep_contents()
        known = self._known()
        details, keeping = [*self._details], self._begin_keeping_details()
        # Both are in the store's queue then: one commit costs half of what two cost.
        await asyncio.sleep(0)
        try:
            number = await self._journal.append(msgspec.msgpack.encode(record))
        except StoreError:
            await asyncio.gather(keeping, return_exceptions=True)
            self._details.extendleft(reversed(details))
            raise
        self._written(first + len(entries))
        if number <= known:
            await self._begun_anew()
        await keeping

    def _written(self, until: int) -> None:
        """All requests before this number are written; some may have had to make room meanwhile."""
        for _ in range(until - self._first):
            self._owed.popleft()
        self._first = max(self._first, until)
        self._tell_diary()
        self._progress.set()
        self._progress = asyncio.Event()
        if self.problem:
            self.problem = ""
            logger.info("what requests came to is written again")

    def _tell_diary(self) -> None:
        if self._diary is not None:
            self._diary.written(self._first)

    async def _gather(self) -> None:
        """Let some more end, unless somebody waits: several cost little more than one."""
        if not self._readers:
            await asyncio.sleep(GATHER_S)

    async def _keep_contents(self) -> None:
        """Keep what was said; whoever reads of a request then finds it."""
        contents = [*self._contents]
        await self._journal.keep_contents(dict(contents))
        for one in contents:
            # The first may have left for want of room.
            if self._contents and self._contents[0] is one:
                self._held_bytes -= len(self._contents.popleft()[1])

    def _begin_keeping_details(self) -> asyncio.Task[None]:
        details = dict(self._details)
        self._details.clear()
        return asyncio.create_task(self._journal.keep_details(details))

    def _trouble(self, error: StoreError) -> None:
        if not self.problem:
            logger.warning("what requests came to cannot be written just now: %s", error)
        self.problem = str(error)
