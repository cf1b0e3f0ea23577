"""What a call is expected to use, told before it is sent: its input as counted, less what is read
from the cache, and an answer as long as answers have been lately."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

from headroom.economics.account import HOUR_S
from headroom.outcome import Usage
from headroom.proxy.paid import kind_of
from headroom.proxy.planning import Planning
from headroom.proxy.record import Record, label
from headroom.state.bounded import Bounded

USUAL_ANSWER_TOKENS = 4_000
"""At most expected where the request does not say how long its answer may be."""
SHORT_ANSWER_TOKENS = 500
"""Expected where answers are mostly short: on WebSockets, in batches, in what is only relayed."""
CONSIDERED = 40
"""So many of the last answers are looked at."""
REMEMBERED = 2_048
"""Callers and models of which any are remembered."""


class AnswerLengths:
    """How long the last answers were, per tenant and model."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: Bounded[tuple[str, str], deque[int]] = Bounded(REMEMBERED)

    def note(self, tenant: str, model: str, output_tokens: int) -> None:
        """Take in one answer; *model* is a label."""
        key = (tenant, model)
        lengths = self._last.get(key) or deque(maxlen=CONSIDERED)
        lengths.append(output_tokens)
        self._last[key] = lengths

    def long_one(self, tenant: str, model: str) -> int:
        """Longer than 95 in a hundred of them; 0 where none is known."""
        lengths = sorted(self._last.get((tenant, model), ()))
        return lengths[math.ceil(0.95 * len(lengths)) - 1] if lengths else 0


def expected(planning: Planning, record: Record, lengths: AnswerLengths) -> Usage:
    """What the call will use: what its conversation has cached is read, what it marks written.

    At the price of uncached input a conversation of an agent would be held ten times too dear,
    and few could run at once; at the price of what is likely, one that turns out dearer goes
    beyond the budget by what it costs more.
    """
    usage = Usage(record.input_tokens(planning), _answer(record, lengths))
    standing = record.standing
    if standing is None:
        return usage
    usage = planning.accounting.supposed(usage, standing, record.plan)
    if not standing.facts.cache_marks:
        return usage
    if standing.facts.cache_ttl_s >= HOUR_S:
        return replace(usage, cache_write_1h_tokens=usage.uncached_tokens)
    return replace(usage, cache_write_5m_tokens=usage.uncached_tokens)


def _answer(record: Record, lengths: AnswerLengths) -> int:
    """As long as a long one of this tenant and model, at least an eighth of what is allowed.

    Where none is known, as long as it may be: many first calls at once would all be taken for
    short ones.
    """
    if kind_of(record.call) != "text":
        return record.usual_answer
    most = record.most_answer or USUAL_ANSWER_TOKENS
    long_one = lengths.long_one(record.caller.tenant, label(record.model))
    return min(max(long_one or USUAL_ANSWER_TOKENS, most // 8), most) * record.answers
