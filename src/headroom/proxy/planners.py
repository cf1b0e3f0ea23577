"""Plans made in processes of our own, each killed alone at its deadline and replaced.

Nothing starts before it is needed.  A slot is one worker with one job; jobs beyond the slots
wait, and their waiting counts against their deadline; the start of the first process does not.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import msgspec

from headroom.conversation import Conversation, Known, Plan
from headroom.errors import HeadroomError
from headroom.hints import NO_HINTS, Hints
from headroom.pipeline import Means, with_effects
from headroom.pipeline.budget import BOUNDLESS, Budget
from headroom.pipeline.choices import EVERYTHING, Choices
from headroom.proxy.planner_process import FRAME_HEADER_BYTES, Done, Job
from headroom.proxy.zygote import Zygote

WAITING_JOBS = 64
PLANS_WAIT_FOR_IT_S = 3.0
"""For the zygote, besides their deadline: once in a proxy's life, which may start much at once."""


class PlanLate(HeadroomError):
    """No plan within the deadline; the worker that was at it has been killed."""


class PlanFailed(HeadroomError):
    """The worker could not make the plan, and says why."""


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    """A process, as we see it: its number with the zygote, the two ends of its channel."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Planners:
    """Off-load processes for plans that would hold up the event loop.

    A deadline of 0 seconds makes none.  Where it *yields*, all else has the processor first.
    *zygote* is whose children they are; without one they have their own.
    """

    __slots__ = (
        "_deadline_s",
        "_free",
        "_idle",
        "_owns",
        "_waiting",
        "_workers",
        "_yields",
        "_zygote",
    )

    def __init__(
        self,
        *,
        deadline_s: float,
        slots: int | None = None,
        yields: bool = False,
        zygote: Zygote | None = None,
    ) -> None:
        self._deadline_s = deadline_s
        self._yields = yields
        self._zygote = zygote or Zygote()
        self._owns = zygote is None
        self._free = asyncio.Semaphore(slots or os.cpu_count() or 1)
        self._workers: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._waiting = 0

    def warm(self) -> None:
        """Begin to start, so that the first large plan does not pay for it; waits for nothing."""
        if self._deadline_s:
            self._zygote.warm()

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
        self._idle.clear()
        for worker in [*self._workers]:
            self._kill(worker)
        if self._owns:
            await self._zygote.close()

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
        """Wait for the zygote; where it does not come, the plan tries once more."""
        if not self._zygote.stands:
            with suppress(OSError, EOFError):
                async with asyncio.timeout(PLANS_WAIT_FOR_IT_S):
                    await self._zygote.ready()

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[_Worker]:
        """A worker for one job; one that did not finish it is killed."""
        worker = self._idle.pop() if self._idle else await self._fork()
        finished = False
        try:
            yield worker
            finished = True
        finally:
            if finished:
                self._idle.append(worker)
            else:
                self._kill(worker)

    def _kill(self, worker: _Worker) -> None:
        self._workers.discard(worker)
        worker.writer.close()
        self._zygote.end(worker.number)

    async def _fork(self) -> _Worker:
        ours, theirs = socket.socketpair()
        try:
            number = await self._zygote.fork(theirs, yields=self._yields)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        worker = _Worker(number, reader, writer)
        self._workers.add(worker)
        return worker
