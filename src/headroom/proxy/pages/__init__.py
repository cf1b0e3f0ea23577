"""Our own endpoints: one file each, registered here once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from headroom.proxy.access import Level
from headroom.proxy.call import Call, Send
from headroom.proxy.pages import (
    absent,
    announced,
    cache,
    compress,
    dashboard,
    dashboard_requests,
    feedback,
    health,
    history,
    live,
    memory,
    metrics,
    retrieve,
    stats,
    telemetry,
    toin,
    upstreams,
)
from headroom.proxy.proxy import Proxy

LOADS_NOTHING = b"default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Page:
    """One endpoint: the methods it takes, who may ask, and what answers."""

    answer: Callable[[Proxy, Call, Send], Awaitable[None]]
    methods: tuple[str, ...] = ("GET", "HEAD")
    level: Level = "operator"
    takes_json: bool = False
    """Whether its body must say that it is JSON, which a foreign page cannot do unasked."""
    is_limited: bool = False
    """Whether it counts among its caller's requests per minute: it does work, and is not read."""
    browsed: bool = False
    """Whether people open it in a browser, which then asks for what it cannot send by itself."""
    policy: bytes = LOADS_NOTHING
    """What a browser may do for it (content-security-policy)."""


PAGES: Mapping[str, Page] = MappingProxyType(
    {
        "/livez": Page(health.livez, level="open"),
        "/readyz": Page(health.readyz, level="open"),
        "/health": Page(health.health, level="caller"),
        "/metrics": Page(metrics.metrics, level="caller"),
        "/debug/memory": Page(memory.debug_memory),
        "/debug/upstreams": Page(upstreams.upstreams),
        "/cache/clear": Page(cache.clear, ("POST",)),
        "/stats": Page(stats.stats, level="caller"),
        "/stats-history": Page(history.history, level="caller"),
        "/v1/compress": Page(
            compress.compress, ("POST",), "caller", takes_json=True, is_limited=True
        ),
        "/v1/retrieve": Page(retrieve.by_body, ("POST",), "caller", takes_json=True),
        "/v1/retrieve/stats": Page(retrieve.stats, level="caller"),
        "/v1/retrieve/tool_call": Page(retrieve.tool_call, ("POST",), "caller", takes_json=True),
        "/v1/feedback": Page(feedback.overview, level="caller"),
        "/v1/toin/stats": Page(toin.stats, level="caller"),
        "/v1/toin/patterns": Page(toin.patterns, level="caller"),
        "/v1/telemetry": Page(telemetry.overview, level="caller"),
        "/v1/telemetry/export": Page(telemetry.export, level="caller"),
        "/v1/telemetry/import": Page(telemetry.bring, ("POST",), takes_json=True),
        "/v1/telemetry/tools": Page(telemetry.tools, level="caller"),
        "/dashboard": Page(dashboard.page, level="caller", browsed=True, policy=dashboard.POLICY),
        "/dashboard/events": Page(live.events, ("GET",), "caller", browsed=True),
        **dict.fromkeys(absent.NAMES, Page(absent.absent, absent.METHODS, "open")),
    }
)
"""Declared here, once; what each level means stands in `access.py`."""

BELOW: Mapping[str, Page] = MappingProxyType(
    {
        dashboard_requests.PREFIX: Page(dashboard_requests.request, level="caller", browsed=True),
        dashboard.PREFIX: Page(dashboard.file, level="caller", browsed=True),
        retrieve.PREFIX: Page(retrieve.by_path, level="caller"),
        feedback.PREFIX: Page(feedback.of_tool, level="caller"),
        toin.PREFIX: Page(toin.pattern, level="caller"),
        telemetry.PREFIX: Page(telemetry.of_tool, level="caller"),
        absent.PREFIX: Page(absent.absent, absent.METHODS, "open"),
    }
)
"""Pages of all paths that begin so."""

ANNOUNCED = Page(announced.announced, announced.METHODS, "caller")


def find_page(name: str) -> Page | None:
    """The page of ours at this normalised path, or None when a provider is to answer."""
    page = PAGES.get(name) or next((BELOW[one] for one in BELOW if name.startswith(one)), None)
    return ANNOUNCED if page is None and announced.is_announced(name) else page
