"""`/cache/clear`: all stored replies are forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headroom.proxy.call import Call
from headroom.proxy.described import Described
from headroom.proxy.pages.told import telling
from headroom.proxy.proxy import Proxy
from headroom.proxy.schema import one_of, record

CLEARED = "cleared"
NO_CACHE = "cache disabled"

CLEAR = Described(
    "Forget all stored replies",
    record("Cleared", status=one_of((CLEARED, NO_CACHE))),
    "Those of every caller, for all workers and machines of the store.",
    method="post",
)


@telling(missing="stored replies")
async def clear(proxy: Proxy, _call: Call) -> tuple[int, Mapping[str, Any]]:
    """`POST /cache/clear`: those of every caller, for all workers and machines of the store."""
    if not proxy.settings.cache:
        return 200, {"status": NO_CACHE}
    await proxy.planning.replies.clear()
    return 200, {"status": CLEARED}
