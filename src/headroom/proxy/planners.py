"""Plans made in processes of our own, each killed alone at its deadline and replaced.

Nothing starts before it is needed.  A slot is one worker with one job; jobs beyond the slots
wait, and their waiting counts against their deadline.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import msgspec

from headroom.conversation import Conversation, Known, Plan
from headroom.errors import HeadroomError
from headroom.pipeline import edits
from headroom.proxy.planner_process import FRAME_HEADER_BYTES, Done, Job

WAITING_JOBS = 64
START_SECONDS = 10.0
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
    """Off-load processes for plans that would hold up the event loop."""

    __slots__ = ("_control", "_deadline_s", "_free", "_idle", "_process", "_starting", "_waiting")

    def __init__(self, *, deadline_s: float, slots: int | None = None) -> None:
        self._deadline_s = deadline_s
        self._free = asyncio.Semaphore(slots or os.cpu_count() or 1)
        self._idle: list[_Worker | int] = list(range(slots or os.cpu_count() or 1))
        self._waiting = 0
        self._starting: asyncio.Future[socket.socket] | None = None
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    async def plan(self, conversation: Conversation, known: Known) -> Plan:
        """The plan for this conversation.  Raises PlanLate, PlanFailed."""
        if self._waiting >= WAITING_JOBS:
            raise PlanLate(f"{self._waiting} plans are waiting already")
        job = Job(conversation, known, self._deadline_s)
        self._waiting += 1
        try:
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
        forms = {**known.forms, **made.forms}
        return dataclasses.replace(made, edits=edits(conversation, forms))

    async def close(self) -> None:
        """End all off-load processes."""
        for worker in self._idle:
            if isinstance(worker, _Worker):
                worker.writer.close()
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)
            self._process = None

    async def _planned(self, packed: bytes) -> Plan:
        async with self._free, self._worker() as worker:
            worker.writer.write(len(packed).to_bytes(FRAME_HEADER_BYTES) + packed)
            await worker.writer.drain()
            size = int.from_bytes(await worker.reader.readexactly(FRAME_HEADER_BYTES))
            done = msgspec.msgpack.decode(await worker.reader.readexactly(size), type=Done)
        if done.plan is None:
            raise PlanFailed(f"the planner failed with {done.error}")
        return done.plan

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[_Worker]:
        """A worker for one job; one that did not finish it is killed and its slot freed."""
        taken = self._idle.pop()
        slot = taken if isinstance(taken, int) else taken.slot
        finished = False
        try:
            worker = taken if isinstance(taken, _Worker) else await self._fork(slot)
            yield worker
            finished = True
        finally:
            if finished:
                self._idle.append(worker)
            else:
                self._kill(taken, slot)

    def _kill(self, taken: _Worker | int, slot: int) -> None:
        if isinstance(taken, _Worker):
            taken.writer.close()
        if self._control is not None:
            with suppress(OSError):  # the zygote is gone, and with it the worker
                self._control.send(b"-%d" % slot)
        # Free slots are taken from the end: the next job takes a worker that is warm.
        self._idle.insert(0, slot)

    async def _fork(self, slot: int) -> _Worker:
        control = await self._zygote()
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(control, [b"+%d" % slot], [theirs.fileno()])
        except OSError:
            self._forget_zygote()
            ours.close()
            raise
        finally:
            theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        return _Worker(slot, reader, writer)

    async def _zygote(self) -> socket.socket:
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._start_zygote())
        try:
            # Shielded: a job that runs out of time must not stop the start for the next one.
            return await asyncio.shield(self._starting)
        except (OSError, EOFError, TimeoutError):
            self._starting = None
            raise

    async def _start_zygote(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", PLANNER_MODULE, str(theirs.fileno())]
        self._process = await asyncio.to_thread(_spawned, command, theirs.fileno())
        theirs.close()
        ours.settimeout(0)
        ready = await asyncio.wait_for(
            asyncio.get_running_loop().sock_recv(ours, 64), START_SECONDS
        )
        if ready != b"ready":
            ours.close()
            raise EOFError("the planner process did not start")
        self._control = ours
        return ours

    def _forget_zygote(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        self._starting = None


def _spawned(command: list[str], inherited: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, nothing from outside
        command, pass_fds=[inherited], stdin=subprocess.DEVNULL
    )
