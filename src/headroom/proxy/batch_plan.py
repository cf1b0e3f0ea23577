"""The plan of a whole batch: its requests one after the other, some at once, within a time.

found ─▶ read, some at a time ─▶ planned in processes of their own ─▶ spliced where they stood

What is not planned in time goes as it came.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from headroom.conversation import Plan
from headroom.errors import UnreadableBody
from headroom.proxy.batch_row import (
    Row,
    RowMade,
    Stands,
    guessed_tokens,
    plan_row,
    read_row,
    replay_row,
)
from headroom.proxy.learning import MISHAPS
from headroom.proxy.planning import Planning
from headroom.wire.pieces import Pieces
from headroom.wire.row import Splice
from headroom.wire.scan import Span, Text

READ_BYTES = 1_048_576
READ_ROWS = 256
"""So much is read in one go, beside the event loop."""
AT_ONCE = 2 * (os.cpu_count() or 1)
"""Requests that are planned side by side."""
LOOKED_AFTER = 1_024
"""So many requests are found before the clock is looked at."""
MOST_TRANSFORMS = 40
"""Of different names that are told."""

SAID = "a batch of {requests} requests, {shorter} of them made shorter"


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it came: *elements* gives where its requests stand, *stands* what is in each.

    *is_kept* says that the provider keeps its bytes as a file that can be read again: then nothing
    is left out.
    """

    body: Text
    elements: Iterator[Span]
    stands: Stands
    tenant: str
    beta: str = ""
    is_kept: bool = False


@dataclass(slots=True)
class Planned:
    """What becomes of it, and what that comes to."""

    pieces: Pieces
    requests: int = 0
    shorter: int = 0
    late: int = 0
    """So many were not planned, as time was up."""
    tokens_before: int = 0
    tokens_after: int = 0
    transforms: dict[str, None] = field(default_factory=dict)
    failed: str = ""
    """Why some request was not planned, where something went wrong with it."""

    @property
    def plan(self) -> Plan:
        """The sums of all plans, as if they were one."""
        return Plan(
            tokens_before=self.tokens_before,
            tokens_after=self.tokens_after,
            transforms=tuple(self.transforms),
            failed=self.failed,
        )

    @property
    def counts(self) -> tuple[int, int, int]:
        """Tokens before and after, and how many requests became shorter."""
        return self.tokens_before, self.tokens_after, self.shorter

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of it."""
        said = [SAID.format(requests=self.requests, shorter=self.shorter)]
        if self.late:
            said.append(f"{self.late} requests of the batch were not planned in time")
        return tuple(said)

    def add(self, made: RowMade, size: int) -> None:
        """One more request, of so many bytes."""
        self.requests += 1
        plan = made.plan
        if plan is None:
            self.add_tokens(guessed_tokens(size))
            return
        self.tokens_before += plan.tokens_before
        self.tokens_after += plan.tokens_after
        self.shorter += plan.tokens_saved > 0
        self.failed = self.failed or plan.failed
        if len(self.transforms) < MOST_TRANSFORMS:
            self.transforms |= dict.fromkeys(plan.transforms)

    def add_tokens(self, tokens: int) -> None:
        """So many more that go as they came."""
        self.tokens_before += tokens
        self.tokens_after += tokens


@dataclass(frozen=True, slots=True)
class _Read:
    """One element as it was read: *row* where it may change, else how many tokens it has."""

    size: int
    row: Row | None = None
    tokens: int = 0


async def plan_batch(planning: Planning, batch: Batch, *, within_s: float) -> Planned:
    """What becomes of this batch; it takes no longer than that, and what one request takes.

    Raises UnreadableBody where its requests are not found, or not in time.
    """
    until = time.monotonic() + within_s
    spans = await asyncio.to_thread(_found, batch.elements, until)
    rows, late = planning.for_batches(), planning.without_time()
    room = asyncio.Semaphore(AT_ONCE)
    planned, splices = Planned(Pieces(batch.body)), list[Splice]()

    async def made(row: Row) -> RowMade:
        async with room:
            is_late = time.monotonic() > until
            planned.late += is_late
            work = replay_row if is_late else plan_row
            return await work(
                late if is_late else rows,
                row,
                tenant=batch.tenant,
                beta=batch.beta,
                may_lose=not batch.is_kept,
            )

    at = 0
    while at < len(spans):
        some = await asyncio.to_thread(_read_some, planning, batch, spans, at)
        at += len(some)
        # In their order, whichever is first.
        each = iter(await asyncio.gather(*(made(one.row) for one in some if one.row)))
        for one in some:
            if one.row is None:
                planned.requests += 1
                planned.add_tokens(one.tokens)
                continue
            result = next(each)
            planned.add(result, one.size)
            if result.body is not None:
                splices.append((one.row.span, _on_a_line(result.body, batch)))
    planned.pieces = Pieces(batch.body, splices)
    return planned


def _found(elements: Iterator[Span], until: float) -> list[Span]:
    spans: list[Span] = []
    for span in elements:
        spans.append(span)
        if len(spans) % LOOKED_AFTER == 0 and time.monotonic() > until:
            raise UnreadableBody("the requests of the batch were not found in time")
    return spans


def _read_some(planning: Planning, batch: Batch, spans: Sequence[Span], at: int) -> list[_Read]:
    """The next elements from the one at *at* on."""
    some: list[_Read] = []
    size = 0
    for start, end in spans[at : at + READ_ROWS]:
        size += end - start
        if some and size > READ_BYTES:
            break
        some.append(_read(planning, batch, (start, end)))
    return some


def _read(planning: Planning, batch: Batch, span: Span) -> _Read:
    start, end = span
    size = end - start
    try:
        row = read_row(bytes(batch.body[start:end]), start, batch.stands, planning.formats)
        if row.may_change:
            return _Read(size, row)
        return _Read(size, tokens=row.tokens(planning.counter))
    except (UnreadableBody, *MISHAPS):
        # Whatever it is, its provider answers it.
        return _Read(size, tokens=guessed_tokens(size))


def _on_a_line(body: bytes, batch: Batch) -> bytes:
    """The same in one line where lines divide: what was put back may have been written in several.

    A line end within JSON is a space; in its texts none can stand.
    """
    return body.replace(b"\r", b" ").replace(b"\n", b" ") if batch.is_kept else body
