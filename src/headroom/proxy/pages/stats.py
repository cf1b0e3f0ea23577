"""`/stats`: what the running session came to, today and in all, and how things stand.

Every figure comes from the journal that all workers share, or from the store: so it is the same
from each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from headroom.errors import StoreError
from headroom.observe import shown
from headroom.observe.cache_view import prefix_cache
from headroom.observe.client_view import client_view
from headroom.observe.clients import clients
from headroom.observe.entry import Entry
from headroom.observe.overview import error_told, failed, overview
from headroom.observe.savings_view import display_session, persistent_savings, savings_history
from headroom.observe.session_view import session
from headroom.observe.statistics import Statistics
from headroom.proxy.access import is_trusted
from headroom.proxy.call import Call
from headroom.proxy.described import Described
from headroom.proxy.pages.standing import standing
from headroom.proxy.pages.told import telling
from headroom.proxy.proxy import Proxy
from headroom.proxy.shapes.stats import STATS as STATS_SHAPE
from headroom.settings import Settings
from headroom.state.backends.sqlite_file import FILE, bytes_of

MOST_RECENT_SHOWN = 10

STATS = Described(
    "What the running session came to, today and in all",
    STATS_SHAPE,
    "The same from every worker; also while the store is down, as far as is known.",
)


@telling(missing="statistics")
async def stats(proxy: Proxy, call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /stats`; also while the store is down, as far as is known."""
    statistics, is_current = await statistics_now(proxy)
    told = _counted(statistics, proxy)
    told["store"] = _store(proxy, call, is_current=is_current)
    return 200, {**told, **await standing(proxy, call)}


async def statistics_now(proxy: Proxy) -> tuple[Statistics, bool]:
    """What all requests came to; and whether that is so now, and not when the store last answered.

    It goes on changing: whoever uses it does so at once.
    """
    try:
        return await proxy.chronicle.read(), True
    except StoreError:
        return proxy.chronicle.known, False


def storage_path(proxy: Proxy) -> str:
    """The savings file, by its name: in which folders things stand is told to nobody."""
    return proxy.savings.path.name if proxy.savings else ""


def _counted(statistics: Statistics, proxy: Proxy) -> dict[str, Any]:
    """What the journal tells; nothing is waited for here."""
    book, lifetime = statistics.session, statistics.lifetime
    now = proxy.planning.clock()
    today = statistics.periods.of_day(now)
    recent = [entry for _, entry in proxy.chronicle.recent(MOST_RECENT_SHOWN)]
    return {
        **session(book, mode=proxy.settings.mode),
        "savings_history": savings_history(statistics),
        "display_session": display_session(statistics),
        "persistent_savings": persistent_savings(statistics, storage_path=storage_path(proxy)),
        "prefix_cache": prefix_cache(book),
        "cli_filtering": None,
        "recent_requests": [_request(entry, proxy.settings.mode) for entry in reversed(recent)],
        "net": {
            **shown.net(book.sums),
            "today": shown.net(today),
            "lifetime": shown.net(lifetime.sums),
        },
        "recent_errors": _errors(proxy),
        "clients": clients(entry for _, entry in proxy.chronicle.recent()),
        **overview(statistics, now),
        "breakdown": shown.breakdown(book),
        "distributions": shown.distributions(book),
        "lifetime_breakdown": shown.breakdown(lifetime),
        "lifetime_distributions": shown.distributions(lifetime),
    }


def _request(entry: Entry, mode: str) -> dict[str, Any]:
    return {**shown.request(entry), **client_view(entry, mode=mode)}


def _errors(proxy: Proxy) -> list[dict[str, Any]]:
    """The last requests that went wrong, of the last ones, the latest first."""
    wrong = (entry for _, entry in proxy.chronicle.recent() if failed(entry))
    return [error_told(entry) for entry in islice(wrong, MOST_RECENT_SHOWN)]


def _store(proxy: Proxy, call: Call, *, is_current: bool) -> dict[str, Any]:
    """How the store is.

    What is unwritten and lost is that of the worker that answers, since it began; what was lost in
    all the journal tells, of which that may not be a part yet.
    """
    chronicle, health = proxy.chronicle, proxy.planning.store_health()
    problem = health.problem or chronicle.scribe.problem
    told: dict[str, Any] = {
        "status": "degraded" if problem or not is_current else "healthy",
        "kind": proxy.settings.store_kind,
        "bytes": _bytes(proxy.settings),
        "durable": health.durable,
        "current": is_current,
        "records": chronicle.known.position,
        "unwritten": chronicle.scribe.owed,
        "lost": chronicle.scribe.lost,
        "lost_in_all": max(chronicle.known.lost, chronicle.scribe.lost),
    }
    if not is_trusted(call):
        return told
    savings = proxy.savings
    why = {
        "problem": problem,
        "notice": health.notice,
        "savings_file_problem": savings.problem if savings else "",
        "savings_file_notice": savings.notice if savings else "",
    }
    return {**told, **{name: text for name, text in why.items() if text}}


def _bytes(settings: Settings) -> int | None:
    """How much the store holds on this machine's disk; None where it is elsewhere, or nowhere."""
    return bytes_of(settings.workspace_dir / FILE) if settings.store_kind == "sqlite" else None
