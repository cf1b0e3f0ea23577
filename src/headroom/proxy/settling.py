"""The end of a call: one outcome, told to all who listen, and what was set apart for it charged."""

from __future__ import annotations

from headroom.proxy.ending import outcome_of
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record


def settle(proxy: Proxy, record: Record) -> None:
    """Take note that this call has ended; once, whatever happened."""
    # Its outcome may have to wait for prices; the call does not.
    record.total_ms, record.ended_at = record.elapsed_ms(), proxy.planning.clock()
    used = record.may_cost or record.usage is not None or record.earlier
    if used and not proxy.planning.accounting.has_prices:
        # Its first call was broken off; reading prices in here would hold up all others.
        proxy.planning.later(_settle_priced(proxy, record), to_its_end=True)
    else:
        _settle(proxy, record)


async def _settle_priced(proxy: Proxy, record: Record) -> None:
    await proxy.planning.accounting.load_prices()
    _settle(proxy, record)


def _settle(proxy: Proxy, record: Record) -> None:
    planning = proxy.planning
    outcome = outcome_of(record, planning)
    if record.content is not None:
        proxy.chronicle.scribe.hold(record.request_id, record.content.packed())
    proxy.observers.settle(outcome)
    used = outcome.usage
    if used is not None and not outcome.estimated and record.kind[0]:
        each = used.output_tokens // outcome.legs
        proxy.answer_lengths.note(record.kind, each)
    for hold in record.holds:
        planning.later(hold.settle(outcome), to_its_end=True)
    if record.standing is not None and record.entry is not None:
        noting = planning.accounting.note(record.standing, record.entry)
        planning.later(noting, to_its_end=True)
