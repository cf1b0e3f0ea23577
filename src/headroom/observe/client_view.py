"""What the npm SDK reads of a request beside what it is told as: the same under its names.

Only what is known here: it also declares hashes and scores of a library that we are not.
"""

from __future__ import annotations

from typing import Any

from headroom.observe.entry import Entry


def client_view(entry: Entry, *, mode: str) -> dict[str, Any]:
    """Members that its `RequestMetrics` declares."""
    kinds: dict[str, int] = {}
    for fresh in entry.fresh:
        name = fresh.kind or "unknown"
        kinds[name] = kinds.get(name, 0) + fresh.before
    return {
        "stream": entry.streaming,
        "mode": mode,
        "tokens_input_before": entry.before,
        "tokens_input_after": entry.after,
        "tokens_output": entry.output,
        "cached_tokens": entry.read,
        "cacheable_tokens": entry.input - entry.uncached,
        "estimated_cache_hit": entry.read > 0,
        "semantic_cache_hit": entry.cache == "hit",
        "block_breakdown": kinds,
    }
