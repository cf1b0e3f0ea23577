"""How well Headroom does, over some requests: what it saved, what it took, and what failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headroom.observe.book import Book
from headroom.observe.shown import breakdown, distributions, percent, totals


def effect(book: Book) -> dict[str, Any]:
    """All of it, of the requests of a book."""
    return effect_of(totals(book.sums), breakdown(book), distributions(book))


def effect_of(
    sums: Mapping[str, Any], broken_down: Mapping[str, Any], spread: Mapping[str, Any]
) -> dict[str, Any]:
    """The same, of what a page has told already."""
    return {
        "totals": dict(sums),
        "provider_cache": provider_cache(sums),
        **broken_down,
        "distributions": dict(spread),
    }


def provider_cache(sums: Mapping[str, Any]) -> dict[str, Any]:
    """How the providers' own caches did, as they reported it; dollars where prices are known."""
    tokens, usd, busts = sums["tokens"], sums["usd"], sums["busts"]
    written = {name: tokens[f"cache_write_{name}"] for name in ("5m", "1h", "other")}
    return {
        "input_tokens": tokens["input"],
        "read_tokens": tokens["cache_read"],
        "hit_rate_percent": percent(tokens["cache_read"], tokens["input"]),
        "written_tokens": written,
        "uncached_tokens": tokens["uncached"],
        "saved_usd": usd["without_provider_cache"] - usd["actual"],
        "busts": dict(busts),
    }
