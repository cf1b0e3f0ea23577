"""The log file: one line of JSON per request, written behind the journal.

    journal ─▶ what is not written yet ─▶ lines ─▶ file ─▶ how far that is, kept in the store

One process per machine writes for all.  It goes on from the last line of the file, or from what is
kept where that was rotated away: so the file tells the very requests that statistics count,
whoever was killed at whatever time.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from headroom.errors import StoreError
from headroom.observe import shown
from headroom.observe.chronicle import Chronicle
from headroom.observe.content import SAID
from headroom.observe.entry import Entry
from headroom.observe.lasting import lasting
from headroom.observe.line_file import LineFile
from headroom.observe.statistics import MOST_PROCESSES, Record
from headroom.state import workspace
from headroom.state.journal import Journal
from headroom.state.workspace import Lead

logger = logging.getLogger(__name__)

LOOK_S, TAKE_OVER_S = 0.25, 1.0
BEGIN_S, END_S = 2.0, 2.0
BETWEEN_WARNINGS_S = 60.0
READ_AT_ONCE = 100
LINES_AT_ONCE, WITH_MESSAGES_AT_ONCE = 200, 16
LOOKED_BACK = 500
KEPT_AFTER_RECORDS = 500
MOST_TOLD = 1 << 30
"""More requests than a record holds."""

NO_CONTENTS: Mapping[str, bytes] = MappingProxyType({})

# Ends of lines to some readers, and not to JSON.
_ODD_ENDS = (("\u2028", "\\u2028"), ("\u2029", "\\u2029"), ("\x85", "\\u0085"))


class Written(msgspec.Struct, frozen=True, array_like=True):
    """How far a file has come: all before *record*, and of this its first *told* requests."""

    record: int = 0
    told: int = 0
    processes: dict[str, int] = {}
    """The number of the last request of each process, as in `Statistics`."""

    def is_behind(self, record: int, told: int) -> bool:
        """Whether that is further on."""
        return (self.record, self.told) < (record, told)


class _Last(msgspec.Struct):
    record: int
    request_id: str


_WRITTEN = msgspec.msgpack.Decoder(Written)
_LAST = msgspec.json.Decoder(_Last)

Line = tuple[int, Entry]
"""A request, with the number of its record."""


class RequestLog:
    """Writes one file.

    *lead* decides which process does; None: this one is alone.  *machine* is whose records are
    written, *with_messages* whether what was said is written too.
    """

    def __init__(
        self,
        file: LineFile,
        chronicle: Chronicle,
        journal: Journal,
        *,
        lead: Lead | None = None,
        machine: str = "",
        with_messages: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._file = file
        self._chronicle = chronicle
        self._journal = journal
        self._lead = lead
        self._machine = machine
        self._with_messages = with_messages
        # Machines on one Redis may all have a file of the same name.
        self._name = f"log-{name_of(file.path)}{machine and f'-{machine}'}"
        self._since = clock()
        self._at: Written | None = None
        self._kept_record = 0
        self._writing = asyncio.Lock()
        self._stopping = asyncio.Event()
        self.begun = asyncio.Event()
        """Set once this process knows where to begin, or that another one writes."""
        self._warned_at = float("-inf")
        self.problem = ""
        """Why nothing can be written just now."""

    async def catch_up(self) -> None:
        """Write all that is not written yet, if it is for this process to do so."""
        async with self._writing:
            if self._lead is not None and not self._lead.take():
                return
            try:
                if self._at is None:
                    self._at = await self._begin()
                    await self._keep(self._at)
                while await self._write_some(self._at):
                    pass
            except StoreError:
                # The chronicle tells of it; nothing is lost.
                return
            except OSError as error:
                self._trouble(error)

    async def follow(self) -> None:
        """Do so again and again, until it is stopped."""
        while not self._stopping.is_set():
            await self.catch_up()
            self.begun.set()
            pause = TAKE_OVER_S if self._at is None else LOOK_S
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
        with suppress(StoreError):
            await self._chronicle.read()
        await self.catch_up()

    async def _begin(self) -> Written:
        """Where to go on."""
        kept = await self._kept()
        if kept is None:
            return await self._newcomer()
        last = await asyncio.to_thread(self._file.last)
        found = await self._found(last)
        if found is None or not kept.is_behind(*found):
            return kept
        return await self._passed(kept, *found)

    async def _kept(self) -> Written | None:
        raw = await self._journal.sums(self._name)
        with suppress(msgspec.DecodeError):
            return None if raw is None else _WRITTEN.decode(raw)
        return None

    async def _newcomer(self) -> Written:
        """The end of what had been written when this process began."""
        statistics = await self._chronicle.read()
        number, processes = statistics.position, dict(statistics.processes)
        back = max(number - LOOKED_BACK, 0)
        for number, record in await self._chronicle.after(back, limit=LOOKED_BACK):
            if record.entries and record.entries[-1].at >= self._since:
                return Written(number - 1, MOST_TOLD)
        return Written(number, MOST_TOLD, processes)

    async def _found(self, last: bytes) -> tuple[int, int] | None:
        """Which request of which record this line tells; None where it is of another journal."""
        try:
            said = _LAST.decode(last)
        except msgspec.DecodeError:
            return None
        records = await self._chronicle.after(max(said.record - 1, 0), limit=1)
        for number, record in records:
            ids = [entry.id for entry in record.entries]
            if number == said.record and said.request_id in ids:
                return number, ids.index(said.request_id) + 1
        return None

    async def _passed(self, at: Written, record: int, told: int) -> Written:
        """Having come so far: what was written last was not kept any more."""
        while True:
            read = await self._chronicle.after(at.record, limit=READ_AT_ONCE)
            before = [one for one in read if one[0] < record]
            _, at = untold(at, before, self._machine, most=MOST_TOLD)
            if len(before) < READ_AT_ONCE:
                return Written(record, told, at.processes)

    async def _write_some(self, at: Written) -> bool:
        """Write what comes next; whether there may be more."""
        # The last one again: so it is seen whether this is still the same journal.
        records = await self._chronicle.after(max(at.record - 1, 0), limit=READ_AT_ONCE)
        if at.record and not records:
            logger.warning(
                "the journal of requests was begun anew; the log file goes on from there"
            )
            self._at = Written(processes=at.processes)
            return True
        if at.record and records[0][0] > at.record + 1:
            missing = records[0][0] - at.record - 1
            logger.warning("%d records left the journal before they could be logged", missing)
        most = WITH_MESSAGES_AT_ONCE if self._with_messages else LINES_AT_ONCE
        lines, then = untold(at, records, self._machine, most=most)
        if not at.is_behind(then.record, then.told):
            return False
        if lines:
            await self._write(lines)
        self._at = then
        if lines or then.record - self._kept_record > KEPT_AFTER_RECORDS:
            await self._keep(then)
        return True

    async def _write(self, lines: Sequence[Line]) -> None:
        names = [entry.id for _, entry in lines] if self._with_messages else []
        contents = await self._journal.contents(names) if names else NO_CONTENTS
        await asyncio.to_thread(self._append, lines, contents)
        if self.problem:
            self.problem = ""
            logger.info("the log file %s is written again", self._file.path)
        if contents:
            with suppress(StoreError):
                await self._journal.drop_contents(list(contents))

    def _append(self, lines: Sequence[Line], contents: Mapping[str, bytes]) -> None:
        told = (line(number, entry, contents.get(entry.id)) for number, entry in lines)
        self._file.append(b"".join(told))

    async def _keep(self, at: Written) -> None:
        with suppress(StoreError):
            await self._journal.keep_sums(self._name, msgspec.msgpack.encode(at))
            self._kept_record = at.record

    def _trouble(self, error: OSError) -> None:
        self.problem = error.strerror or str(error)
        if time.monotonic() - self._warned_at > BETWEEN_WARNINGS_S:
            self._warned_at = time.monotonic()
            logger.warning(
                "the log file %s cannot be written (%s); requests go on, and it catches up later",
                self._file.path,
                self.problem,
            )

    async def close(self, task: asyncio.Task[None]) -> None:
        """Write what is left, and let another process go on."""
        self._stopping.set()
        await asyncio.wait({task}, timeout=END_S)
        task.cancel()
        if self._lead is not None:
            self._lead.release()


def untold(
    at: Written, records: Sequence[tuple[int, Record]], machine: str, *, most: int
) -> tuple[list[Line], Written]:
    """The next requests that are to be written, and how far the file has come with them.

    What a process has written to the journal twice, not knowing that it had, is told once.
    """
    lines: list[Line] = []
    processes = dict(at.processes)
    for number, record in records:
        last = processes.get(record.process, 0)
        begin = max(last + 1 - record.first, at.told if number == at.record else 0, 0)
        entries = record.entries[begin:] if record.machine == machine else ()
        room = most - len(lines)
        lines += [(number, entry) for entry in entries[:room]]
        if len(entries) > room:
            return lines, Written(number, begin + room, processes)
        if record.entries:
            processes.pop(record.process, None)
            processes[record.process] = max(last, record.first + len(record.entries) - 1)
        while len(processes) > MOST_PROCESSES:
            del processes[next(iter(processes))]
        at = Written(number, MOST_TOLD)
    return lines, Written(at.record, at.told, processes)


def line(number: int, entry: Entry, content: bytes | None = None) -> bytes:
    """One request as a line of JSON, with what was said where that is at hand."""
    told: dict[str, Any] = {"record": number, **shown.request(entry)}
    if content is None:
        return msgspec.json.encode(told) + b"\n"
    with suppress(msgspec.DecodeError):
        told |= SAID.decode(content).shown()
    text = msgspec.json.encode(told).decode()
    for odd, escaped in _ODD_ENDS:
        text = text.replace(odd, escaped)
    return text.encode() + b"\n"


def name_of(path: Path) -> str:
    """A short name for this path, the same in every process."""
    return hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]


@asynccontextmanager
async def open_request_log(
    path: Path,
    chronicle: Chronicle,
    journal: Journal,
    *,
    folder: Path | None = None,
    machine: str = "",
    with_messages: bool = False,
) -> AsyncIterator[RequestLog]:
    """The file at this path, written until this is left; it begins where this is entered.

    *folder* is the workspace, whose processes agree on one that writes.
    """
    lead = None
    if folder is not None:
        with suppress(OSError):
            await asyncio.to_thread(workspace.prepare, folder)
        lead = Lead(folder / f"log-{name_of(path)}.lock")
    log = RequestLog(
        LineFile(path), chronicle, journal, lead=lead, machine=machine, with_messages=with_messages
    )
    task = lasting(log.follow(), "the log file")
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(BEGIN_S):
                await log.begun.wait()
        yield log
    finally:
        await log.close(task)
