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
    FAILURES,
    Row,
    RowMade,
    Stands,
    guessed_tokens,
    known_rows,
    plan_row,
    read_row,
    replay_row,
)
from headroom.proxy.planning import Planning
from headroom.wire.batch import LONGEST_REQUEST
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
    model: str = ""
    """Of the first request that names one."""
    requests: int = 0
    shorter: int = 0
    late: int = 0
    """So many were not planned, as time was up."""
    tokens_before: int = 0
    tokens_after: int = 0
    transforms: dict[str, None] = field(default_factory=dict)
    failures: int = 0
    failed: str = ""
    """In how many requests something went wrong, and what in the first of them."""

    @property
    def plan(self) -> Plan:
        """The sums of all plans, as if they were one."""
        return Plan(
            tokens_before=self.tokens_before,
            tokens_after=self.tokens_after,
            transforms=tuple(self.transforms),
            # One of many that fails is a note; where nothing came of any, the batch has failed.
            failed="" if self.shorter else self.failed,
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
        if self.failures:
            said.append(
                f"{self.failures} requests of the batch failed to be planned ({self.failed})"
            )
        return tuple(said)

    def add(self, tokens: int, made: RowMade | None) -> None:
        """One more request of so many tokens, and what becomes of it."""
        self.requests += 1
        plan = made.plan if made is not None else None
        self.tokens_before += plan.tokens_before if plan else tokens
        self.tokens_after += plan.tokens_after if plan else tokens
        if plan is None:
            return
        self.shorter += plan.tokens_saved > 0
        self.failures += bool(plan.failed)
        self.failed = self.failed or plan.failed
        if len(self.transforms) < MOST_TRANSFORMS:
            self.transforms |= dict.fromkeys(plan.transforms)


@dataclass(frozen=True, slots=True)
class _Read:
    """One element as it was read: its tokens and its model; *row* where it may change."""

    tokens: int
    model: str = ""
    row: Row | None = None


class _Planner:
    """Plans the rows of one batch, until time is up."""

    def __init__(self, planning: Planning, batch: Batch, until: float) -> None:
        self._planning = planning
        self._batch = batch
        self._until = until
        self._in_time, self._late = planning.for_batches(), planning.without_time()
        self._room = asyncio.Semaphore(AT_ONCE)
        self.late = 0

    async def plan(self, some: Sequence[_Read]) -> list[RowMade | None]:
        """What becomes of each of these, in their order; None where nothing is planned."""
        doubtful = [one.row for one in some if one.row and not one.row.may_be_shorter]
        known = await known_rows(self._planning, doubtful) if doubtful else ()
        unknown = {id(row) for row, is_known in zip(doubtful, known, strict=True) if not is_known}
        rows = [None if id(one.row) in unknown else one.row for one in some]
        return await asyncio.gather(*map(self._made, rows))

    async def _made(self, row: Row | None) -> RowMade | None:
        if row is None:
            return None
        async with self._room:
            is_late = time.monotonic() > self._until
            self.late += is_late
            return await (replay_row if is_late else plan_row)(
                self._late if is_late else self._in_time,
                row,
                tenant=self._batch.tenant,
                beta=self._batch.beta,
                may_lose=not self._batch.is_kept,
            )


async def plan_batch(planning: Planning, batch: Batch, *, within_s: float) -> Planned:
    """What becomes of this batch; it takes no longer than that, and what one request takes.

    Raises UnreadableBody where its requests are not found, or not in time.
    """
    until = time.monotonic() + within_s
    spans = await asyncio.to_thread(_found, batch.elements, until)
    planner = _Planner(planning, batch, until)
    planned, splices = Planned(Pieces(batch.body)), list[Splice]()
    while planned.requests < len(spans):
        some = await asyncio.to_thread(_read_some, planning, batch, spans, planned.requests)
        for one, made in zip(some, await planner.plan(some), strict=True):
            planned.add(one.tokens, made)
            planned.model = planned.model or one.model
            if one.row is not None and made is not None and made.body is not None:
                splices.append((one.row.span, _on_a_line(made.body, batch)))
    planned.late = planner.late
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
    guessed = guessed_tokens(end - start)
    if end - start > LONGEST_REQUEST:
        return _Read(guessed)
    try:
        row = read_row(bytes(batch.body[start:end]), start, batch.stands, planning.formats)
        if row.may_be_shorter:
            return _Read(guessed, row.conversation.model, row)  # its plan counts them
        known = row if row.may_be_known else None
        return _Read(row.tokens(planning.counter), row.conversation.model, known)
    except FAILURES:
        # Whatever it is, its provider answers it.
        return _Read(guessed)


def _on_a_line(body: bytes, batch: Batch) -> bytes:
    """The same in one line where lines divide: what was put back may have been written in several.

    A line end within JSON is a space; in its texts none can stand.
    """
    return body.replace(b"\r", b" ").replace(b"\n", b" ") if batch.is_kept else body
