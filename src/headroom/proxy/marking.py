"""Cache marks for clients of Anthropic that set none: whether, which, and if they are refused.

Law 6: they begin where the provider has cached nothing that they could spoil, and then go on with
every request of the conversation.
"""

from __future__ import annotations

import dataclasses
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from headroom.conversation import Change, Conversation, Plan
from headroom.economics import CACHED_S, Outlook, least_cached, marks_pay
from headroom.errors import StoreError, UnreadableBody
from headroom.formats.anthropic_marks import (
    NAME,
    Marking,
    automatic,
    extracts,
    listed_before,
    may_be_marked,
    on_blocks,
    tokens_of,
    with_marks,
)
from headroom.formats.base import Format
from headroom.proxy.aside import aside
from headroom.proxy.planning import Planning
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.upstream import Reply
from headroom.state.place import Marks, Place
from headroom.state.refusals import Refused
from headroom.wire.document import Document
from headroom.wire.encodings import Decoder

logger = logging.getLogger(__name__)

DIALECT = "anthropic"
LABEL = "cache_marks"

Kind = Literal["", "auto", "blocks"]

# What a gateway answers that checks bodies by a schema, beside the provider's own.
REFUSING = (400, 422)
LEAST_ERROR = 400
LARGEST_ERROR_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Marked:
    """What is done about cache marks in one request; *kind* is empty where none is set."""

    kind: Kind = ""
    marking: Marking = field(default_factory=Marking)
    conversation: Conversation | None = None

    def over(self, changes: Sequence[Change]) -> Sequence[Change]:
        """These changes with those of our marks."""
        if self.conversation is None:
            return changes
        return with_marks(self.conversation, self.marking, changes)

    def without(self) -> Marked:
        """The same for an upstream that refuses marks; what has become a list stays one."""
        bare = dataclasses.replace(self.marking, puts=(), marked=-1)
        return dataclasses.replace(self, kind="", marking=bare)

    def told(self, plan: Plan) -> Plan:
        """The plan with the name of what was done."""
        if not self.kind:
            return plan
        return dataclasses.replace(plan, transforms=(*plan.transforms, f"{LABEL}:{self.kind}"))


NOT_MARKED = Marked()


async def mark(
    planning: Planning,
    dialect: Format,
    document: Document,
    conversation: Conversation,
    place: Place,
    payer: str,
) -> tuple[Marked, Place]:
    """What to do about marks in this request, and the place with what is to be known of it later.

    *payer* is the address of an upstream where this request is paid for by the token, else empty.
    """
    if dialect.name != DIALECT or not place.chain:
        return NOT_MARKED, place
    free = bool(payer) and may_be_marked(document, conversation)
    refused = await planning.refusals.of(payer) if free else "blocks"
    remembers = planning.store_health().durable and not place.trouble
    marks = _followed(place, int(planning.clock()))
    kind: Kind = ""
    if refused != "blocks" and (marks.begun or planning.auto_cache):
        outlook = _outlook(document, conversation, place, marks, remembers=remembers)
        is_cached = marks.marked and marks.at - place.marks.at <= CACHED_S
        if is_cached or _pays(conversation, outlook):
            kind = "blocks" if refused == "auto" else "auto"
    marked = await _marked(document, conversation, place, kind, remembers=remembers)
    marks = msgspec.structs.replace(
        marks,
        begun=marks.begun or bool(marked.kind),
        marked=bool(marked.kind),
        listed=marked.marking.listed or marks.listed,
    )
    return marked, dataclasses.replace(place, marks=marks)


def _followed(place: Place, now: int) -> Marks:
    """What was done about marks before, and how this request follows the last one."""
    marks = msgspec.structs.replace(place.marks, at=now)
    if not place.answers:
        return marks
    is_late = now - place.marks.at > CACHED_S
    return msgspec.structs.replace(
        marks, soon=marks.soon + (not is_late), late=marks.late + is_late
    )


def _outlook(
    document: Document, conversation: Conversation, place: Place, marks: Marks, *, remembers: bool
) -> Outlook:
    """What speaks for a further request, soon.

    Turns of the assistant may be examples that a client sends with each of its single questions.
    Where nothing is remembered nobody can tell, and they are taken for what they seem to be: the
    same request gets the same marks.
    """
    spoken = any(block.role == "assistant" for block in conversation.blocks)
    return Outlook(
        brings_tools=conversation.facts.brings_tools,
        answered=place.answers if remembers else spoken,
        extracts=extracts(document),
        soon=marks.soon if remembers else 0,
        late=marks.late if remembers else 0,
    )


def _pays(conversation: Conversation, outlook: Outlook) -> bool:
    is_long_enough = tokens_of(conversation) >= least_cached(conversation.model)
    return is_long_enough and marks_pay(outlook.chance)


async def _marked(
    document: Document, conversation: Conversation, place: Place, kind: Kind, *, remembers: bool
) -> Marked:
    listed = place.marks.listed
    if kind == "blocks" and not listed and not remembers:
        from_first = conversation.facts.brings_tools and not extracts(document)
        listed = listed_before(document, conversation, from_first=from_first)
    marking = Marking(listed=listed)
    if kind:
        make = automatic if kind == "auto" else on_blocks
        least = least_cached(conversation.model)
        marking = make(document, conversation, listed, least_tokens=least)
    if not marking.puts and not marking.listed:
        return NOT_MARKED
    marked = Marked(kind, marking, conversation)
    try:
        await aside(len(document.body), document.rewrite, marked.over(()))
    except (UnreadableBody, ValueError) as error:
        logger.info("no cache marks are set: %s", error)
        return NOT_MARKED
    return marked


# When it has been sent.


@dataclass(frozen=True, slots=True)
class Peeked(Reply):
    """A reply whose beginning has been read, and is read again."""

    held: deque[bytes] = field(default_factory=deque)
    """What has been read; an empty piece is the end."""

    async def read(self) -> bytes:
        """See `Reply.read`."""
        # Not super(): a class with slots is made anew, and has lost it.
        return self.held.popleft() if self.held else await Reply.read(self)


async def taken(
    proxy: Proxy,
    record: Record,
    reply: Reply,
    unmarked: Callable[[], Awaitable[bytes]],
    *,
    plain: bool,
) -> tuple[Reply, bytes | None]:
    """The reply to a request with marks of ours; and what it answers, if that is another body.

    That is *unmarked*, which is sent where marks are refused; that they are is remembered, if it
    helps.  Nothing has been passed on to the client yet.  Raises UpstreamError.
    """
    peeked = await _peeked(reply)
    if not _names_marks(peeked):
        return peeked, None
    refused: Refused = "auto" if f"{LABEL}:auto" in record.plan.transforms else "blocks"
    transforms = tuple(one for one in record.plan.transforms if not one.startswith(LABEL))
    record.plan = dataclasses.replace(record.plan, transforms=transforms)
    peeked.close()
    body = await unmarked()
    upstream = proxy.upstream
    reply = await upstream.send(record.call, body, decoded=True, plain=plain, again=True)
    # A text that speaks of marks may be why; then nothing is learned.
    if reply.status < LEAST_ERROR and NAME.encode() not in body:
        logger.warning("%s refuses cache marks (%s)", upstream.base(record.call), refused)
        with suppress(StoreError):
            await proxy.planning.refusals.note(upstream.base(record.call), refused)
    return reply, body


async def _peeked(reply: Reply) -> Peeked:
    """The reply, with what it says of an error read as far as that is looked at."""
    held: deque[bytes] = deque()
    if reply.status in REFUSING and not reply.is_streamed:
        size = 0
        while size < LARGEST_ERROR_BYTES:
            piece = await reply.read()
            held.append(piece)
            size += len(piece)
            if not piece:
                break
    return Peeked(reply.status, reply.headers, reply.response, held)


def _names_marks(reply: Peeked) -> bool:
    """Whether this is an error that speaks of cache marks."""
    said = b"".join(reply.held)
    encoding = reply.header(b"content-encoding")
    if said and encoding:
        said = Decoder(encoding.decode("latin-1")).feed(said)
    return NAME.encode() in said
