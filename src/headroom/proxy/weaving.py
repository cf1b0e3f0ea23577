"""Whether a conversation has our tool, and what in a request follows from that.

The tool is offered with the first request of a conversation or never; hidden legs of earlier
turns are put back; where the provider keeps the history, the request goes on from the last leg.
"""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass

from headroom.conversation import Change, Conversation, Insert, Legs, Plan
from headroom.economics import OFFER_FROM_TOKENS, offer_pays
from headroom.errors import StoreError
from headroom.formats.turns import Weaver
from headroom.pipeline import Means
from headroom.proxy.planning import Planning
from headroom.state.ledger import Place
from headroom.wire.document import Document

# A token has four characters and more, mostly; no text has more tokens than bytes.
FEWEST_CHARACTERS = OFFER_FROM_TOKENS
INLINE_CHARACTERS = 65_536


@dataclass(frozen=True, slots=True)
class Weaving:
    """What is done to a request beside its blocks, and what may be left out of these.

    *tokens* is what *changes* add to it.
    """

    changes: tuple[Change, ...] = ()
    offered: bool = False
    is_new_offer: bool = False
    means: Means = ""
    tokens: int = 0

    def without_means(self) -> Weaving:
        """The same for when originals cannot be kept: a new conversation goes without our tool."""
        if self.is_new_offer:
            return Weaving()
        return dataclasses.replace(self, means="")

    def counted(self, plan: Plan) -> Plan:
        """The plan with these tokens among those that are sent."""
        if not self.tokens:
            return plan
        return dataclasses.replace(plan, tokens_after=plan.tokens_after + self.tokens)


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
    offer = weaver.offer(document)
    offered, is_new = False, False
    if offer is not None and place.chain:
        is_new = place.is_new and not follows
        if is_new:
            offered = await _pays(planning, conversation, place, tenant)
        else:
            offered = held.offered if held is not None else place.offered
    changes: list[Change] = [offer] if offered and offer is not None else []
    tokens = sum(planning.counter.count(_text(change)) for change in changes)
    if held is not None:
        changes += weaver.follow(document, held.last_id, held.legs)
    for begin, legs in place.legs.items():
        at = conversation.blocks[begin].path[1]
        if isinstance(at, int):
            changes += weaver.put_back(document, at, legs)
            tokens += _tokens_of(planning, legs)
    return Weaving(
        changes=tuple(changes),
        offered=offered,
        is_new_offer=is_new and offered,
        means=_means(planning, offered=offered),
        tokens=tokens,
    )


async def _pays(planning: Planning, conversation: Conversation, place: Place, tenant: str) -> bool:
    """Whether to give our tool to a conversation that begins."""
    if planning.offer == "never" or place.trouble or not _can_keep(planning):
        return False
    if planning.offer == "always":
        return True
    characters = sum(len(text) for text in conversation.fixed_text)
    if characters < FEWEST_CHARACTERS:
        return False
    if characters <= INLINE_CHARACTERS:
        fixed = _counted(planning, conversation)
    else:
        fixed = await asyncio.to_thread(_counted, planning, conversation)
    try:
        habit = await planning.habits.of(tenant, conversation.fixed_text)
    except StoreError:
        return False
    return offer_pays(fixed, habit)


def _counted(planning: Planning, conversation: Conversation) -> int:
    return sum(planning.counter.count(text) for text in conversation.fixed_text)


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
