"""`/cache/clear`: all stored replies are forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headroom.proxy.call import Call
from headroom.proxy.pages.told import telling
from headroom.proxy.proxy import Proxy


@telling(missing="stored replies")
async def clear(proxy: Proxy, _call: Call) -> tuple[int, Mapping[str, Any]]:
    """`POST /cache/clear`: those of every caller, for all workers and machines of the store."""
    if not proxy.settings.cache:
        return 200, {"status": "cache disabled"}
    await proxy.planning.replies.clear()
    return 200, {"status": "cleared"}
