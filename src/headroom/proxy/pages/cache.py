"""`/cache/clear`: all stored replies are forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headroom.proxy.call import Call, Send
from headroom.proxy.pages.told import answered
from headroom.proxy.proxy import Proxy


async def clear(proxy: Proxy, call: Call, send: Send) -> None:
    """`POST /cache/clear`: those of every caller, for all workers and machines of the store."""
    await answered(proxy, call, send, _clear, missing="stored replies")


async def _clear(proxy: Proxy, _call: Call) -> tuple[int, Mapping[str, Any]]:
    if not proxy.settings.cache:
        return 200, {"status": "cache disabled"}
    await proxy.planning.replies.clear()
    return 200, {"status": "cleared"}
