"""Our own endpoints: one file each, registered here once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from headroom.proxy.call import Call, Send
from headroom.proxy.pages import (
    announced,
    cache,
    compress,
    feedback,
    health,
    retrieve,
    telemetry,
    toin,
)
from headroom.proxy.proxy import Proxy


@dataclass(frozen=True, slots=True)
class Page:
    """One endpoint: the methods it takes, who may ask, and what answers."""

    answer: Callable[[Proxy, Call, Send], Awaitable[None]]
    methods: tuple[str, ...] = ("GET", "HEAD")
    local_only: bool = True
    is_limited: bool = False
    """Whether it counts among its caller's requests per minute: it does work, and is not read."""


PAGES: Mapping[str, Page] = MappingProxyType(
    {
        "/livez": Page(health.livez, local_only=False),
        "/readyz": Page(health.readyz, local_only=False),
        "/health": Page(health.health, local_only=False),
        "/cache/clear": Page(cache.clear, methods=("POST",)),
        "/v1/compress": Page(compress.compress, methods=("POST",), is_limited=True),
        "/v1/retrieve": Page(retrieve.by_body, methods=("POST",), local_only=False),
        "/v1/retrieve/stats": Page(retrieve.stats),
        "/v1/retrieve/tool_call": Page(retrieve.tool_call, methods=("POST",), local_only=False),
        "/v1/feedback": Page(feedback.overview),
        "/v1/toin/stats": Page(toin.stats),
        "/v1/toin/patterns": Page(toin.patterns),
        "/v1/telemetry": Page(telemetry.overview),
        "/v1/telemetry/export": Page(telemetry.export),
        "/v1/telemetry/import": Page(telemetry.bring, methods=("POST",)),
        "/v1/telemetry/tools": Page(telemetry.tools),
    }
)

BELOW: Mapping[str, Page] = MappingProxyType(
    {
        retrieve.PREFIX: Page(retrieve.by_path, local_only=False),
        feedback.PREFIX: Page(feedback.of_tool),
        toin.PREFIX: Page(toin.pattern),
        telemetry.PREFIX: Page(telemetry.of_tool),
    }
)
"""Pages of all paths that begin so."""

ANNOUNCED = Page(announced.announced, methods=announced.METHODS, local_only=False)


def find_page(name: str) -> Page | None:
    """The page of ours at this normalised path, or None when a provider is to answer."""
    page = PAGES.get(name) or next((BELOW[one] for one in BELOW if name.startswith(one)), None)
    return ANNOUNCED if page is None and announced.is_announced(name) else page
