"""Writes each outcome into the journal, and knows what all of them come to.

    outcome ─▶ owed ─▶ journal (all workers) ─▶ statistics ─▶ kept from time to time

What is told to anybody has come out of the journal: so it is the same from every worker, and
outlives all of them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from headroom.errors import StoreError
from headroom.observe.detail import DETAILS, Detail, detail_of
from headroom.observe.entry import Entry, entry_of
from headroom.observe.lasting import lasting
from headroom.observe.statistics import (
    RECORDS,
    Imported,
    Record,
    Statistics,
    packed,
    unpacked,
)
from headroom.outcome import Outcome
from headroom.state.journal import Journal
from headroom.state.workspace import Lead

logger = logging.getLogger(__name__)

SUMS = "1"
"""What the sums are kept under; another layout gets another name."""

MOST_OWED = 20_000
MOST_HELD_BYTES = 64 << 20
"""Of what was said, while it cannot be kept."""
WRITTEN_AT_ONCE = 200
BUSY_S, GATHER_S = 0.05, 0.025
"""Who wrote so lately is busy, and lets as much end as does so in that time."""
READ_AT_ONCE = 500
GIVES_WAY_AFTER = 50
"""Records that are taken in before others have their turn: about 2 ms."""
MOST_RECENT = 200
AGAIN_S = 2.0
PATIENCE_S = 1.0
"""How long whoever reads waits for what this process still has to write."""
END_S = 2.0
STALE_S = 20.0
"""Who has not read for so long looks first whether somebody else has come further."""
KEPT_AFTER_RECORDS, KEPT_AFTER_S, TICK_S = 1_000, 30.0, 1.0

LOCK_FILE = "observing.lock"
WRITING = "the writing down of what requests came to"


class _Written(msgspec.Struct, frozen=True, omit_defaults=True):
    """A `Record` whose entries are encoded already."""

    process: str
    first: int
    entries: tuple[msgspec.Raw, ...]
    machine: str = ""


class Chronicle:
    """The outcomes of all processes on one store; its verbs raise StoreError.

    *process* is what this one is called, *folder* the workspace, whose processes agree on one
    that keeps sums; None: this process is alone.  *machine* tells its records from those of other
    machines on the same store.  *coming* is what is awaited of calls that have ended, before
    their outcomes come.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        process: str,
        folder: Path | None = None,
        machine: str = "",
        coming: Callable[[], Collection[asyncio.Future[None]]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal = journal
        self._process = process
        self._machine = machine
        self._clock = clock
        self._coming = coming
        self._lead = Lead(folder / LOCK_FILE) if folder else None
        self._owed: deque[msgspec.Raw] = deque()
        self._details: deque[tuple[str, bytes]] = deque(maxlen=MOST_OWED)
        self._contents: deque[tuple[str, bytes]] = deque()
        self._held_bytes = 0
        self._first = 1
        self._written_at = float("-inf")
        self._readers = 0
        """How many wait for what is owed."""
        self._wake, self._progress = asyncio.Event(), asyncio.Event()
        self._reading = asyncio.Lock()
        self._statistics = Statistics()
        self._recent: deque[tuple[int, Entry]] = deque(maxlen=MOST_RECENT)
        self._read_at = float("-inf")
        self._kept = 0
        self._kept_at = clock()
        self.lost = 0
        """Outcomes that were never written, as the store did not answer for too long."""
        self.problem = ""
        """Why nothing can be written just now."""

    @property
    def filled(self) -> Mapping[str, tuple[int, int, int]]:
        """How much this process holds of it, and may."""
        recent, owed, details = len(self._recent), len(self._owed), len(self._details)
        return {
            "requests_recent": (recent, recent, MOST_RECENT),
            "requests_owed": (owed, owed, MOST_OWED),
            "details_owed": (details, details, MOST_OWED),
        }

    @property
    def owed(self) -> int:
        """How many outcomes are still to be written."""
        return len(self._owed)

    @property
    def leads(self) -> bool:
        """Whether it is this process that keeps sums and files for all on this machine."""
        return self._lead is None or self._lead.take()

    @property
    def is_leading(self) -> bool:
        """Whether that has been found to be so; asked from any thread, and taking nothing."""
        return self._lead is None or self._lead.is_held

    def take(self, outcome: Outcome) -> None:
        """Take in one finished request; it is written at once, beside everything else."""
        # Encoded here, so that one that cannot be is none to be written again and again.
        self._owed.append(msgspec.Raw(msgspec.msgpack.encode(entry_of(outcome))))
        detail = detail_of(outcome)
        if detail is not None:
            self._details.append((outcome.request_id, msgspec.msgpack.encode(detail)))
        if len(self._owed) > MOST_OWED:
            self._owed.popleft()
            self._first += 1
            self.lost += 1
        self._wake.set()

    def hold(self, request_id: str, content: bytes) -> None:
        """Keep what was said in this request before the request itself, which is taken next."""
        self._contents.append((request_id, content))
        self._held_bytes += len(content)
        while self._held_bytes > MOST_HELD_BYTES:
            self._held_bytes -= len(self._contents.popleft()[1])

    async def read(self) -> Statistics:
        """What all finished requests come to, those of this process that have just ended too.

        It goes on changing: whoever uses it does so at once.
        """
        if not self.problem:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    if coming := {*self._coming()}:
                        await asyncio.wait(coming)
                    await self._paid()
        await self.catch_up()
        return self._statistics

    @property
    def known(self) -> Statistics:
        """What was read last: for when the journal cannot be read."""
        return self._statistics

    async def _paid(self) -> None:
        """Wait until all that is owed now has been written."""
        last = self._first + len(self._owed)
        self._readers += 1
        try:
            while self._first < last:
                await self._progress.wait()
        finally:
            self._readers -= 1

    def recent(self, most: int = MOST_RECENT) -> Sequence[tuple[int, Entry]]:
        """The last requests that were read, the latest first, each with its record's number."""
        return [*self._recent][: -most - 1 : -1]

    async def after(
        self, number: int, *, limit: int = READ_AT_ONCE
    ) -> Sequence[tuple[int, Record]]:
        """The journal's records after this one, for whoever tells them on."""
        found = await self._journal.after(number, limit=limit)
        return [(each, _read(raw)) for each, raw in found]

    async def detail(self, request_id: str) -> Detail | None:
        """What became of the blocks of this request, if that is still kept."""
        raw = await self._journal.detail(request_id)
        return None if raw is None else DETAILS.decode(raw)

    async def bring(self, imported: Imported) -> None:
        """Count an older history; one that was counted already changes nothing."""
        record = Record(self._process, self._first, imported=imported)
        await self._journal.append(msgspec.msgpack.encode(record))

    async def catch_up(self) -> None:
        """Take in what has been written since this was last done."""
        async with self._reading:
            if self._clock() - self._read_at > STALE_S:
                await self._adopt()
            more = True
            while more:
                more = await self._take_in()
            self._read_at = self._clock()

    async def _take_in(self) -> bool:
        """Take in the next records; whether there may be more."""
        statistics = self._statistics
        found = await self._journal.after(statistics.position, limit=READ_AT_ONCE)
        if found and found[0][0] != statistics.position + 1 and await self._adopt():
            return True
        for place, (number, raw) in enumerate(found, 1):
            new = statistics.take(number, _read(raw))
            self._recent.extend((number, entry) for entry in new)
            if not place % GIVES_WAY_AFTER:
                await asyncio.sleep(0)
        return len(found) == READ_AT_ONCE

    async def _adopt(self) -> bool:
        """Go on from the sums that were kept, where these have come further."""
        kept = await self._journal.sums(SUMS)
        if kept is None:
            return False
        try:
            found = unpacked(kept)
        except ValueError as error:
            logger.warning("what was counted before cannot be read, and begins anew: %s", error)
            return False
        if found.position <= self._statistics.position:
            return False
        self._statistics = found
        self._kept = max(self._kept, found.position)
        await self._recall()
        return True

    async def _recall(self) -> None:
        """Read again which requests were the last ones."""
        since = max(self._statistics.position - MOST_RECENT, 0)
        self._recent.clear()
        for number, raw in await self._journal.after(since, limit=MOST_RECENT):
            if number <= self._statistics.position:
                entries = _read(raw).entries
                self._recent.extend((number, entry) for entry in entries)

    async def _write(self) -> None:
        """Write what is owed, as it comes."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._clock() - self._written_at < BUSY_S:
                await self._gather()
            while self._owed:
                try:
                    await self._write_some()
                    self._written_at = self._clock()
                except StoreError as error:
                    self._trouble(error)
                    await asyncio.sleep(AGAIN_S)

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

    async def _write_some(self) -> None:
        first = self._first
        entries = tuple(self._owed[place] for place in range(min(len(self._owed), WRITTEN_AT_ONCE)))
        record = _Written(self._process, first, entries, self._machine)
        await self._keep_contents()
        known = self._statistics.position
        details, keeping = [*self._details], self._begin_keeping_details()
        # Both are in the store's queue then: one commit costs half of what two cost.
        await asyncio.sleep(0)
        try:
            number = await self._journal.append(msgspec.msgpack.encode(record))
        except StoreError:
            await asyncio.gather(keeping, return_exceptions=True)
            self._details.extendleft(reversed(details))
            raise
        # Meanwhile some may have had to make room.
        for _ in range(first + len(entries) - self._first):
            self._owed.popleft()
        self._first = max(self._first, first + len(entries))
        self._progress.set()
        self._progress = asyncio.Event()
        if self.problem:
            self.problem = ""
            logger.info("what requests came to is written again")
        if number <= known:
            await self._begin_anew()
        await keeping

    def _begin_keeping_details(self) -> asyncio.Task[None]:
        details = dict(self._details)
        self._details.clear()
        return asyncio.create_task(self._journal.keep_details(details))

    async def _begin_anew(self) -> None:
        """The journal was lost, and began anew: what had been counted goes on with that."""
        logger.warning("the journal of requests was begun anew; what it came to is still known")
        async with self._reading:
            # From its very beginning: others may have written before, and nothing counts twice.
            self._statistics.position = 0
            self._kept = -1
            while await self._take_in():
                pass
        await self.keep()

    def _trouble(self, error: StoreError) -> None:
        if not self.problem:
            logger.warning("what requests came to cannot be written just now: %s", error)
        self.problem = str(error)

    def _fail(self) -> None:
        self.problem = f"{WRITING} has failed"

    async def keep(self) -> None:
        """Keep the sums as they are now, so that nobody need make them anew."""
        async with self._reading:
            position = self._statistics.position
            encoded = packed(self._statistics)
        await self._journal.keep_sums(SUMS, encoded)
        self._kept, self._kept_at = position, self._clock()

    async def _keep_up(self) -> None:
        """Keep the sums from time to time, if it is for this process to do so."""
        while True:
            await asyncio.sleep(TICK_S)
            with suppress(StoreError):
                if self.leads:
                    await self.catch_up()
                    await self._keep_if_due()

    async def _keep_if_due(self) -> None:
        due = self._statistics.position - self._kept
        late = self._clock() - self._kept_at > KEPT_AFTER_S
        if due >= KEPT_AFTER_RECORDS or (due > 0 and late):
            await self.keep()

    async def _close(self) -> None:
        """Write what is still owed, and keep the sums."""
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(END_S):
                while self._owed:
                    await self._write_some()
                if self.leads:
                    await self.catch_up()
                    await self.keep()
        if self._owed:
            logger.warning("%d requests could not be written down any more", len(self._owed))
        if self._lead is not None:
            self._lead.release()


def _read(raw: bytes) -> Record:
    """The record; an empty one where a later version wrote what this one cannot read."""
    try:
        return RECORDS.decode(raw)
    except msgspec.DecodeError as error:
        logger.warning("a record of the journal cannot be read, and is left out: %s", error)
        return Record("", 1)


@asynccontextmanager
async def open_chronicle(chronicle: Chronicle) -> AsyncIterator[Chronicle]:
    """The chronicle while its tasks run; at the end what it owes is written."""
    tasks = [
        lasting(chronicle._write(), WRITING, failed=chronicle._fail),  # noqa: SLF001
        lasting(chronicle._keep_up(), "the keeping of sums"),  # noqa: SLF001
    ]
    try:
        yield chronicle
    finally:
        # What one of them has begun to write is written again, and counts once.
        for task in tasks:
            task.cancel()
        await chronicle._close()  # noqa: SLF001
