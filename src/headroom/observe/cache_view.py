"""What `/stats` tells of the providers' own prefix caches: `prefix_cache`.

All of it is what providers reported; nothing is what somebody has configured.
"""

from __future__ import annotations

from typing import Any

from headroom.observe.book import Book, named
from headroom.observe.session_view import cache_discount
from headroom.observe.shown import dollars, percent
from headroom.observe.tally import Tally

USUAL: dict[str, tuple[str, str, str]] = {
    "anthropic": ("90%", "25%", "Anthropic prompt caching"),
    "openai": ("50%", "none", "OpenAI automatic prefix caching"),
    "gemini": ("90%", "none", "Gemini context caching"),
}
"""What a read is cheaper and a write dearer by, as the original says it.  Dollars are by the
prices of each model, which differ."""

ATTRIBUTION = (
    "The provider's cache saves these dollars, with or without Headroom; they are no part of what "
    "Headroom is said to save.  What Headroom did to that cache is told in compression_vs_cache."
)


def prefix_cache(book: Book) -> dict[str, Any]:
    """What was read from and written to the providers' caches, and what that came to."""
    tally = book.sums
    return {
        "by_provider": {name: _of_provider(name, each) for name, each in named(book.providers)},
        "totals": _figures(tally),
        "prefix_freeze": {
            # What would have happened otherwise is counted nowhere.
            "busts_avoided": 0,
            "tokens_preserved": tally.of("read"),
            "compression_foregone_tokens": 0,
            "net_benefit_tokens": tally.of("read"),
        },
        "compression_vs_cache": {
            "tokens_saved_by_compression": tally.of("tokens_saved"),
            "tokens_lost_to_cache_bust": tally.of("bust_tokens"),
            "cache_bust_count": tally.of("busts"),
            "net_tokens": tally.of("tokens_saved") - tally.of("bust_tokens"),
        },
        "attribution": ATTRIBUTION,
        "observed_ttl_buckets": _buckets(tally),
        "observed_ttl_mix": _mix(tally),
    }


def _of_provider(name: str, tally: Tally) -> dict[str, Any]:
    discount, premium, label = USUAL.get(name, ("", "none", name))
    told = _figures(tally)
    return {**told, "read_discount": discount, "write_premium": premium, "label": label}


def _figures(tally: Tally) -> dict[str, Any]:
    of = tally.of
    net, premium = cache_discount(tally), of("write_premium")
    told: dict[str, Any] = {
        "cache_read_tokens": of("read"),
        "cache_write_tokens": tally.written,
        "cache_write_5m_tokens": of("written_5m"),
        "cache_write_1h_tokens": of("written_1h"),
        "cache_write_5m_requests": of("written_5m_requests"),
        "cache_write_1h_requests": of("written_1h_requests"),
        "uncached_input_tokens": of("uncached"),
        "requests": of("reported"),
        "hit_requests": of("read_requests"),
        "hit_rate": percent(of("read"), of("input")),
        "request_hit_rate": percent(of("read_requests"), of("reported")),
        "bust_count": of("busts") + of("other_busts"),
        "bust_count_of_ours": of("busts"),
        "bust_write_tokens": of("bust_tokens") + of("missed"),
        "savings_usd": dollars(net + premium),
        "write_premium_usd": dollars(premium),
        "net_savings_usd": dollars(net),
        "observed_ttl_buckets": _buckets(tally),
    }
    mix = _mix(tally)
    return {**told, "observed_ttl_mix": mix} if mix else told


def _buckets(tally: Tally) -> dict[str, dict[str, int]]:
    return {
        ttl: {"tokens": tally.of(f"written_{ttl}"), "requests": tally.of(f"written_{ttl}_requests")}
        for ttl in ("5m", "1h")
    }


def _mix(tally: Tally) -> dict[str, Any] | None:
    """How writes that told their lifetime are shared among them; None where there are none."""
    short, long = tally.of("written_5m"), tally.of("written_1h")
    if not short + long:
        return None
    share = percent(short, short + long)
    active = [name for name, tokens in (("5m", short), ("1h", long)) if tokens]
    return {"5m_pct": share, "1h_pct": round(100 - share, 2), "active_buckets": active}
