"""`/v1/telemetry…`: the counts, by the shape of tools' outputs, to look at, take along and bring.

Nothing of it leaves the machine but by whoever asks for it here: what is sent where an endpoint
is set (`observe/telemetry.py`) are other sums.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from headroom.errors import BadRequest
from headroom.hints import Shape
from headroom.pipeline.signature import LONGEST_NAME, MOST_FIELDS, SIGNATURE_CHARACTERS
from headroom.proxy.call import Call
from headroom.proxy.described import JSON, Described, Parameter, Reply
from headroom.proxy.pages.learned import (
    MISSING,
    average,
    evidence_told,
    fields_told,
    rate,
    recommendation,
    scope_shown,
    scopes,
    signature_told,
    summary,
)
from headroom.proxy.pages.told import object_in, telling
from headroom.proxy.proxy import Proxy
from headroom.proxy.schema import of_type
from headroom.proxy.shapes.errors import ERROR
from headroom.proxy.shapes.patterns import (
    EXPORT as EXPORT_SHAPE,
)
from headroom.proxy.shapes.patterns import IMPORTED, TELEMETRY_FIGURES, TOOL_STATS
from headroom.proxy.shapes.patterns import TOOLS as TOOLS_SHAPE
from headroom.state.pattern import Pattern
from headroom.state.pattern_counts import TOTALS, Total
from headroom.state.patterns import MOST_SHOWN, Experience

PREFIX = "/v1/telemetry/tools/"
VERSION = "1.0"
LARGEST_IMPORT_BYTES = 4 * 1_048_576
WRITTEN_AT_ONCE = 16
MOST_COUNTED, MOST_EVIDENCE = 1_000_000_000_000, 100_000

# A whole number, which in JSON may have a point: 12.0.
Count = Annotated[float, Meta(ge=0, le=MOST_COUNTED, multiple_of=1)]
Weight = Annotated[float, Meta(ge=0, le=MOST_EVIDENCE)]
Name = Annotated[str, Meta(max_length=LONGEST_NAME)]
Signature = Annotated[str, Meta(pattern=rf"^[0-9a-f]{{{SIGNATURE_CHARACTERS}}}$")]


class BroughtSample(msgspec.Struct, frozen=True):
    """Evidence as another installation counted it."""

    reduced: Weight = 0.0
    regretted: Weight = 0.0
    asked: Weight = 0.0


class BroughtEvidence(msgspec.Struct, frozen=True):
    """All evidence of one shape."""

    plain: BroughtSample = BroughtSample()
    eased: BroughtSample = BroughtSample()
    fields: Annotated[dict[Name, Weight], Meta(max_length=MOST_FIELDS)] = {}


class BroughtShape(msgspec.Struct, frozen=True):
    """What is taken of a signature."""

    kind: Annotated[str, Meta(pattern="^(records|text)$")] = "text"
    tool_name: Annotated[str, Meta(max_length=256)] = ""
    fields: Annotated[dict[Name, Name], Meta(max_length=MOST_FIELDS)] = {}


class BroughtStats(msgspec.Struct, frozen=True):
    """What is taken of one tool's statistics: counts; rates are made anew."""

    signature: BroughtShape = BroughtShape()
    counts: dict[str, Count] = {}
    evidence: BroughtEvidence = BroughtEvidence()


class Brought(msgspec.Struct, frozen=True):
    """An export that is brought here."""

    version: Annotated[str, Meta(pattern=rf"^{VERSION}$")]
    tool_stats: Annotated[dict[Signature, BroughtStats], Meta(max_length=MOST_SHOWN)]


OVERVIEW = Described("What was counted by the shape of tools' outputs", TELEMETRY_FIGURES)
EXPORTED = Described("The same, to take along", EXPORT_SHAPE)
BRING = Described(
    "Add what an export gave to the caller's own",
    IMPORTED,
    takes=of_type(Brought),
    method="post",
)
TOOLS = Described("The counts of each shape", TOOLS_SHAPE)
OF_TOOL = Described(
    "The counts of one shape",
    TOOL_STATS,
    below="{signature}",
    parameters=(Parameter("signature", "Of the shape, as `tools` tells it.", where="path"),),
    replies={404: Reply("No tool's outputs have this signature.", {JSON: ERROR})},
)


@telling(missing=MISSING)
async def overview(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /v1/telemetry`."""
    return 200, await figures(proxy, call)


async def figures(proxy: Proxy, call: Call) -> dict[str, Any]:
    """What was counted, in all.  Raises StoreError."""
    known, scope = proxy.planning.patterns, scope_shown(call)
    totals = await known.sums(scope)
    before, after = totals["tokens_before"], totals["tokens_after"]
    return {
        "enabled": proxy.settings.telemetry,
        "endpoint_set": bool(proxy.settings.telemetry_endpoint),
        "sent": proxy.settings.sends_telemetry,
        **summary(totals),
        "total_tokens_saved": before - after,
        "tool_signatures_tracked": len(await known.signatures(scope)),
        "events_in_memory": 0,
        "avg_compression_ratio": rate(after, before),
        "avg_token_reduction": rate(before - after, before),
    }


@telling(missing=MISSING)
async def export(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /v1/telemetry/export`."""
    shown = await _patterns(proxy, call)
    now = datetime.now(UTC).replace(microsecond=0)
    return 200, {
        "version": VERSION,
        "export_timestamp": now.isoformat(),
        "summary": await figures(proxy, call),
        "tool_stats": {one.signature: _stats(one) for one in shown},
        "recommendations": {one.signature: recommendation(one) for one in shown},
    }


async def _patterns(proxy: Proxy, call: Call) -> list[Pattern]:
    """The caller's own with their names, and behind them those of all, where they are shown."""
    known = proxy.planning.patterns
    found: dict[str, Pattern] = {}
    for scope in scopes(call):
        for one in await known.largest(scope):
            found.setdefault(one.signature, one)
    return list(found.values())[:MOST_SHOWN]


@telling(missing=MISSING)
async def bring(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`POST /v1/telemetry/import` of what an export gave: counts are added to the caller's own."""
    body = await object_in(proxy, call, limit=LARGEST_IMPORT_BYTES)
    experiences = await asyncio.to_thread(_lessons, body)
    for at in range(0, len(experiences), WRITTEN_AT_ONCE):
        # Others' requests are counted in between.
        some = experiences[at : at + WRITTEN_AT_ONCE]
        await proxy.planning.patterns.note(call.caller.tenant, some)
    return 200, {"status": "imported", "current_stats": await figures(proxy, call)}


def _lessons(body: Mapping[str, Any]) -> list[Experience]:
    try:
        brought = msgspec.convert(body, Brought)
    except msgspec.ValidationError as error:
        raise BadRequest(f"this is no export of patterns: {error}") from error
    return [_lesson(name, stats) for name, stats in brought.tool_stats.items()]


def _lesson(signature: str, stats: BroughtStats) -> Experience:
    """What is counted of it: evidence in whole numbers, and never more asked for than cut down."""
    fields = tuple(stats.signature.fields.items())
    shape = Shape(signature, stats.signature.tool_name, stats.signature.kind, fields)
    totals: dict[Total, int] = {what: int(n) for what in TOTALS if (n := stats.counts.get(what, 0))}
    totals.pop("tenants", None)
    signs: dict[str, int] = {}
    for prefix, one in (("", stats.evidence.plain), ("eased_", stats.evidence.eased)):
        reduced = round(one.reduced)
        signs["eased" if prefix else "reduced"] = reduced
        signs[f"{prefix}regretted"] = min(round(one.regretted), reduced)
        signs[f"{prefix}asked"] = min(round(one.asked), reduced)
    asked = {name: round(times) for name, times in stats.evidence.fields.items()}
    signs["named"] = max(asked.values(), default=0)
    return Experience(shape, "", totals, {name: n for name, n in signs.items() if n}, asked)


@telling(missing=MISSING)
async def tools(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /v1/telemetry/tools`."""
    shown = await _patterns(proxy, call)
    told = {one.signature: _stats(one) for one in shown}
    return 200, {"tool_count": len(told), "tools": told}


@telling(missing=MISSING)
async def of_tool(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /v1/telemetry/tools/{sig}`."""
    signature = call.route.name.removeprefix(PREFIX)
    known = proxy.planning.patterns
    for scope in scopes(call):
        for one in await known.patterns(scope, [signature]):
            return 200, _stats(one)
    return 404, {"detail": "no tool's outputs have this signature"}


def _stats(one: Pattern) -> dict[str, Any]:
    totals, count = one.totals, one.compressions
    return {
        "signature": {
            **signature_told(one),
            "fields": fields_told(one),
        },
        "total_compressions": count,
        "total_retrievals": one.retrievals,
        "retrieval_rate": rate(one.retrievals, count),
        "total_items_seen": totals["units"],
        "total_items_kept": totals["units_kept"],
        "avg_compression_ratio": rate(totals["tokens_after"], totals["tokens_before"]),
        "avg_token_reduction": rate(
            totals["tokens_before"] - totals["tokens_after"], totals["tokens_before"]
        ),
        "avg_items_seen": average(totals["units"], count),
        "avg_items_kept": average(totals["units_kept"], count),
        "strategy_counts": {
            "plain": round(one.evidence.plain.reduced),
            "eased": round(one.evidence.eased.reduced),
            "left_alone": totals["left_alone"],
        },
        "counts": dict(totals),
        "evidence": evidence_told(one.evidence),
    }
