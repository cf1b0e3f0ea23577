"""The outcome of a call: its draft, as it stands at the end, in the form that is told to all."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from headroom.economics import NO_LEG, Leg
from headroom.observe.client import client_of
from headroom.observe.clients import DOUBLED
from headroom.outcome import Bust, Outcome, Usage
from headroom.proxy.accounting import STOPPED
from headroom.proxy.labels import label, tags_of
from headroom.proxy.planning import Planning
from headroom.proxy.record import CONTENT_CHARACTERS, Record
from headroom.tokens import counts_exactly

NOT_FOUND = 404
DOUBLED_PATH = "/v1/v1/"
DEAREST = "priced as the dearest known model of {provider}"


def outcome_of(record: Record, planning: Planning) -> Outcome:
    """The call's outcome, with our own count where the provider reported none."""
    ran = record.leg(planning)
    record.last = ran or NO_LEG
    legs = [*record.earlier, ran] if ran else record.earlier
    billed = record.billed(planning, legs)
    free = Decimal(0) if record.verdict == "cached" else None
    stopped = record.standing is not None and record.standing.account.stopped > 0
    return Outcome(
        request_id=record.request_id,
        verdict=record.verdict,
        method=record.call.method,
        route=record.call.route.told,
        provider=record.call.route.provider,
        model=label(record.model),
        status=record.status,
        streaming=record.streaming,
        tokens_before=record.plan.tokens_before,
        tokens_after=record.plan.tokens_after,
        counted_exactly=counts_exactly(record.model),
        transforms=record.plan.transforms,
        usage=sum((leg.usage for leg in legs), Usage()) if legs else None,
        estimated=record.estimated,
        legs=max(sum(leg.times for leg in legs), 1),
        failed=record.plan.failed,
        rewrite=record.plan.rewrite,
        guessed_price=_guessed(record, planning, legs),
        price=billed.price if billed else "",
        cost=billed.cost if billed else free,
        direct_cost=billed.direct_cost if billed else None,
        units=billed.units if billed else None,
        direct_units=billed.direct_units if billed else None,
        notes=_notes(record, planning, legs, stopped=stopped),
        overhead_ms=record.overhead_ms,
        first_byte_ms=record.first_byte_ms,
        total_ms=record.total_ms or record.elapsed_ms(),
        at=record.ended_at or planning.clock(),
        tenant=record.caller.tenant,
        key_id=record.caller.key_id,
        tags=tags_of(record.call.headers),
        known_model=_known_model(record, planning),
        input_cost=billed.input_cost if billed else free,
        uncached_cost=billed.uncached_cost if billed else free,
        retrieval_cost=billed.retrieval_cost if billed else free,
        write_premium=billed.write_premium if billed else free,
        bust=_bust(record),
        missed_tokens=_missed_tokens(record),
        refusal=record.refusal,
        cache=record.cache,
        treated=record.treated,
        untold=record.untold,
        passages=record.stages.passages,
        messages=record.messages,
        requests=record.requests,
        asked_model=label(record.asked_model),
        traceparent=_traceparent(record),
        client=client_of(_said(record, b"user-agent")),
        asked=record.asked,
        answered="".join(record.said)[:CONTENT_CHARACTERS] if record.tells_content else "",
    )


def _traceparent(record: Record) -> str:
    return label(_said(record, b"traceparent"))


def _said(record: Record, name: bytes) -> str:
    return (record.call.header(name) or b"").decode("latin-1")


def _known_model(record: Record, planning: Planning) -> str:
    """What the table of prices calls it; empty where that has none, or is not loaded.

    However clients spell and date their models, of those there are only so many.
    """
    accounting = planning.accounting
    if not record.model or not accounting.has_prices:
        return ""
    known = accounting.rates(record.model, record.call.route.provider, record.terms)
    return "" if known is None else label(known.model)


def _missed_tokens(record: Record) -> int:
    added = record.entry
    return max(added.expected - added.read, 0) if added is not None else 0


def _bust(record: Record) -> Bust:
    """Whose doing it is that half of what had been left in the cache was not read, or more."""
    added, standing = record.entry, record.standing
    if added is None or standing is None or record.estimated:
        return ""
    if added.busts:
        return "ours"
    was_cached = standing.account.read or standing.account.written
    if not was_cached or not standing.account.is_alive(standing.sent_at) or added.rewrites:
        return ""
    return "other" if 2 * added.read < added.expected else ""


def _notes(
    record: Record, planning: Planning, legs: Sequence[Leg], *, stopped: bool
) -> tuple[str, ...]:
    said = [STOPPED, *record.notes] if stopped else [*record.notes]
    if record.status == NOT_FOUND and record.call.route.name.startswith(DOUBLED_PATH):
        said.append(DOUBLED)
    if _guessed(record, planning, legs):
        said.append(DEAREST.format(provider=record.call.route.provider))
    return tuple(said)


def _guessed(record: Record, planning: Planning, legs: Sequence[Leg]) -> bool:
    """Whether some leg was priced as if the dearest model of its provider had run it."""
    if not record.under_budget:
        return False
    dearest = planning.accounting.dearest(record.call.route.provider)
    return dearest is not None and any(
        leg.price in (dearest, dearest.of_many) for leg in legs if leg.price
    )
