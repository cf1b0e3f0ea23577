"""What a request may cost and hold: from its model, its conversation's account, and the clock."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from headroom.conversation import Conversation
from headroom.economics import UNCACHED, UNSAID_S, Costs, alive_chance
from headroom.economics.account import HOUR_S
from headroom.pipeline.budget import BOUNDLESS, Budget
from headroom.proxy.accounting import Standing
from headroom.proxy.expected import USUAL_ANSWER_TOKENS
from headroom.proxy.glance import most_answer
from headroom.proxy.planning import Planning
from headroom.state.place import Place
from headroom.wire.document import Document

SAFE_SHARE = 0.98
"""Of the window: our count is an estimate for most models."""
ENOUGH_REQUESTS = 2
"""After so many without a token read or written, nobody caches."""

_COMPACTIONS = ("compact_20260112", "compaction")


def budget_of(
    planning: Planning,
    document: Document,
    conversation: Conversation,
    place: Place,
    standing: Standing,
    *,
    provider: str,
    beside: int,
    beta: str = "",
) -> Budget:
    """The budget of a request; *beside* are the tokens that we put in, *beta* its header."""
    if conversation.facts.server_held_history:
        return dataclasses.replace(BOUNDLESS, beside=beside)
    account = standing.account
    factor = planning.calibration.known(conversation.model) or place.factor or 1.0
    tier = planning.accounting.tier(conversation.model, provider)
    return dataclasses.replace(
        planning.budget,
        costs=_costs(planning, conversation, place, standing, provider),
        most_tokens=_most_tokens(planning, document, conversation, factor, beta),
        dear_from=int(tier.above_tokens / factor) if tier is not None else 0,
        dear_factor=tier.factor if tier is not None else 1.0,
        beside=beside,
        spares_new=bool(account.stopped),
        rewrites=planning.budget.rewrites and not account.stopped,
        spare=account.saved_units if account.requests else float("inf"),
    )


def _costs(
    planning: Planning,
    conversation: Conversation,
    place: Place,
    standing: Standing,
    provider: str,
) -> Costs:
    facts, account = conversation.facts, standing.account
    asks = facts.cache_marks or facts.always_cached or place.marks.begun
    cached = account.read + account.written_5m + account.written_1h + account.written_other
    if not asks and not cached and account.requests >= ENOUGH_REQUESTS:
        return UNCACHED
    last_at = max(place.last_at, account.last_at)
    ttl_s = max(facts.cache_ttl_s, account.lifetime_s) or UNSAID_S
    alive = alive_chance(standing.sent_at - last_at, ttl_s) if last_at else 1.0
    weights = planning.accounting.weights(conversation.model, provider)
    write = weights.write_1h if facts.cache_ttl_s == HOUR_S else weights.write
    return Costs(read=weights.read, write=write, output=weights.output, alive=alive)


def _most_tokens(
    planning: Planning, document: Document, conversation: Conversation, factor: float, beta: str
) -> int:
    """What the request may hold by our count; 0 where nobody knows."""
    limits = planning.accounting.limits(conversation.model, beta=beta)
    reserve = most_answer(document) or USUAL_ANSWER_TOKENS
    rooms = [*_thresholds(document)]
    room = limits.room(reserve) if limits is not None else None
    if room is not None:
        rooms.append(room)
    return int(min(rooms) * SAFE_SHARE / factor) if rooms else 0


def _thresholds(document: Document) -> Iterable[int]:
    """Where the request asks its provider to make a summary of the history (PROVIDERS 6.7, 7.2)."""
    management = document.get("context_management")
    edits = management.get("edits") if isinstance(management, dict) else management
    for edit in edits if isinstance(edits, list) else ():
        if not isinstance(edit, dict) or edit.get("type") not in _COMPACTIONS:
            continue
        trigger = edit.get("trigger")
        value = trigger.get("value") if isinstance(trigger, dict) else edit.get("compact_threshold")
        yield from _counts([value])


def _counts(values: Iterable[Any]) -> Iterable[int]:
    return [each for each in values if type(each) is int and each > 0]
