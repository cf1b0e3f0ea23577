"""Cache marks for clients of Anthropic that set none: whether, which, and if they are refused.

Law 6: they begin where the provider has cached nothing that they could spoil, and then go on with
every request of the conversation.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import msgspec

from headroom.conversation import Change, Conversation, Plan
from headroom.economics import CACHED_S, Outlook, Starts, marks_pay
from headroom.errors import StoreError, UnreadableBody
from headroom.formats.anthropic_marks import (
    Marking,
    automatic,
    bears_before,
    extracts,
    is_begun,
    listed_before,
    may_be_marked,
    on_blocks,
    tokens_of,
    with_marks,
)
from headroom.formats.base import Format
from headroom.outcome import CACHE_MARKS
from headroom.proxy.aside import aside
from headroom.proxy.planning import Planning
from headroom.state.place import Marks, Place
from headroom.state.refusals import Refused
from headroom.wire.document import Document

logger = logging.getLogger(__name__)

MISSED = 2
"""How often too late a request counts that finds nothing of what was written for it."""

DIALECT = "anthropic"
LABEL = CACHE_MARKS

Kind = Literal["", "auto", "blocks"]

KINDS: Mapping[Refused, Kind] = MappingProxyType({"": "auto", "auto": "blocks", "blocks": ""})
"""What is set where this is refused."""


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
        # Of many names only the first are told: this one must be among them.
        return dataclasses.replace(plan, transforms=(f"{LABEL}:{self.kind}", *plan.transforms))


NOT_MARKED = Marked()


async def mark(
    planning: Planning,
    dialect: Format,
    document: Document,
    conversation: Conversation,
    place: Place,
    *,
    tenant: str,
    payer: str,
) -> tuple[Marked, Place]:
    """What to do about marks in this request, and the place with what is to be known of it later.

    *payer* is the address of an upstream where this request is paid for by the token, else empty.
    """
    if dialect.name != DIALECT or not place.chain:
        return NOT_MARKED, place
    remembers = planning.store_health().durable and not place.trouble
    anchored = place.has_lost_end and conversation.facts.brings_tools and bears_before(document)
    marks = _followed(place, int(planning.clock()), anchored=anchored)
    asked = _Asked(
        document,
        conversation,
        place,
        marks,
        dialect.weaver.tools(document),
        planning.accounting.least_cached(conversation.model),
        anchored=anchored,
        remembers=remembers,
    )
    kind: Kind = ""
    if payer and (marks.begun or planning.auto_cache) and may_be_marked(document, conversation):
        if asked.is_cached or await _pays(planning, asked, tenant):
            kind = KINDS[await planning.refusals.of(payer)]
            if kind == "auto" and is_begun(document):
                # The mark at the end would stand on what is gone the next time.
                kind = "blocks"
        if remembers:
            _learn(planning, asked, tenant)
    marked = await _marked(asked, kind)
    marks = msgspec.structs.replace(
        marks,
        begun=marks.begun or bool(marked.kind),
        marked=bool(marked.kind),
        listed=marked.marking.listed or marks.listed,
    )
    return marked, dataclasses.replace(place, marks=marks)


def _followed(place: Place, now: int, *, anchored: bool) -> Marks:
    """What was done about marks before, and how this request follows the last one.

    Where the end of that is gone, nothing that was cached is found, unless it is *anchored*: by
    a mark further up.
    """
    marks = msgspec.structs.replace(place.marks, at=now)
    if not place.marks.at or not place.spoken_since:
        return marks
    if place.has_lost_end and not anchored:
        return msgspec.structs.replace(marks, late=marks.late + MISSED)
    is_late = now - place.marks.at > CACHED_S
    return msgspec.structs.replace(
        marks, soon=marks.soon + (not is_late), late=marks.late + is_late
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, and what is known of its conversation: now, that is with this request."""

    document: Document
    conversation: Conversation
    place: Place
    marks: Marks
    tools: tuple[str, ...]
    least_tokens: int
    """Of a prompt that is cached at all."""
    anchored: bool
    """Whether the end of the last request is gone, and what stands before it can be marked."""
    remembers: bool
    """Whether there is a ledger that would know; else the same request gets the same marks."""

    @property
    def is_cached(self) -> bool:
        """Whether what was sent before is certain to be cached still, by marks of ours."""
        known = self.place.marks
        return known.marked and known.ended and self.marks.at - self.place.marks.at <= CACHED_S

    @property
    def begins(self) -> bool:
        """Whether an agent's conversation seems to begin with it, or to have begun without us."""
        return bool(self.tools) and not self.place.marks.at and not extracts(self.document)

    @property
    def has_gone_on(self) -> bool:
        """Whether an earlier request of this conversation was answered.

        Turns of the assistant may be examples that a client sends with each single question;
        where nothing is remembered they are taken for what they seem to be.
        """
        if self.remembers:
            return self.marks.soon + self.marks.late > 0
        return any(block.role == "assistant" for block in self.conversation.blocks)

    def outlook(self, starts: Starts) -> Outlook:
        """What speaks for a further request, soon."""
        return Outlook(
            brings_tools=self.conversation.facts.brings_tools,
            goes_on=self.has_gone_on,
            extracts=extracts(self.document),
            soon=self.marks.soon if self.remembers else 0,
            late=self.marks.late if self.remembers else 0,
            starts=starts,
        )


async def _pays(planning: Planning, asked: _Asked, tenant: str) -> bool:
    """Whether the conversation is expected to go on soon enough."""
    if tokens_of(asked.conversation) < asked.least_tokens:
        return False
    starts = Starts()
    if asked.remembers and asked.begins:
        with suppress(StoreError):
            starts = await planning.habits.of_starts(tenant, asked.tools)
    return marks_pay(asked.outlook(starts).chance)


def _learn(planning: Planning, asked: _Asked, tenant: str) -> None:
    """Count that a conversation of its kind has begun, or that it has gone on soon enough."""
    has_followed = (asked.marks.soon, asked.marks.late) == (1, 0) and asked.place.spoken_since
    if asked.tools and (asked.begins or has_followed):
        started = Starts(begun=int(asked.begins), followed=int(has_followed))
        planning.later(_counted(planning, tenant, asked.tools, started))


async def _counted(planning: Planning, tenant: str, tools: Sequence[str], starts: Starts) -> None:
    try:
        await planning.habits.note_starts(tenant, tools, starts)
    except StoreError as error:
        planning.troubles.warn(logger, "a habit could not be noted", error)


async def _marked(asked: _Asked, kind: Kind) -> Marked:
    document, conversation, listed = asked.document, asked.conversation, asked.marks.listed
    if kind == "blocks" and not listed and not asked.remembers:
        from_first = conversation.facts.brings_tools and not extracts(document)
        listed = listed_before(document, conversation, from_first=from_first)
    marking = Marking(listed=listed)
    if kind:
        make = automatic if kind == "auto" else on_blocks
        marking = make(
            document,
            conversation,
            listed,
            least_tokens=asked.least_tokens,
            anchored=asked.anchored,
        )
    marked = Marked(kind, marking, conversation)
    inside = [change for change in marked.over(()) if change.path]
    try:
        await aside(len(document.body), document.rewrite, inside)
    except (UnreadableBody, ValueError) as error:
        logger.info("no cache marks are set: %s", error)
        return NOT_MARKED
    return marked if marking.puts or marking.listed else NOT_MARKED
