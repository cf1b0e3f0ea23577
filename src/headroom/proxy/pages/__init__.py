"""Our own endpoints: one file each, registered here once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from headroom.proxy.openapi import Endpoint, endpoints
from headroom.proxy.page import Page as Page
from headroom.proxy.pages import (
    absent,
    announced,
    cache,
    compress,
    dashboard,
    dashboard_requests,
    docs,
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

PAGES: Mapping[str, Page] = MappingProxyType(
    {
        "/livez": Page(health.livez, level="open", described=(health.LIVEZ,)),
        "/readyz": Page(health.readyz, level="open", described=(health.READYZ,)),
        "/health": Page(health.health, level="caller", described=(health.HEALTH,)),
        "/metrics": Page(metrics.metrics, level="caller", described=(metrics.METRICS,)),
        "/debug/memory": Page(memory.debug_memory, described=(memory.DEBUG_MEMORY,)),
        "/debug/upstreams": Page(upstreams.upstreams, described=(upstreams.DEBUG_UPSTREAMS,)),
        "/cache/clear": Page(cache.clear, ("POST",), described=(cache.CLEAR,)),
        "/stats": Page(stats.stats, level="caller", described=(stats.STATS,)),
        "/stats-history": Page(history.history, level="caller", described=(history.HISTORY,)),
        "/v1/compress": Page(
            compress.compress,
            ("POST",),
            "caller",
            takes_json=True,
            is_limited=True,
            described=(compress.COMPRESS,),
        ),
        "/v1/retrieve": Page(
            retrieve.by_body, ("POST",), "caller", takes_json=True, described=(retrieve.BY_BODY,)
        ),
        "/v1/retrieve/stats": Page(retrieve.stats, level="caller", described=(retrieve.STATS,)),
        "/v1/retrieve/tool_call": Page(
            retrieve.tool_call,
            ("POST",),
            "caller",
            takes_json=True,
            described=(retrieve.TOOL_CALL,),
        ),
        "/v1/feedback": Page(feedback.overview, level="caller", described=(feedback.OVERVIEW,)),
        "/v1/toin/stats": Page(toin.stats, level="caller", described=(toin.STATS,)),
        "/v1/toin/patterns": Page(toin.patterns, level="caller", described=(toin.PATTERNS,)),
        "/v1/telemetry": Page(telemetry.overview, level="caller", described=(telemetry.OVERVIEW,)),
        "/v1/telemetry/export": Page(
            telemetry.export, level="caller", described=(telemetry.EXPORTED,)
        ),
        "/v1/telemetry/import": Page(
            telemetry.bring, ("POST",), takes_json=True, described=(telemetry.BRING,)
        ),
        "/v1/telemetry/tools": Page(telemetry.tools, level="caller", described=(telemetry.TOOLS,)),
        "/dashboard": Page(
            dashboard.page,
            level="caller",
            browsed=True,
            policy=dashboard.POLICY,
            described=(dashboard.PAGE,),
        ),
        "/dashboard/events": Page(
            live.events, ("GET",), "caller", browsed=True, described=(live.EVENTS,)
        ),
        **dict.fromkeys(absent.NAMES, Page(absent.absent, absent.METHODS, "open")),
    }
)
"""Declared here, once; what each level means stands in `access.py`."""

BELOW: Mapping[str, Page] = MappingProxyType(
    {
        dashboard_requests.PREFIX: Page(
            dashboard_requests.request,
            level="caller",
            browsed=True,
            described=(dashboard_requests.REQUEST, dashboard_requests.TEXTS),
        ),
        dashboard.PREFIX: Page(
            dashboard.file, level="caller", browsed=True, described=(dashboard.PART,)
        ),
        retrieve.PREFIX: Page(retrieve.by_path, level="caller", described=(retrieve.BY_PATH,)),
        feedback.PREFIX: Page(feedback.of_tool, level="caller", described=(feedback.OF_TOOL,)),
        toin.PREFIX: Page(toin.pattern, level="caller", described=(toin.PATTERN,)),
        telemetry.PREFIX: Page(telemetry.of_tool, level="caller", described=(telemetry.OF_TOOL,)),
        absent.PREFIX: Page(absent.absent, absent.METHODS, "open"),
    }
)
"""Pages of all paths that begin so."""


def all_endpoints() -> tuple[Endpoint, ...]:
    """Everything that pages of ours answer, the description of it included."""
    return endpoints({**PAGES, **WITH_DOCS, **BELOW})


WITH_DOCS: Mapping[str, Page] = MappingProxyType(
    {
        "/openapi.json": Page(
            docs.document_of(all_endpoints), level="caller", described=(docs.DOCUMENT,)
        ),
        "/docs": Page(
            docs.page_of(all_endpoints),
            level="caller",
            browsed=True,
            policy=docs.POLICY,
            described=(docs.PAGE,),
        ),
    }
)
"""What stands in the place of pages that are not there, with --docs."""

ANNOUNCED = Page(announced.announced, announced.METHODS, "caller")


def find_page(name: str, *, with_docs: bool = False) -> Page | None:
    """The page of ours at this normalised path, or None when a provider is to answer."""
    if with_docs and name in WITH_DOCS:
        return WITH_DOCS[name]
    page = PAGES.get(name) or next((BELOW[one] for one in BELOW if name.startswith(one)), None)
    return ANNOUNCED if page is None and announced.is_announced(name) else page
