"""What a call is expected to use, told before it is sent: its input as counted, less what is read
from the cache, and an answer as long as answers have been lately."""

from __future__ import annotations

from dataclasses import replace

from headroom.economics.account import HOUR_S
from headroom.outcome import Usage
from headroom.proxy.labels import label
from headroom.proxy.lately import Lately
from headroom.proxy.paid import kind_of
from headroom.proxy.planning import Planning
from headroom.proxy.record import Record

USUAL_ANSWER_TOKENS = 4_000
"""At most expected where the request does not say how long its answer may be."""
SHORT_ANSWER_TOKENS = 500
"""Expected where answers are mostly short: on WebSockets, in batches, in what is only relayed."""


def expect(planning: Planning, record: Record, lengths: Lately) -> None:
    """Note what the call will use, and what others like it are known by."""
    record.kind = (record.caller.tenant, label(record.model))
    record.expected = expected(planning, record, lengths)


def expected(planning: Planning, record: Record, lengths: Lately) -> Usage:
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


def _answer(record: Record, lengths: Lately) -> int:
    """As long as a long one of this tenant and model, at least an eighth of what is allowed.

    Where none is known, as long as it may be: many first calls at once would all be taken for
    short ones.
    """
    if kind_of(record.call) != "text":
        return record.usual_answer
    most = record.most_answer or USUAL_ANSWER_TOKENS
    long_one = lengths.high(record.kind) or USUAL_ANSWER_TOKENS
    return min(max(round(long_one), most // 8), most) * record.answers
