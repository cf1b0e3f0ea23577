"""Several processes on one port: started, watched, replaced when one dies or stalls, stopped.

A hangup (SIGHUP) has them replaced one by one, each by one that is ready before: a fresh
interpreter, which runs what was installed meanwhile.

Each worker has a listening socket of its own (SO_REUSEPORT: the kernel shares out connections)
and a channel to this process: it says when it is ready, that its event loop turns, and at its end
what it did.  A channel that closes tells either side that the other is gone.  The first workers
are copies of this process, which has loaded what they need; those that come later are fresh
interpreters.
"""

from __future__ import annotations

import importlib
import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from types import FrameType

import msgspec

from headroom.errors import HeadroomError
from headroom.proxy.forked import Forked, forked, may_fork
from headroom.proxy.lineage import Lineage
from headroom.proxy.serving import listen
from headroom.settings import Settings
from headroom.tokens import Counter

logger = logging.getLogger(__name__)

WORKER_MODULE = "headroom.proxy.worker"

STALLED_S = 10.0
"""A worker that says nothing for so long is killed and replaced."""
START_S = 60.0
"""The same for one that is not ready yet."""
SHORT_LIFE_S = 2.0
"""Who ends sooner would end again: its successor waits, and after some there is none."""
SHORT_LIVES = 5
TICK_S = 0.25
STOP_S = 35.0
"""Workers end running calls for at most 30 seconds."""


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a worker says, as one line of JSON."""

    ready: bool = False
    requests: int = 0
    tokens_saved: int = 0
    failed: int = 0
    saved: Decimal = Decimal(0)
    unpriced: int = 0


@dataclass(slots=True)
class Worker:
    """One process, and what was heard of it."""

    process: subprocess.Popen[bytes] | Forked
    channel: socket.socket
    lineage: Lineage
    started_at: float
    heard_at: float
    ready: bool = False
    outdated: bool = False
    """Whether it is to be replaced, once another one is ready."""
    leaving: bool = False
    """Whether it was told to end its calls and stop, as another one has its place."""
    held: bytes = b""
    last: Told = field(default_factory=Told)


class Workers:
    """The parent of the workers."""

    def __init__(self, settings: Settings, *, on_ready: Callable[[str, int], None] | None) -> None:
        self._settings = settings
        self._on_ready = on_ready
        self._selector = selectors.DefaultSelector()
        self._workers: list[Worker] = []
        self._ended = Told()
        self._without_successor: list[Lineage] = []
        self._signals = 0
        self._hung_up = False
        self._short_lives = 0
        self._told_ready = False

    def run(self) -> Told:
        """Serve until a signal; what all workers did together.

        Raises SettingsError when the address cannot be listened on, HeadroomError when no
        worker stays alive.
        """
        # Held, not listened on: the port stays ours while workers come and go.
        with listen(self._settings.host, self._settings.port, shared=True, backlog=None) as held:
            self._held = held
            self._address: tuple[str, int] = held.getsockname()[:2]
            previous = {
                number: signal.signal(number, self._noted)
                for number in (signal.SIGTERM, signal.SIGINT)
            }
            if not _has_terminal():
                previous[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._hang_up)
            try:
                self._serve()
            finally:
                self._end_all()
                for number, handler in previous.items():
                    signal.signal(number, handler)
        return self._ended

    def _serve(self) -> None:
        for _ in range(self._settings.workers):
            self._start()
        while not self._signals:
            self._listen()
            self._replace()
            self._renew()
            if self._short_lives >= SHORT_LIVES:
                raise HeadroomError(
                    f"{SHORT_LIVES} workers ended as soon as they had started; what they said "
                    "stands above"
                )
            if not self._told_ready and all(worker.ready for worker in self._workers):
                self._told_ready = True
                if self._on_ready is not None:
                    self._on_ready(*self._address)

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        lineage = Lineage.after(self._without_successor)
        self._without_successor.clear()
        with theirs:
            process: subprocess.Popen[bytes] | Forked
            if may_fork() and not self._told_ready:
                process = self._copied(theirs, lineage, leaves=ours)
            else:
                process = self._fresh(theirs, lineage)
        ours.setblocking(False)  # noqa: FBT003 - the only way that socket offers
        now = time.monotonic()
        worker = Worker(process, ours, lineage, now, now)
        self._workers.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, worker)
        if self._signals:
            # It came while this one was started, which nobody has told yet.
            process.terminate()

    def _copied(self, channel: socket.socket, lineage: Lineage, *, leaves: socket.socket) -> Forked:
        Counter.load()
        others = [leaves, *(each.channel for each in self._workers), self._held]
        return forked(
            lambda: importlib.import_module(WORKER_MODULE).main(channel.detach(), lineage),
            environ=self._environ(),
            closes=[self._selector.fileno(), *(each.fileno() for each in others)],
        )

    def _fresh(self, channel: socket.socket, lineage: Lineage) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", WORKER_MODULE, str(channel.fileno()), *lineage.arguments],
            env={**os.environ, **self._environ()},
            pass_fds=[channel.fileno()],
            stdin=subprocess.DEVNULL,
            # Ctrl-C reaches the whole group: who else gets it would get it twice.
            start_new_session=True,
        )

    def _environ(self) -> dict[str, str]:
        return {**self._settings.as_environ(), "HEADROOM_PORT": str(self._address[1])}

    def _listen(self) -> None:
        """Take in what workers say, for one tick."""
        for key, _ in self._selector.select(TICK_S):
            worker: Worker = key.data
            said = _received(worker.channel)
            if not said:
                self._forget(worker)
                continue
            worker.heard_at = time.monotonic()
            *lines, worker.held = (worker.held + said).split(b"\n")
            for line in filter(None, lines):
                worker.last = msgspec.json.decode(line, type=Told)
                worker.ready = worker.ready or worker.last.ready

    def _replace(self) -> None:
        """Kill who stalls, and start a worker for each that is missing."""
        now = time.monotonic()
        for worker in list(self._workers):
            silent = now - worker.heard_at
            if silent > (STALLED_S if worker.ready else START_S):
                logger.error("worker %d stalled for %.0f s", worker.process.pid, silent)
                worker.process.kill()
                self._forget(worker)
        while self._wants_more():
            self._start()

    def _renew(self) -> None:
        """After a hangup, take one step: start one more, or let an outdated one leave for it."""
        if self._hung_up:
            self._hung_up = False
            for worker in self._workers:
                worker.outdated = True
        staying = self._staying()
        outdated = [worker for worker in staying if worker.outdated]
        if not all(worker.ready for worker in staying):
            return
        if len(staying) > self._settings.workers:
            # One that died meanwhile may have left nobody to leave but the new ones.
            leaves = (outdated or staying)[0]
            leaves.leaving = True
            leaves.process.terminate()
        elif outdated:
            self._start()

    def _staying(self) -> list[Worker]:
        return [worker for worker in self._workers if not worker.leaving]

    def _wants_more(self) -> bool:
        missing = len(self._staying()) < self._settings.workers
        return missing and self._short_lives < SHORT_LIVES and not self._signals

    def _forget(self, worker: Worker) -> None:
        """A worker's channel has closed: it has ended, or is about to."""
        self._workers.remove(worker)
        self._selector.unregister(worker.channel)
        worker.channel.close()
        code = _ended(worker.process)
        self._ended = _sum(self._ended, worker.last)
        self._without_successor.append(worker.lineage)
        if self._signals or worker.leaving:
            return
        logger.error(
            "worker %d ended with code %d; another takes its place", worker.process.pid, code
        )
        if time.monotonic() - worker.started_at < SHORT_LIFE_S or not worker.ready:
            self._short_lives += 1
            time.sleep(min(0.1 * 2**self._short_lives, SHORT_LIFE_S))
        else:
            self._short_lives = 0

    def _noted(self, number: int, _frame: FrameType | None) -> None:
        """A signal: pass it on; the second one ends workers at once."""
        self._signals += 1
        for worker in list(self._workers):
            worker.process.send_signal(number)

    def _hang_up(self, _number: int, _frame: FrameType | None) -> None:
        """All workers are to be replaced, as something new is installed."""
        self._hung_up = True

    def _end_all(self) -> None:
        if not self._signals:
            self._noted(signal.SIGTERM, None)
        until = time.monotonic() + STOP_S
        while self._workers and time.monotonic() < until:
            self._listen()
        for worker in list(self._workers):
            worker.process.kill()
            self._forget(worker)
        self._selector.close()


def _has_terminal() -> bool:
    """Whether a hangup says that the terminal is gone: then it ends us, as it always did."""
    return sys.stdin is not None and sys.stdin.isatty()


def _received(channel: socket.socket) -> bytes:
    try:
        return channel.recv(65_536)
    except OSError:
        return b""


def _ended(process: subprocess.Popen[bytes] | Forked) -> int:
    try:
        return process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _sum(one: Told, other: Told) -> Told:
    return Told(
        requests=one.requests + other.requests,
        tokens_saved=one.tokens_saved + other.tokens_saved,
        failed=one.failed + other.failed,
        saved=one.saved + other.saved,
        unpriced=one.unpriced + other.unpriced,
    )
