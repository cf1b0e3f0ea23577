"""A thread with a connection to the SQLite store, and the way from the event loop to it.

Everything that waits is done in one transaction, at once: while one is committed the next
ones gather.  The event loop never waits for a disk, and a caller never longer than PATIENCE_S.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, TypeVar

from headroom.errors import StoreError
from headroom.state.backends.alarm import Alarm
from headroom.state.backends.sqlite_file import (
    Identity,
    Opened,
    identity_of,
    is_busy,
    is_damage,
    is_passing,
    open_file,
    told,
)

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

Work = Callable[[sqlite3.Connection], Result]

PATIENCE_S = 1.0
"""How long a caller waits for its result, if it does not say so."""

BEGUN_WITHIN = 0.8
"""So much of its patience another process's transaction may take: then it is known as trouble."""

SLOW_FAILURE_S, PAUSE_AFTER_S = 0.1, 1.0
"""After a failure that took so long, nothing is tried for a while: callers would wait for it."""

REOPEN_S = 0.25
"""How long a file that could only be opened for reading is used before it is tried again."""

IDLE_S, BUSY_TIDY_S = 0.25, 0.005
MOST_AT_ONCE, MOST_WAITING = 256, 20_000
BATCHES_BETWEEN_TIDYING = 1_000
SECONDS_BETWEEN_COMPLAINTS = 60.0


@dataclass(frozen=True, slots=True)
class Job:
    """Work to be done in the thread, and who waits for it, if anybody."""

    work: Work[Any]
    future: asyncio.Future[Any] | None = None
    until: float = inf
    """When it must be begun, in seconds of the steady clock."""

    @property
    def is_wanted(self) -> bool:
        """Whether it is to be done at all: a caller may have gone."""
        return self.future is None or not self.future.done()


class Lane:
    """One thread, one connection; opens the file again whenever that may help."""

    def __init__(
        self,
        path: Path,
        *,
        begin: str,
        probe: Work[None],
        tidy: Work[bool] | None = None,
        opening: Callable[[Path, Identity | None], Opened] = open_file,
        patience_s: float = PATIENCE_S,
        name: str,
    ) -> None:
        self._path = path
        self._patience_s = patience_s
        self._opening = opening
        self._begin = begin
        self._probe = probe
        self._tidy = tidy
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._connection: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._damaged: Identity | None = None
        self._reopen_at = inf
        self._busy_since: float | None = None
        self._paused_until = 0.0
        self._complained_at = -SECONDS_BETWEEN_COMPLAINTS
        self._untidy = 0
        self._pause_s = IDLE_S
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.problem = ""
        self.notice = ""

    def start(self) -> None:
        """Begin to work, if that has not been begun."""
        if self._thread.ident is None:
            self._thread.start()

    async def do(self, work: Work[Result], *, patience_s: float | None = None) -> Result:
        """What *work* returns, once it is committed.  Raises StoreError."""
        self._refuse_in_trouble()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        wait_s = self._patience_s if patience_s is None else patience_s
        alarm = Alarm(loop, wait_s, partial(_give_up, future, wait_s))
        self._waiting.put(Job(work, future, time.monotonic() + BEGUN_WITHIN * wait_s))
        try:
            return await future
        finally:
            alarm.stop()

    def later(self, work: Work[None]) -> None:
        """Do this with the next transaction; nobody waits for it, and it may fail."""
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put(Job(work))

    async def close(self) -> None:
        """Do what still waits, and end."""
        self._closing = True
        self._waiting.put(None)
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, PATIENCE_S)

    def _refuse_in_trouble(self) -> None:
        now = time.monotonic()
        since = self._busy_since
        if self._closing or not self._thread.is_alive():
            raise StoreError("the store is closed")
        if since is not None and now - since > self._patience_s:
            raise StoreError(f"the store has not answered for {now - since:.0f} s")
        if now < self._paused_until:
            raise StoreError(self.problem or "the store did not answer")
        if self._waiting.qsize() > MOST_WAITING:
            raise StoreError("too much waits for the store")

    # From here on: inside the thread.

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch = self._gathered()
            going_on = None not in batch
            jobs = [job for job in batch if job is not None and job.is_wanted]
            if jobs:
                self._take(jobs)
            if not batch or self._untidy >= BATCHES_BETWEEN_TIDYING or not going_on:
                self._look_after()
        self._disconnect()

    def _gathered(self) -> list[Job | None]:
        """All that waits; nothing when nothing has come for a while."""
        batch: list[Job | None] = []
        with suppress(queue.Empty):
            batch.append(self._waiting.get(timeout=self._pause_s))
            while len(batch) < MOST_AT_ONCE:
                batch.append(self._waiting.get_nowait())
        return batch

    def _take(self, jobs: Sequence[Job]) -> None:
        began = self._busy_since = time.monotonic()
        self._untidy += 1
        try:
            patient = (job.until for job in jobs if job.until < inf)
            until = max(patient, default=began + self._patience_s)
            results = self._done([job.work for job in jobs], until)
        except (sqlite3.Error, OSError, StoreError) as error:
            self._fail(error, began)
            _deliver(jobs, StoreError(self.problem))
        else:
            self._recover()
            _deliver(jobs, results)
        finally:
            self._busy_since = None

    def _done(self, works: Sequence[Work[Any]], until: float) -> list[Any]:
        connection = self._connected()
        self._begin_once_free(connection, until)
        try:
            results = [work(connection) for work in works]
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        return results

    def _begin_once_free(self, connection: sqlite3.Connection, until: float) -> None:
        """Begin when no other process writes; one that is busy too may write again and again."""
        while True:
            try:
                connection.execute(self._begin)
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() >= until:
                    raise
            else:
                return

    def _connected(self) -> sqlite3.Connection:
        if time.monotonic() >= self._reopen_at or identity_of(self._path) != self._identity:
            # Somebody took the file away, or set it aside: what is written there is lost.
            self._disconnect()
        if self._connection is None:
            opened = self._opening(self._path, self._damaged)
            self._connection, self._identity = opened.connection, opened.identity
            self._reopen_at = time.monotonic() + REOPEN_S if opened.read_only else inf
            self._damaged = None
            self.notice = opened.notice or self.notice
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _fail(self, error: Exception, began: float) -> None:
        now = time.monotonic()
        self.problem = str(error) if isinstance(error, StoreError) else told(error)
        if now - began > SLOW_FAILURE_S:
            self._paused_until = now + PAUSE_AFTER_S
        if not is_passing(error):
            self._disconnect()
        # What is read beside a writer that we do not heed may look damaged.
        if is_damage(error) and self._reopen_at == inf:
            # At once, before the other lane writes more into the damaged file.
            self._damaged = self._identity
            with suppress(StoreError):
                self._connected()
        if now - self._complained_at >= SECONDS_BETWEEN_COMPLAINTS:
            self._complained_at = now
            logger.warning("the store does not answer; requests go on: %s", self.problem)

    def _recover(self) -> None:
        if self.problem:
            self.problem = ""
            logger.warning("the store answers again")

    def _look_after(self) -> None:
        """What can wait: seeing whether trouble is over, tidying."""
        self._pause_s = IDLE_S
        if self.problem and not self._closing:
            if time.monotonic() >= self._paused_until:
                self._take([Job(self._probe)])
            return
        if self._tidy is None or not self._untidy:
            return
        self._untidy = 0
        began = self._busy_since = time.monotonic()
        try:
            if self._tidy(self._connected()) and not self._closing:
                self._untidy, self._pause_s = 1, BUSY_TIDY_S
        except (sqlite3.Error, OSError, StoreError) as error:
            if is_busy(error):
                # Others write: a sign of life, and this can wait.
                self._untidy = 1
            else:
                self._fail(error, began)
        finally:
            self._busy_since = None


def _give_up(future: asyncio.Future[Any], after_s: float) -> None:
    if not future.done():
        future.set_exception(StoreError(f"the store did not answer within {after_s:g} s"))


def _deliver(jobs: Sequence[Job], results: Sequence[Any] | StoreError) -> None:
    """Hand each caller its result, with one call into each event loop."""
    given: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for number, job in enumerate(jobs):
        if job.future is not None:
            result = results if isinstance(results, StoreError) else results[number]
            given.setdefault(job.future.get_loop(), []).append((job.future, result))
    for loop, pairs in given.items():
        # A loop that was closed has nobody waiting any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, pairs)


def _settle(pairs: Sequence[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, result in pairs:
        if future.done():
            continue
        if isinstance(result, StoreError):
            future.set_exception(StoreError(str(result)))
        else:
            future.set_result(result)
