"""What pages say of patterns: whose they are, and their figures in the original's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from headroom.hints import Evidence, Sample, share
from headroom.proxy.call import Call
from headroom.state.pattern import Pattern, retrievals
from headroom.state.pattern_counts import Total
from headroom.state.pattern_table import EVERYONE
from headroom.state.patterns import scope_of

MISSING = "patterns"
DIGITS = 4


def scope_shown(call: Call) -> str:
    """Where these figures are counted: a caller without any credential sees those of all."""
    return scope_of(call.caller.tenant) if call.caller.credited else EVERYONE


def scope_named(call: Call) -> str:
    """Where the names of this caller's tools stand: among all there are none."""
    return scope_of(call.caller.tenant)


def scopes(call: Call) -> Iterable[str]:
    """Where patterns are looked for: the caller's own first, as they say more, having names."""
    return dict.fromkeys((scope_named(call), scope_shown(call)))


def summary(totals: Mapping[Total, int]) -> dict[str, Any]:
    """The figures of all patterns together."""
    fetched = retrievals(totals)
    return {
        "total_compressions": totals["compressions"],
        "total_retrievals": fetched,
        "global_retrieval_rate": rate(fetched, totals["compressions"]),
    }


def rate(part: float, whole: float) -> float:
    """The share, never more than 1.0."""
    return round(share(part, whole), DIGITS)


def told_pattern(one: Pattern) -> dict[str, Any]:
    """All that is known of one pattern."""
    hint = one.hint
    return {
        "hash": one.signature,
        "tool_name": one.shape.tool,
        "kind": one.shape.kind,
        "fields": fields_told(one),
        "first_seen": round(one.shape.since),
        "compressions": one.compressions,
        "retrievals": one.retrievals,
        "retrieval_rate": round(one.rate, DIGITS),
        "confidence": round(one.confidence, DIGITS),
        "counts": dict(one.totals),
        "evidence": evidence_told(one.evidence),
        "recommendation": recommendation(one),
        "skip_recommended": one.is_skipped,
        "optimal_max_items": one.items,
        "preserve_fields": list(hint.fields),
        "room": hint.room,
    }


def fields_told(one: Pattern) -> dict[str, str]:
    """The kinds of its fields by their names, where it has names."""
    return {name: kind for name, kind in one.shape.fields if name}


def evidence_told(evidence: Evidence) -> dict[str, Any]:
    """Evidence as it counts now."""
    return {
        "plain": sample(evidence.plain),
        "eased": sample(evidence.eased),
        "fields": {name: round(times, 2) for name, times in evidence.fields.items()},
    }


def sample(one: Sample) -> dict[str, float]:
    """What became of outputs that were cut down in one way."""
    return {
        "reduced": round(one.reduced, 2),
        "regretted": round(one.regretted, 2),
        "asked": round(one.asked, 2),
    }


def recommendation(one: Pattern) -> str:
    """What is advised, in words."""
    hint = one.hint
    said: list[str] = []
    if hint.regret:
        share_said = f"{hint.regret:.0%} of such outputs are asked for again whole"
        said.append(share_said + (", so mostly they are left alone" if one.is_skipped else ""))
    if hint.fields:
        said.append(f"these fields stay: {', '.join(hint.fields)}")
    if hint.room > 1:
        said.append(f"{hint.room:g} times the usual room")
    return "; ".join(said) or ("as usual" if one.confidence >= 1 else "too few samples")


def signature_told(one: Pattern) -> dict[str, Any]:
    """What the shape of such outputs is, without a name of anything but the tenant's own."""
    kinds = [kind for _, kind in one.shape.fields]
    return {
        "structure_hash": one.signature,
        "field_count": len(kinds),
        "has_nested_objects": "object" in kinds,
        "has_arrays": "list" in kinds,
        "has_numbers": "number" in kinds,
        "has_strings": "text" in kinds,
        "has_booleans": "flag" in kinds,
        "kind": one.shape.kind,
        "tool_name": one.shape.tool,
    }


def average(total: float, count: int) -> float:
    """Of each; 0 where there were none."""
    return round(total / count, DIGITS) if count else 0.0


def most_asked(patterns: Sequence[Pattern], limit: int) -> dict[str, float]:
    """The fields that were asked for most, and how often, as it counts now."""
    asked: dict[str, float] = {}
    for one in patterns:
        for name, times in one.evidence.fields.items():
            asked[name] = asked.get(name, 0.0) + times
    best = sorted(asked, key=lambda name: (-asked[name], name))[:limit]
    return {name: round(asked[name], 2) for name in best}
