"""The process that planner processes are forked from: started when it is first needed.

Whoever plans asks it for workers, several may.  It belongs to no event loop, so that one may
outlive another.  See `planner_process` for its other end.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, suppress

from headroom.proxy.planner_process import CONTROL_BYTES

START_SECONDS = 10.0
END_SECONDS = 1.0
PLANNER_MODULE = "headroom.proxy.planner_process"


class Zygote:
    """Forks workers; what waits for it raises OSError, EOFError or TimeoutError without it."""

    __slots__ = ("_numbers", "_process", "_starting", "_threads")

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, "zygote")
        self._numbers = itertools.count(1)
        self._starting: Future[socket.socket] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def stands(self) -> bool:
        """Whether it has been started, and not been found dead."""
        return self._control is not None

    @property
    def _control(self) -> socket.socket | None:
        starting = self._starting
        if starting is None or not starting.done() or starting.exception():
            return None
        return starting.result()

    def warm(self) -> None:
        """Begin to start, so that the first large plan does not pay for it; waits for nothing."""
        if self._starting is None:
            self._starting = self._threads.submit(self._start)

    async def ready(self) -> socket.socket:
        """Its control socket, once it stands."""
        self.warm()
        starting = self._starting
        if starting is None:
            raise EOFError("the planner process could not be started")
        try:
            # Shielded: a job that runs out of time must not stop the start for the next one.
            return await asyncio.shield(asyncio.wrap_future(starting))
        except (OSError, EOFError):
            if self._starting is starting:
                self._starting = None
            raise

    async def fork(self, channel: socket.socket, *, yields: bool = False) -> int:
        """Have a worker serve the other end of this channel; its number."""
        number = next(self._numbers)
        message = b"%b%d" % (b"~" if yields else b"+", number)
        control = await self.ready()
        try:
            socket.send_fds(control, [message], [channel.fileno()])
        except OSError:
            # It is gone; the others who notice must not forget its successor.
            if self._control is control:
                control.close()
                self._starting = None
            socket.send_fds(await self.ready(), [message], [channel.fileno()])
        return number

    def end(self, number: int) -> None:
        """Have this worker killed."""
        if (control := self._control) is not None:
            with suppress(OSError):  # the zygote is gone, and with it the worker
                control.send(b"-%d" % number)

    async def close(self) -> None:
        """End it and all its workers."""
        if self._starting is not None:
            # Seen to its end, or the process that it starts would never be told to leave.
            starting = asyncio.wrap_future(self._starting)
            await asyncio.gather(starting, return_exceptions=True)
        if (control := self._control) is not None:
            control.close()
        self._starting = None
        await asyncio.to_thread(self._end_process)
        self._threads.shutdown(wait=False)

    def _start(self) -> socket.socket:
        self._end_process()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ExitStack() as unless_ready, theirs:
            unless_ready.enter_context(ours)
            command = [sys.executable, "-m", PLANNER_MODULE, str(theirs.fileno())]
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
            theirs.close()
            ours.settimeout(START_SECONDS)
            if ours.recv(CONTROL_BYTES) != b"ready":
                raise EOFError("the planner process did not start")
            ours.settimeout(0)
            unless_ready.pop_all()
        return ours

    def _end_process(self) -> None:
        """Wait for one that has nobody to serve any more, so that no zombie stays."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@asynccontextmanager
async def open_zygote(given: Zygote | None = None) -> AsyncIterator[Zygote]:
    """The one that is given, which stays; else one of its own, which leaves at the end."""
    if given is not None:
        yield given
        return
    own = Zygote()
    try:
        yield own
    finally:
        await own.close()
