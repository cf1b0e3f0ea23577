"""Pages that clients of the original may look for and that are not: no provider is asked either."""

from __future__ import annotations

import msgspec

from headroom.proxy.answers import answer
from headroom.proxy.call import Call, Send
from headroom.proxy.pages.announced import METHODS as METHODS
from headroom.proxy.proxy import Proxy

DESCRIBED = frozenset({"/docs", "/openapi.json"})
ADVICE = ("its endpoints stand in docs/api.md", "it describes its endpoints with --docs")
NAMES = ("/docs", "/redoc", "/openapi.json")
PREFIX = "/docs/"


async def absent(_proxy: Proxy, call: Call, send: Send) -> None:
    """404 with one sentence."""
    told = {
        "detail": f"Headroom has no {call.route.name} here: {ADVICE[call.route.name in DESCRIBED]}"
    }
    await answer(send, 404, msgspec.json.encode(told))
