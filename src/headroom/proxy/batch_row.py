"""One request in a batch: where its body stands, in which dialect, and its plan.

It is planned as it would be by itself, but for what nobody could do for it: answer a call of our
own tool (decision 31).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from headroom.conversation import Conversation, Plan
from headroom.errors import HeadroomError, UnreadableBody
from headroom.formats.base import Format
from headroom.pipeline.draft import LEAST_TOKENS_SAVED
from headroom.proxy.aside import aside
from headroom.proxy.learning import MISHAPS
from headroom.proxy.making import Asked, InBatch, make_plan, place_of
from headroom.proxy.planning import Planning
from headroom.proxy.record import BYTES_PER_TOKEN
from headroom.tokens import Counter
from headroom.wire.batch import member_span
from headroom.wire.document import Document
from headroom.wire.scan import REFUSALS, Span

logger = logging.getLogger(__name__)

# platform.openai.com/docs/guides/batch, 2026-11; of the others nothing is planned.
_DIALECTS: Mapping[str, str] = MappingProxyType(
    {"/v1/chat/completions": "openai_chat", "/v1/responses": "openai_responses"}
)


class _Line(msgspec.Struct):
    """What a line of OpenAI's says of its request."""

    url: str
    method: str


_READ_LINE = msgspec.json.Decoder(_Line)

FAILURES = (HeadroomError, AttributeError, RuntimeError, *MISHAPS)
"""What one request may fail with: it goes as it came then, and fails no other."""

Stands = Callable[[bytes], tuple[str, Span]]
"""The dialect of an element of a batch, and where the request's body stands in it.

Raises UnreadableBody where it is none that is planned.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One request: its bytes in the batch are those at *span*."""

    span: Span
    dialect: Format
    document: Document
    conversation: Conversation

    @property
    def may_be_shorter(self) -> bool:
        """Whether anything in it could be made shorter, whoever knows it."""
        blocks = self.conversation.blocks
        return any(block.editable and len(block.text) > LEAST_TOKENS_SAVED for block in blocks)

    @property
    def may_be_known(self) -> bool:
        """Whether anything could be known of it that is to stand in it."""
        facts, blocks = self.conversation.facts, self.conversation.blocks
        if facts.server_held_history:
            return True
        return facts.brings_tools and any(block.role == "assistant" for block in blocks)

    def tokens(self, counter: Counter) -> int:
        """How many it has by our count."""
        texts = (block.text for block in self.conversation.blocks)
        return sum(map(counter.count, (*texts, *self.conversation.fixed_text)))


@dataclass(frozen=True, slots=True)
class RowMade:
    """What becomes of a request: *body*, or None where it goes as it came."""

    body: bytes | None = None
    plan: Plan | None = None
    """None where nothing was planned."""


def in_params(element: bytes) -> tuple[str, Span]:
    """Of Anthropic's; see `Stands`."""
    return "anthropic", _stands(element, "params")


def in_body(element: bytes) -> tuple[str, Span]:
    """Of OpenAI's; see `Stands`."""
    try:
        line = _READ_LINE.decode(element)
    except REFUSALS as error:
        raise UnreadableBody("a line tells no request") from error
    dialect = _DIALECTS.get(line.url)
    if dialect is None or line.method != "POST":
        raise UnreadableBody("a line asks for what is not planned")
    # One that says it twice may be read otherwise by others.
    _stands(element, "url")
    return dialect, _stands(element, "body")


def _stands(element: bytes, name: str) -> Span:
    span = member_span(element, name)
    if span is None:
        raise UnreadableBody(f"{name!r} does not stand there once")
    return span


def read_row(element: bytes, at: int, stands: Stands, formats: Mapping[str, Format]) -> Row:
    """The request in *element*, which stands at *at* in the batch.  Raises UnreadableBody."""
    name, (start, end) = stands(element)
    document = Document.read(element[start:end])
    dialect = formats[name]
    return Row((at + start, at + end), dialect, document, dialect.read(document))


async def plan_row(
    planning: Planning, row: Row, *, tenant: str, beta: str, may_lose: bool
) -> RowMade:
    """What becomes of this request; one that fails goes as it came, and fails no other."""
    asked = Asked(
        planning,
        row.dialect,
        row.document,
        row.conversation,
        tenant,
        beta,
        in_batch=InBatch(may_lose=may_lose),
    )
    try:
        made = await make_plan(asked)
    except FAILURES as error:
        # The error's text may hold content, so only its type is told.
        logger.warning("a request of a batch goes as it came: %s", type(error).__name__)
        return RowMade()
    return RowMade(None if made.body is row.document.body else made.body, made.plan)


async def replay_row(
    late: Planning, row: Row, *, tenant: str, beta: str, may_lose: bool
) -> RowMade:
    """The same when time is up: what its provider has seen keeps its form, all else goes raw."""
    try:
        place = await place_of(late, row.conversation)
    except FAILURES:
        return RowMade()
    if place.is_unknown and not place.legs:
        return RowMade()
    return await plan_row(late, row, tenant=tenant, beta=beta, may_lose=may_lose)


async def known_rows(planning: Planning, rows: Sequence[Row]) -> list[bool]:
    """Which of these go on from what was sent before, or may; all are looked up at once."""
    size = sum(len(row.document.body) for row in rows)
    known = await planning.ledger.known(await aside(size, _chained, planning, rows))
    return [
        is_known or row.conversation.facts.server_held_history
        for row, is_known in zip(rows, known, strict=True)
    ]


def _chained(
    planning: Planning, rows: Sequence[Row]
) -> list[tuple[Conversation, tuple[bytes, ...]]]:
    return [(row.conversation, planning.ledger.chain(row.conversation)) for row in rows]


def guessed_tokens(size: int) -> int:
    """How many tokens a request of so many bytes is taken to have that was not read."""
    return size // BYTES_PER_TOKEN
