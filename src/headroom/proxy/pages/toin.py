"""`/v1/toin/…`: what was learned of the shapes of tools' outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from headroom.errors import BadRequest
from headroom.proxy.call import Call
from headroom.proxy.described import JSON, Described, Parameter, Reply
from headroom.proxy.pages.learned import MISSING, scope_shown, scopes, summary, told_pattern
from headroom.proxy.pages.told import telling
from headroom.proxy.proxy import Proxy
from headroom.proxy.schema import listed
from headroom.proxy.shapes.errors import ERROR
from headroom.proxy.shapes.patterns import PATTERN as PATTERN_SHAPE
from headroom.proxy.shapes.patterns import SHORT_PATTERN, TOIN_FIGURES
from headroom.state.pattern import Pattern
from headroom.state.patterns import MOST_SHOWN

PREFIX = "/v1/toin/pattern/"
HASH_SHOWN = 12
USUAL_LIMIT = 20
HEX = frozenset("0123456789abcdef")

STATS = Described("How much was learned of the shapes of tools' outputs", TOIN_FIGURES)
PATTERNS = Described(
    "The patterns of the most outputs",
    listed(SHORT_PATTERN),
    parameters=(
        Parameter(
            "limit",
            f"How many; {USUAL_LIMIT} where nothing is said.",
            {"type": "integer", "minimum": 1, "maximum": MOST_SHOWN},
        ),
    ),
)
PATTERN = Described(
    "All that is known of one pattern",
    PATTERN_SHAPE,
    below="{prefix}",
    parameters=(Parameter("prefix", "How its hash begins.", where="path"),),
    replies={404: Reply("No pattern begins so.", {JSON: ERROR})},
)


@telling(missing=MISSING)
async def stats(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /v1/toin/stats`."""
    return 200, await figures(proxy, call)


async def figures(proxy: Proxy, call: Call) -> Mapping[str, Any]:
    """How much is known, in all.  Raises StoreError."""
    known, scope = proxy.planning.patterns, scope_shown(call)
    advised = [one for one in await known.largest(scope) if _advises(one)]
    return {
        "enabled": proxy.planning.learns,
        "patterns_tracked": len(await known.signatures(scope)),
        **summary(await known.sums(scope)),
        "patterns_with_recommendations": len(advised),
    }


def _advises(one: Pattern) -> bool:
    return one.is_skipped or one.hint.eases


@telling(missing=MISSING)
async def patterns(proxy: Proxy, call: Call) -> tuple[int, list[Any]]:
    """`GET /v1/toin/patterns?limit=20`: those of the most outputs."""
    words = dict(parse_qsl(call.query.decode("latin-1"), keep_blank_values=True))
    said = words.get("limit", str(USUAL_LIMIT))
    if not said.isascii() or not said.isdigit() or not 1 <= int(said[:9]) <= MOST_SHOWN:
        raise BadRequest(f"limit must be a whole number from 1 to {MOST_SHOWN}")
    shown = await proxy.planning.patterns.largest(scope_shown(call), int(said))
    return 200, [
        {
            "hash": one.signature[:HASH_SHOWN],
            "compressions": one.compressions,
            "retrievals": one.retrievals,
            "retrieval_rate": f"{one.rate:.1%}",
            "confidence": round(one.confidence, 4),
            "skip_recommended": one.is_skipped,
            "optimal_max_items": one.items,
        }
        for one in shown
    ]


@telling(missing=MISSING)
async def pattern(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /v1/toin/pattern/{prefix}`: all that is known of one, by how its hash begins."""
    prefix = call.route.name.removeprefix(PREFIX)
    known = proxy.planning.patterns
    for scope in scopes(call):
        signatures = sorted(await known.signatures(scope)) if HEX.issuperset(prefix) else []
        found = [one for one in signatures if one.startswith(prefix)][:1]
        for one in await known.patterns(scope, found):
            return 200, told_pattern(one)
    return 404, {"detail": "no pattern begins so"}
