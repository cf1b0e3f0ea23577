"""What stands in the store beside the journal: stored replies, originals, limits, budgets.

Whatever the store does not tell just now is None.  What walks over all that is kept is asked once
a minute.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Any

from headroom.errors import StoreError
from headroom.observe.overview import budget_told
from headroom.proxy.access import operates
from headroom.proxy.call import Call
from headroom.proxy.pages import feedback, telemetry, toin
from headroom.proxy.proxy import Proxy

MINUTE_S = 60.0


async def standing(proxy: Proxy, call: Call) -> dict[str, Any]:
    """All of it, as this caller may see it."""
    return {
        "compression": await _originals(proxy),
        "compression_cache": {"mode": proxy.settings.mode},
        "cache": await _cache(proxy),
        "rate_limiter": _rate_limiter(proxy),
        "limits": _limits(proxy),
        "budgets": await _or_none(_budgets(proxy, call)),
        "telemetry": await _or_none(telemetry.figures(proxy, call)),
        "feedback_loop": await _or_none(feedback.figures(proxy, call)),
        "toin": await _or_none(toin.figures(proxy, call)),
    }


async def _or_none(told: Awaitable[Any]) -> Any:
    try:
        return await told
    except StoreError:
        return None


async def _originals(proxy: Proxy) -> dict[str, Any]:
    """How many are kept, and what the running session left out and had back."""
    of = proxy.chronicle.known.session.sums.of
    sizes = await proxy.originals_kept.value(proxy.planning.originals.sizes)
    return {
        "ccr_entries": sizes and sizes.entries,
        # It is the store that is limited, in bytes.
        "ccr_max_entries": None,
        "original_tokens_cached": of("cut_before"),
        "compressed_tokens_cached": of("cut_after"),
        "ccr_retrievals": of("retrievals"),
    }


async def _cache(proxy: Proxy) -> dict[str, Any] | None:
    if not proxy.settings.cache:
        return None
    sizes = await proxy.replies_kept.value(proxy.planning.replies.sizes)
    if sizes is None:
        return None
    return {
        "entries": sizes.entries,
        "max_entries": proxy.settings.cache_max_entries,
        "total_hits": proxy.chronicle.known.session.sums.of("stored_hits"),
        "ttl_seconds": proxy.settings.cache_ttl,
    }


def _rate_limiter(proxy: Proxy) -> dict[str, Any] | None:
    if not proxy.planning.limits.is_on:
        return None
    limits = _limits(proxy)
    return {
        "requests_per_minute": limits["requests_per_minute"],
        "tokens_per_minute": limits["tokens_per_minute"],
        "active_keys": len(set(_lately(proxy))),
    }


def _lately(proxy: Proxy) -> Iterable[str]:
    since = proxy.planning.clock() - MINUTE_S
    return (entry.tenant for _, entry in proxy.chronicle.recent() if entry.at > since)


def _limits(proxy: Proxy) -> dict[str, Any]:
    """What one caller may use per minute that has no limit of its own; 0: as much as it wants."""
    limits = proxy.planning.limits
    return {
        "enabled": limits.is_on,
        "requests_per_minute": limits.requests.per_minute,
        "tokens_per_minute": limits.tokens.per_minute,
    }


async def _budgets(proxy: Proxy, call: Call) -> list[dict[str, Any]]:
    """That of all callers; for the operator also each caller's own, of those seen lately."""
    gauges, planning = proxy.budget_gauges, proxy.planning
    known = await gauges.known(proxy.settings, planning, proxy.chronicle)
    operated = operates(proxy.access, call)
    budgets = [one for one in known if operated or one.scope == "all"]
    if not budgets:
        return []
    now = planning.clock()
    spent = await planning.spend.spent(budgets, now=now)
    return [budget_told(budget, spent[budget], now) for budget in budgets]
