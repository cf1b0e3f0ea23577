"""A plan within its deadline, made here or in another process; it never fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Collection

from headroom.conversation import Conversation, Known, Plan
from headroom.errors import HeadroomError
from headroom.hints import NO_HINTS, Hints
from headroom.pipeline import Means, Seen, Texts, replay
from headroom.pipeline import plan as plan_inline
from headroom.pipeline.budget import BOUNDLESS, Budget
from headroom.proxy.planning import Planning

logger = logging.getLogger(__name__)


# Planning fresh text costs about 2 ms per 8 KB; counting its tokens a fifth of that, indexing
# it a twentieth (benchmarks/overhead).  Beyond 2 ms a plan is made in another process.
INLINE_CHARACTERS = 8_192
COUNTING_SHARE = 5
INDEXING_SHARE = 20


async def attempt(
    planning: Planning,
    conversation: Conversation,
    known: Known,
    seen: Seen,
    *,
    means: Means = "",
    budget: Budget = BOUNDLESS,
    woven: Collection[int] = (),
    hints: Hints = NO_HINTS,
) -> Plan:
    """A plan within the deadline; one that leaves all new blocks as they are if that fails.

    Where only looking back failed, new blocks are planned without it.  *means*, *budget*, *woven*
    and *hints*: see `pipeline.plan`.
    """
    is_quick = _is_quick(conversation, known, seen)

    async def made(allowed: Budget) -> Plan:
        if is_quick and not allowed.looks_back(conversation, known):
            return plan_inline(
                conversation,
                known,
                counter=planning.counter,
                seen=seen,
                passes=planning.passes,
                means=means,
                choices=planning.choices,
                budget=allowed,
                woven=woven,
                hints=hints,
            )
        return await planning.planners.plan(
            conversation,
            known,
            means=means,
            choices=planning.choices,
            budget=allowed,
            woven=tuple(woven),
            hints=hints,
        )

    plan, reason = await _tried(made(budget))
    if plan is None and is_quick and budget.looks_back(conversation, known):
        logger.warning("nothing that was sent is looked at again: %s", reason)
        plan, reason = await _tried(made(budget.looking_ahead()))
    return await given_up(planning, conversation, known, reason) if plan is None else plan


async def _tried(making: Awaitable[Plan]) -> tuple[Plan | None, str]:
    """The plan, or what prevented it."""
    try:
        return await making, ""
    except HeadroomError as error:
        return None, str(error)
    except Exception as error:  # noqa: BLE001
        # Law 7: whatever goes wrong with new blocks, the request goes on without them.  The
        # error's text may hold content, so only its type is told.
        return None, type(error).__name__


def _is_quick(conversation: Conversation, known: Known, seen: Seen) -> bool:
    """Whether planning what is new here would hold up the event loop for 2 ms at most."""
    new = conversation.blocks[known.decided :]
    fresh = sum(len(block.text) for block in new if block.editable)
    counted = sum(len(block.text) for block in (new if known.counted else conversation.blocks))
    cost = fresh + (counted - fresh) / COUNTING_SHARE
    if fresh:
        texts = Texts.of(conversation, known.forms)
        unseen = sum(texts.size(number) for number in range(seen.texts, len(texts)))
        cost += (unseen - fresh) / INDEXING_SHARE
    return cost <= INLINE_CHARACTERS


async def given_up(
    planning: Planning, conversation: Conversation, known: Known, reason: str
) -> Plan:
    """The plan that leaves all new blocks as they are; counting them is left to a thread."""
    logger.warning("new blocks are sent as they came: %s", reason)
    return await asyncio.to_thread(
        replay, conversation, known, counter=planning.counter, failed=reason
    )
