"""Has each outcome written into the journal, and knows what all of them come to.

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
from headroom.observe.detail import DETAILS, Detail
from headroom.observe.entry import Entry
from headroom.observe.lasting import lasting
from headroom.observe.scribe import Scribe
from headroom.observe.statistics import (
    RECORDS,
    Record,
    Statistics,
    packed,
    unpacked,
)
from headroom.outcome import Outcome
from headroom.state.diary import Diary
from headroom.state.journal import Journal
from headroom.state.workspace import Lead

logger = logging.getLogger(__name__)

SUMS = "1"
"""What the sums are kept under; another layout gets another name."""

READ_AT_ONCE = 500
GIVES_WAY_AFTER = 50
"""Records that are taken in before others have their turn: about 2 ms."""
MOST_RECENT = 200
PATIENCE_S = 1.0
"""How long whoever reads waits for what this process still has to write."""
END_S, AGAIN_S = 5.0, 0.1
"""How long a process that leaves tries to write what it owes, however often that fails."""
STALE_S = 20.0
"""Who has not read for so long looks first whether somebody else has come further."""
KEPT_AFTER_RECORDS, KEPT_AFTER_S, TICK_S = 1_000, 30.0, 1.0

LOCK_FILE = "observing.lock"
LEFT = "the next proxy of this workspace does that"


class Chronicle:
    """The outcomes of all processes on one store; its verbs raise StoreError.

    *process* is what this one is called, *folder* the workspace, whose processes agree on one
    that keeps sums; None: this process is alone.  *machine* tells its records from those of other
    machines on the same store.  *coming* is what is awaited of calls that have ended, before
    their outcomes come.  *diary* is what this process has under way.
    *follows*: it is never this process that does what one does for all.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        process: str,
        folder: Path | None = None,
        machine: str = "",
        diary: Diary | None = None,
        coming: Callable[[], Collection[asyncio.Future[None]]] = tuple,
        follows: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._coming = coming
        self._lead = Lead(folder / LOCK_FILE) if folder and not follows else None
        self._follows = follows
        self._reading = asyncio.Lock()
        self._statistics = Statistics()
        self._recent: deque[tuple[int, Entry]] = deque(maxlen=MOST_RECENT)
        self._read_at = float("-inf")
        self._kept = 0
        self._kept_at = clock()
        self.scribe = Scribe(
            journal,
            process=process,
            machine=machine,
            diary=diary,
            known=lambda: self._statistics.position,
            begun_anew=self._begin_anew,
            clock=clock,
        )

    @property
    def filled(self) -> Mapping[str, tuple[int, int, int]]:
        """How much this process holds of it, and may."""
        recent = len(self._recent)
        return {"requests_recent": (recent, recent, MOST_RECENT), **self.scribe.filled}

    @property
    def leads(self) -> bool:
        """Whether it is this process that keeps sums and files for all on this machine."""
        return not self._follows and (self._lead is None or self._lead.take())

    @property
    def is_leading(self) -> bool:
        """Whether that has been found to be so; asked from any thread, and taking nothing."""
        return not self._follows and (self._lead is None or self._lead.is_held)

    def take(self, outcome: Outcome) -> None:
        """Take in one finished request; it is written beside everything else."""
        self.scribe.take(outcome)

    async def read(self) -> Statistics:
        """What all finished requests come to, those of this process that have just ended too.

        It goes on changing: whoever uses it does so at once.
        """
        if not self.scribe.problem:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    if coming := {*self._coming()}:
                        await asyncio.wait(coming)
                    await self.scribe.paid()
        await self.catch_up()
        return self._statistics

    @property
    def known(self) -> Statistics:
        """What was read last: for when the journal cannot be read."""
        return self._statistics

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
                await self.scribe.write_all(again_s=AGAIN_S)
                if self.leads:
                    await self.catch_up()
                    await self.keep()
        if self.scribe.owed:
            logger.warning(
                "%d requests could not be written into the journal before the stop; %s",
                self.scribe.owed,
                LEFT if self.scribe.is_kept else "statistics lack them",
            )
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
        lasting(chronicle.scribe.write(), "the writing of requests", failed=chronicle.scribe.fail),
        lasting(chronicle._keep_up(), "the keeping of sums"),  # noqa: SLF001
    ]
    try:
        yield chronicle
    finally:
        # What one of them has begun to write is written again, and counts once.
        for task in tasks:
            task.cancel()
        await chronicle._close()  # noqa: SLF001
