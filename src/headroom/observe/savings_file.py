"""Keeps the savings file for other tools: written from the journal, about once a second at most.

The truth is the store.  What somebody else counted in the file before, or a journal that is gone,
is brought into the journal once; only then is the file written.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from headroom.errors import StoreError
from headroom.observe.chronicle import Chronicle
from headroom.observe.history import taken_down
from headroom.observe.lasting import lasting
from headroom.observe.savings_document import (
    Found,
    NewerSchema,
    brought,
    is_behind,
    read,
    written,
)
from headroom.observe.statistics import Statistics
from headroom.state.workspace import Lead, prepare, replace

logger = logging.getLogger(__name__)

TICK_S = 1.0
END_S = 2.0
LARGEST_BYTES = 64 * 1_048_576

Stamp = tuple[int, int, int]
"""By which it is seen that somebody else has written a file."""


class SavingsFile:
    """One file, kept by one of the processes of its machine.

    *version* is that of Headroom, *clock* gives seconds since 1970.
    """

    def __init__(
        self,
        chronicle: Chronicle,
        path: Path,
        *,
        version: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._chronicle = chronicle
        self._version = version
        self.path = Path(os.path.realpath(path))
        self._clock = clock
        # Proxies with workspaces of their own may be told the same path.
        self._lead = Lead(self.path.with_name(self.path.name + ".lock"))
        self._begun = False
        self._is_left_alone = False
        self._stamp: Stamp | None = None
        self._position = -1
        self.problem = ""
        """Why it is not written just now."""
        self.notice = ""
        """What was set aside."""

    async def keep(self) -> None:
        """Bring it up to date, if it is for this process to do so.  Raises nothing."""
        if self._is_left_alone or not await self._leads():
            return
        try:
            await self._chronicle.catch_up()
            if not self._begun:
                await self._begin()
            await self._write_if_due()
        except StoreError as error:
            self._trouble(f"what it is made of cannot be read: {error}")
        except OSError as error:
            self._trouble(f"it cannot be read or written ({error.strerror or error})")

    async def _leads(self) -> bool:
        return self._chronicle.leads and await asyncio.to_thread(self._takes_lead)

    def _takes_lead(self) -> bool:
        with suppress(OSError):
            prepare(self.path.parent)
        return self._lead.take()

    async def _begin(self) -> None:
        """Count what the file tells and the journal does not.  Raises StoreError, OSError."""
        content, self._stamp = await asyncio.to_thread(_content, self.path)
        found = None if content is None else await self._found(content)
        if self._is_left_alone:
            return
        if found is not None and content is not None:
            await self._bring(found, content)
        self._begun = True

    async def _found(self, content: bytes) -> Found | None:
        """What it tells; None where it was damaged, and has been set aside."""
        try:
            return await asyncio.to_thread(read, content)
        except NewerSchema as newer:
            self._leave_alone(f"a later version has written it (schema {newer})")
        except ValueError as error:
            aside = await asyncio.to_thread(_set_aside, self.path, self._clock())
            self.notice = f"{self.path.name} could not be read and was set aside as {aside.name}"
            logger.warning("%s: %s", self.notice, error)
            self._stamp = None
        return None

    async def _bring(self, found: Found, content: bytes) -> None:
        statistics = self._chronicle.known
        imported = brought(found, content, statistics, now=self._clock())
        if imported is not None:
            await self._chronicle.scribe.bring(imported)
            await self._chronicle.catch_up()
            logger.info(
                "%d requests and %d saved tokens of %s are counted as an older history",
                imported.requests,
                imported.tokens_saved,
                self.path.name,
            )
        if not is_behind(found, self._chronicle.known):
            self._leave_alone("it tells more than what is counted here")

    async def _write_if_due(self) -> None:
        statistics = self._chronicle.known
        if self._is_left_alone or statistics.position in (0, self._position):
            return
        frozen = taken_down(statistics)
        stamp = await asyncio.to_thread(self._write, frozen)
        if stamp is None:
            self._leave_alone("another program has written it since; a restart counts that too")
            return
        self._stamp, self._position = stamp, frozen.position
        if self.problem:
            self.problem = ""
            logger.info("%s is written again", self.path.name)

    def _write(self, statistics: Statistics) -> Stamp | None:
        """How the file stands afterwards; None where it is not as we left it."""
        if _stamp(self.path) not in (self._stamp, None):
            return None
        content = written(statistics, version=self._version)
        return _stamp_of(replace(self.path, content))

    def _leave_alone(self, why: str) -> None:
        self._is_left_alone = True
        self._trouble(f"{why}; it is left as it is")

    def _trouble(self, why: str) -> None:
        if why != self.problem:
            logger.warning("the savings file %s is not written: %s", self.path.name, why)
        self.problem = why

    async def _go_on(self, stop: asyncio.Event) -> None:
        """Until *stop* is set: never broken off, as what is written goes on in its thread."""
        while not stop.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await stop.wait()
            await self.keep()

    async def _close(self) -> None:
        with suppress(StoreError):
            await self._chronicle.read()
            await self.keep()
        self._lead.release()


@asynccontextmanager
async def open_savings(savings: SavingsFile | None) -> AsyncIterator[SavingsFile | None]:
    """The file while it is kept, up to date once more at the end; None where there is none."""
    if savings is None:
        yield None
        return
    stop = asyncio.Event()
    await savings.keep()
    going_on = lasting(savings._go_on(stop), "the savings file")  # noqa: SLF001
    try:
        yield savings
    finally:
        stop.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await asyncio.wait({going_on})
                await savings._close()  # noqa: SLF001
        going_on.cancel()


def _content(path: Path) -> tuple[bytes | None, Stamp | None]:
    """What stands there, and its stamp; nothing where there is no such file.  Raises OSError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None, None
    with os.fdopen(descriptor, "rb") as file:
        stamp = _stamp_of(os.fstat(descriptor))
        content = file.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise OSError(f"it is larger than {LARGEST_BYTES} bytes")
    return content, stamp


def _stamp(path: Path) -> Stamp | None:
    try:
        return _stamp_of(path.stat())
    except FileNotFoundError:
        return None


def _stamp_of(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _set_aside(path: Path, now: float) -> Path:
    """Give it another name, which nothing has.  Raises OSError."""
    aside = path.with_name(f"{path.name}.corrupt-{int(now)}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.corrupt-{int(now)}-{number}")
    path.rename(aside)
    return aside
