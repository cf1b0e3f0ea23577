"""Whether a conversation has our tool, and what in a request follows from that.

The tool is offered with the first request of a conversation or never; hidden legs of earlier
turns are put back; where the provider keeps the history, the request goes on from the last leg.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from headroom.conversation import Change, Conversation, Insert, Legs, Plan
from headroom.economics import OFFER_FROM_TOKENS, offer_pays
from headroom.errors import StoreError
from headroom.formats.turns import Weaver
from headroom.pipeline import Means, expects
from headroom.proxy.marking import NOT_MARKED, Marked
from headroom.proxy.planning import Planning
from headroom.state.legs import Held
from headroom.state.place import Place
from headroom.wire.document import Document

logger = logging.getLogger(__name__)

# A token has four characters and more, mostly; no text has more tokens than bytes.
FEWEST_CHARACTERS = OFFER_FROM_TOKENS
INLINE_CHARACTERS = 65_536


@dataclass(frozen=True, slots=True)
class Weaving:
    """What is done to a request beside its blocks, and what may be left out of these.

    *changes* put our tool in, and hidden legs back; *tokens* is what they add.  *offered* says
    whether the provider knows our tool, so that the reply may call it; *decides* what is now
    decided of it, None where that was done before, or waits.
    """

    changes: tuple[Change, ...] = ()
    offered: bool = False
    decides: bool | None = None
    means: Means = ""
    tokens: int = 0
    learns_of: tuple[str, ...] = ()
    """The tools of a new conversation that is large enough to be given ours."""
    held: Held | None = None
    """What is known of the reply that this request goes on from, where its provider keeps it."""
    marked: Marked = NOT_MARKED
    """What is done about cache marks."""

    def counted(self, plan: Plan) -> Plan:
        """The plan with these tokens among those that are sent, and named what else was done."""
        plan = self.marked.told(plan)
        if not self.tokens:
            return plan
        return dataclasses.replace(plan, tokens_after=plan.tokens_after + self.tokens)

    def otherwise(self, *, offered: bool) -> Weaving:
        """The same where another request has decided of our tool first; still to be changed."""
        means: Means = "client" if self.means == "tool" and not offered else self.means
        return dataclasses.replace(self, offered=offered, decides=None, means=means)

    def without_means(self) -> Weaving:
        """The same for when originals cannot be kept: a new conversation goes without our tool."""
        if self.decides:
            return dataclasses.replace(self, offered=False, decides=None, means="")
        return dataclasses.replace(self, means="")


async def weave(
    planning: Planning,
    weaver: Weaver,
    document: Document,
    conversation: Conversation,
    place: Place,
    tenant: str,
) -> Weaving:
    """What to do to this request; nothing is written."""
    follows = weaver.follows(document)
    held = await planning.ledger.held(follows) if follows else None
    offer = weaver.offer(document) if place.chain else None
    decides: bool | None = None
    learns_of: tuple[str, ...] = ()
    if follows:
        offered = held is not None and held.offered
    elif place.is_open and offer is not None:
        offered, learns_of = await _pays(planning, weaver, document, conversation, tenant)
        decides = offered
    else:
        offered = place.offered and offer is not None
    woven = Weaving(
        offered=offered,
        decides=decides,
        means=_means(planning, offered=offered),
        learns_of=learns_of,
        held=held,
    )
    return with_changes(woven, planning, weaver, document, conversation, place)


async def weave_known(
    planning: Planning,
    weaver: Weaver,
    document: Document,
    conversation: Conversation,
    place: Place,
) -> Weaving:
    """What is known of this conversation and stands in a request of it; nothing is decided."""
    follows = weaver.follows(document)
    held = await planning.ledger.held(follows) if follows else None
    known = held.offered if held is not None else place.offered and not follows
    woven = Weaving(offered=known, held=held)
    return with_changes(woven, planning, weaver, document, conversation, place)


async def weave_nothing(
    planning: Planning,
    weaver: Weaver,
    document: Document,
    conversation: Conversation,
    place: Place,
) -> Weaving:
    """What a request is woven with whose reply nobody can take our calls out of.

    It goes without our tool, also where that was offered before; a conversation that begins so is
    never given it.  What earlier turns hid is put back.
    """
    follows = weaver.follows(document)
    held = await planning.ledger.held(follows) if follows else None
    begins = place.is_open and not follows and weaver.offer(document) is not None
    woven = Weaving(decides=False if begins and place.chain else None, held=held)
    return with_changes(woven, planning, weaver, document, conversation, place)


async def weave_in_batch(
    planning: Planning,
    weaver: Weaver,
    document: Document,
    conversation: Conversation,
    place: Place,
    *,
    may_lose: bool,
) -> Weaving:
    """The same in a batch; where it *may_lose*, what its client's tools can show again may leave.

    Nothing is decided of our tool: what begins alike, and is sent by itself, may have it.  It stays
    where thinking is bound to all that stood before it: without it the request would be refused.
    """
    follows = weaver.follows(document)
    held = await planning.ledger.held(follows) if follows else None
    stays = place.offered and conversation.facts.bound_until > 0
    may_ask = may_lose and weaver.tools(document) and not _keeps_to_text(document)
    woven = Weaving(
        offered=stays and weaver.offer(document) is not None,
        means=_means(planning, offered=False) if may_ask else "",
        held=held,
    )
    return with_changes(woven, planning, weaver, document, conversation, place)


def _keeps_to_text(document: Document) -> bool:
    """Whether no tool may be called, as the request says in one dialect or another."""
    choice = document.get("tool_choice")
    return (choice.get("type") if isinstance(choice, dict) else choice) == "none"


def with_changes(
    woven: Weaving,
    planning: Planning,
    weaver: Weaver,
    document: Document,
    conversation: Conversation,
    place: Place,
) -> Weaving:
    """The same with the changes that follow from it."""
    offer = weaver.offer(document) if woven.offered else None
    changes: list[Change] = [offer] if offer is not None else []
    tokens = sum(planning.counter.count(_text(change)) for change in changes)
    if woven.held is not None:
        changes += weaver.follow(document, woven.held.last_id, woven.held.legs)
    for begin, legs in place.legs.items():
        at = conversation.blocks[begin].path[1]
        if isinstance(at, int):
            changes += weaver.put_back(document, at, legs)
            tokens += _tokens_of(planning, legs)
    return dataclasses.replace(woven, changes=tuple(changes), tokens=tokens)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one request teaches about conversations of its kind."""

    conversations: int = 0
    tokens: int = 0


def lesson_of(weaving: Weaving, plan: Plan) -> Lesson:
    """Whether such a conversation began, and what left it by our tool or would have."""
    return Lesson(int(bool(weaving.learns_of)), plan.needs_tool)


async def learn(planning: Planning, tenant: str, tools: Sequence[str], lesson: Lesson) -> None:
    """Count it, for all workers; where that fails it is told, and no more."""
    begun, tokens = lesson.conversations, lesson.tokens
    try:
        await planning.habits.note(tenant, tools, conversations=begun, tokens=tokens)
    except StoreError as error:
        planning.troubles.warn(logger, "a habit could not be noted", error)


async def _pays(
    planning: Planning,
    weaver: Weaver,
    document: Document,
    conversation: Conversation,
    tenant: str,
) -> tuple[bool, tuple[str, ...]]:
    """Whether to give our tool to a conversation that begins; its tools, if it is large enough."""
    if planning.offer == "never" or not _can_keep(planning):
        return False, ()
    fixed = await _fixed_tokens(planning, conversation)
    tools = weaver.tools(document) if fixed >= OFFER_FROM_TOKENS else ()
    if planning.offer == "always":
        return True, tools
    if not tools:
        return False, ()
    try:
        habit = await planning.habits.of(tenant, tools)
    except StoreError:
        return False, ()
    return offer_pays(fixed, habit, likely=expects(tools)), tools


async def _fixed_tokens(planning: Planning, conversation: Conversation) -> int:
    """How many tokens tools and system text have; 0 when they are certain to be few."""
    characters = sum(len(text) for text in conversation.fixed_text)
    if characters < FEWEST_CHARACTERS:
        return 0
    counted = partial(sum, map(planning.counter.count, conversation.fixed_text))
    return counted() if characters <= INLINE_CHARACTERS else await asyncio.to_thread(counted)


def _can_keep(planning: Planning) -> bool:
    health = planning.store_health()
    return health.durable and not health.problem


def _means(planning: Planning, *, offered: bool) -> Means:
    if not planning.leaves_out or not _can_keep(planning):
        return ""
    return "tool" if offered else "client"


def _tokens_of(planning: Planning, legs: Legs) -> int:
    """What these legs add to what the client has sent of them."""
    count = planning.counter.count
    return sum(
        sum(count(leg.pieces[index]) for index in leg.hidden if index < len(leg.pieces))
        + sum(count(answer) for answer in leg.answers)
        for leg in legs
        if leg.answers
    )


def _text(change: Change) -> str:
    return change.json.decode() if isinstance(change, Insert) else ""
