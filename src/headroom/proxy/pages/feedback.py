"""`/v1/feedback…`: what became of each tool's outputs, and what is advised for the next ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from headroom.hints import Hint
from headroom.proxy.call import Call
from headroom.proxy.described import Described, Parameter
from headroom.proxy.pages.learned import (
    MISSING,
    most_asked,
    rate,
    recommendation,
    scope_named,
    scope_shown,
    summary,
)
from headroom.proxy.pages.told import telling
from headroom.proxy.proxy import Proxy
from headroom.proxy.shapes.patterns import FEEDBACK, TOOL_FEEDBACK
from headroom.state.pattern import Pattern, retrievals, together

HIGH_RETRIEVAL = 0.5
"""From so many retrievals on, for each output that was cut down, a tool is told to have many."""
PREFIX = "/v1/feedback/"
MOST_ITEMS, FEWEST_ITEMS, AGGRESSIVENESS = 15, 3, 0.7
"""What the original calls its usual room; ours is told in tokens, by the kind of content."""
MOST_NAMED = 10

OVERVIEW = Described("What became of each tool's outputs", FEEDBACK, "Of the caller's own tools.")
OF_TOOL = Described(
    "What is advised for the next outputs of one tool",
    TOOL_FEEDBACK,
    below="{tool}",
    parameters=(Parameter("tool", "The tool's name.", where="path"),),
)


@telling(missing=MISSING)
async def overview(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /v1/feedback`."""
    known = proxy.planning.patterns
    totals = await known.sums(scope_shown(call))
    by_tool: dict[str, list[Pattern]] = {}
    for one in await known.largest(scope_named(call)):
        by_tool.setdefault(one.shape.tool, []).append(one)
    told = {tool: _pattern(patterns, ()) for tool, patterns in by_tool.items()}
    feedback = {**summary(totals), "tools_tracked": len(told), "tool_patterns": told}
    example = next((_hints(patterns) for patterns in by_tool.values()), {})
    return 200, {"feedback": feedback, "hints_example": example}


async def figures(proxy: Proxy, call: Call) -> dict[str, Any]:
    """How many tools are known, and how many of them are asked back often.  Raises StoreError."""
    known = proxy.planning.patterns
    by_tool: dict[str, list[Pattern]] = {}
    for one in await known.largest(scope_named(call)):
        by_tool.setdefault(one.shape.tool, []).append(one)
    rates = [_pattern(patterns, ())["retrieval_rate"] for patterns in by_tool.values()]
    return {
        "tools_tracked": len(by_tool),
        **summary(await known.sums(scope_shown(call))),
        "tools_with_high_retrieval": sum(one >= HIGH_RETRIEVAL for one in rates),
    }


@telling(missing=MISSING)
async def of_tool(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /v1/feedback/{tool}`."""
    tool = call.route.name.removeprefix(PREFIX)
    known = await proxy.planning.patterns.largest(scope_named(call))
    patterns = [one for one in known if one.shape.tool == tool]
    recent = proxy.planning.retrievals.recent(call.caller.tenant)
    queries = [one.query for one in recent if one.tool == tool and one.query]
    pattern = _pattern(patterns, queries) if patterns else None
    return 200, {"tool_name": tool, "hints": _hints(patterns), "pattern": pattern}


def _hints(patterns: Sequence[Pattern]) -> dict[str, Any]:
    """What is advised for the tool: of its patterns that of the most outputs."""
    first = patterns[0] if patterns else None
    hint = first.hint if first else Hint()
    return {
        "max_items": MOST_ITEMS,
        "min_items": FEWEST_ITEMS,
        "suggested_items": first.items if first else MOST_ITEMS,
        "aggressiveness": round(AGGRESSIVENESS / hint.room, 4),
        "skip_compression": bool(first and first.is_skipped),
        "preserve_fields": list(hint.fields),
        "reason": recommendation(first) if first else "nothing is known of this tool",
    }


def _pattern(patterns: Sequence[Pattern], queries: Sequence[str]) -> dict[str, Any]:
    """*queries* are what this process was asked for lately: they are kept nowhere."""
    totals = together(patterns)
    compressions = totals["compressions"]
    return {
        "total_compressions": compressions,
        "total_retrievals": retrievals(totals),
        "retrieval_rate": rate(retrievals(totals), compressions),
        "full_retrieval_rate": rate(totals["whole"], compressions),
        "search_rate": rate(totals["query"] + totals["lines"], compressions),
        "common_queries": [query for query, _ in Counter(queries).most_common(MOST_NAMED)],
        "queried_fields": list(most_asked(patterns, MOST_NAMED)),
    }
