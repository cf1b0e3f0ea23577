"""Plans made in processes of our own, each killed alone at its deadline and replaced.

Nothing starts before it is needed.  A slot is one worker with one job; jobs beyond the slots
wait, and their waiting counts against their deadline; the start of the first process does not.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import msgspec

from headroom.conversation import Conversation, Known, Plan
from headroom.errors import HeadroomError
from headroom.hints import NO_HINTS, Hints
from headroom.pipeline import Means, with_effects
from headroom.pipeline.budget import BOUNDLESS, Budget
from headroom.pipeline.choices import EVERYTHING, Choices
from headroom.proxy.planner_process import FRAME_HEADER_BYTES, Done, Job

WAITING_JOBS = 64
START_SECONDS = 10.0
PLANS_WAIT_FOR_IT_S = 3.0
"""Besides their deadline: once in a proxy's life, on a machine that starts much at once."""
END_SECONDS = 1.0
NICE = 10
PLANNER_MODULE = "headroom.proxy.planner_process"


class PlanLate(HeadroomError):
    """No plan within the deadline; the worker that was at it has been killed."""


class PlanFailed(HeadroomError):
    """The worker could not make the plan, and says why."""


@dataclass(slots=True)
class _Worker:
    """One slot's process, as we see it: the two ends of its channel."""

    slot: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Planners:
    """Off-load processes for plans that would hold up the event loop.

    A deadline of 0 seconds makes none.  Where it *yields*, all else has the processor first.
    """

    __slots__ = (
        "_control",
        "_deadline_s",
        "_free",
        "_idle",
        "_process",
        "_starting",
        "_waiting",
        "_yields",
    )

    def __init__(
        self, *, deadline_s: float, slots: int | None = None, yields: bool = False
    ) -> None:
        self._deadline_s = deadline_s
        self._yields = yields
        self._free = asyncio.Semaphore(slots or os.cpu_count() or 1)
        self._idle: list[_Worker | int] = list(range(slots or os.cpu_count() or 1))
        self._waiting = 0
        self._starting: asyncio.Future[socket.socket] | None = None
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def warm(self) -> None:
        """Begin to start, so that the first large plan does not pay for it; waits for nothing."""
        if self._starting is None and self._deadline_s:
            self._starting = asyncio.ensure_future(self._start_zygote())
            self._starting.add_done_callback(_noticed)

    async def plan(
        self,
        conversation: Conversation,
        known: Known,
        *,
        means: Means = "",
        choices: Choices = EVERYTHING,
        budget: Budget = BOUNDLESS,
        woven: tuple[int, ...] = (),
        hints: Hints = NO_HINTS,
    ) -> Plan:
        """The plan for this conversation, see `pipeline.plan`.  Raises PlanLate, PlanFailed."""
        if not self._deadline_s:
            raise PlanLate("no time is left for it")
        if self._waiting >= WAITING_JOBS:
            raise PlanLate(f"{self._waiting} plans are waiting already")
        job = Job(
            conversation,
            known,
            self._deadline_s,
            means,
            choices,
            budget,
            woven,
            dict(hints),
        )
        self._waiting += 1
        try:
            await self._started()
            async with asyncio.timeout(self._deadline_s):
                made = await self._planned(msgspec.msgpack.encode(job))
        except TimeoutError as error:
            raise PlanLate(f"no plan within {self._deadline_s:g} s") from error
        except (OSError, EOFError) as error:
            raise PlanFailed(
                f"a planner process ended unexpectedly ({type(error).__name__})"
            ) from error
        finally:
            self._waiting -= 1
        forms = {**known.forms, **made.forms, **made.rewritten}
        return with_effects(made, conversation, forms)

    async def close(self) -> None:
        """End all off-load processes."""
        if self._starting is not None:
            # Seen to its end, or the process that it starts would never be told to leave.
            await asyncio.gather(self._starting, return_exceptions=True)
            self._starting = None
        for worker in self._idle:
            if isinstance(worker, _Worker):
                worker.writer.close()
        if self._control is not None:
            self._control.close()
            self._control = None
        await self._end_zygote()

    async def _planned(self, packed: bytes) -> Plan:
        async with self._free, self._worker() as worker:
            worker.writer.write(len(packed).to_bytes(FRAME_HEADER_BYTES) + packed)
            await worker.writer.drain()
            size = int.from_bytes(await worker.reader.readexactly(FRAME_HEADER_BYTES))
            done = msgspec.msgpack.decode(await worker.reader.readexactly(size), type=Done)
        if done.plan is None:
            raise PlanFailed(f"the planner failed with {done.error}")
        return done.plan

    async def _started(self) -> None:
        """Wait for the first process; where it does not come, the plan tries once more."""
        if self._control is None:
            with suppress(OSError, EOFError, TimeoutError):
                async with asyncio.timeout(PLANS_WAIT_FOR_IT_S):
                    await self._zygote()

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[_Worker]:
        """A worker for one job; one that did not finish it is killed and its slot freed."""
        taken = self._idle.pop()
        slot, worker = (taken, None) if isinstance(taken, int) else (taken.slot, taken)
        finished = False
        try:
            if worker is None:
                worker = await self._fork(slot)
            yield worker
            finished = True
        finally:
            if finished and worker is not None:
                self._idle.append(worker)
            else:
                self._kill(worker, slot)

    def _kill(self, worker: _Worker | None, slot: int) -> None:
        if worker is not None:
            worker.writer.close()
        if self._control is not None:
            with suppress(OSError):  # the zygote is gone, and with it the worker
                self._control.send(b"-%d" % slot)
        # Free slots are taken from the end: the next job takes a worker that is warm.
        self._idle.insert(0, slot)

    async def _fork(self, slot: int) -> _Worker:
        ours, theirs = socket.socketpair()
        try:
            await self._ask_for(slot, theirs)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        return _Worker(slot, reader, writer)

    async def _ask_for(self, slot: int, channel: socket.socket) -> None:
        control = await self._zygote()
        try:
            socket.send_fds(control, [b"+%d" % slot], [channel.fileno()])
        except OSError:
            # The zygote is gone; the others who notice must not forget its successor.
            if self._control is control:
                self._control.close()
                self._control = self._starting = None
            socket.send_fds(await self._zygote(), [b"+%d" % slot], [channel.fileno()])

    async def _zygote(self) -> socket.socket:
        self.warm()
        starting = self._starting
        if starting is None:
            raise EOFError("the planner process could not be started")
        try:
            # Shielded: a job that runs out of time must not stop the start for the next one.
            return await asyncio.shield(starting)
        except (OSError, EOFError, TimeoutError):
            if self._starting is starting:
                self._starting = None
            raise

    async def _start_zygote(self) -> socket.socket:
        await self._end_zygote()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ExitStack() as unless_ready, theirs:
            unless_ready.enter_context(ours)
            command = [sys.executable, "-m", PLANNER_MODULE, str(theirs.fileno())]
            self._process = await asyncio.to_thread(_spawned, command, theirs.fileno())
            if self._yields:
                # Its workers have this from it.
                os.setpriority(os.PRIO_PROCESS, self._process.pid, NICE)
            theirs.close()
            ours.settimeout(0)
            ready = await asyncio.wait_for(
                asyncio.get_running_loop().sock_recv(ours, 64), START_SECONDS
            )
            if ready != b"ready":
                raise EOFError("the planner process did not start")
            unless_ready.pop_all()
        self._control = ours
        return ours

    async def _end_zygote(self) -> None:
        """Wait for a zygote that has nobody to serve any more, so that no zombie stays."""
        process, self._process = self._process, None
        if process is not None:
            await asyncio.to_thread(_ended, process)


def _noticed(starting: asyncio.Future[socket.socket]) -> None:
    """Take note of how a start ended that nobody waits for; the next job starts it again."""
    if not starting.cancelled():
        starting.exception()


def _spawned(command: list[str], inherited: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, nothing from outside
        command, pass_fds=[inherited], stdin=subprocess.DEVNULL
    )


def _ended(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
