"""`/debug/upstreams`: where this proxy sends requests, and whether that can be reached from it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from headroom.proxy.call import Call
from headroom.proxy.described import Described
from headroom.proxy.pages.told import telling
from headroom.proxy.proxy import Proxy
from headroom.proxy.reaching import bases, reach_all
from headroom.proxy.shapes.upstreams import UPSTREAMS

DEBUG_UPSTREAMS = Described(
    "Where requests go, and whether that can be reached from here",
    UPSTREAMS,
    "Each provider is asked once, without a key; none where a backend stands in their place.",
)


@telling(missing="where requests go")
async def upstreams(proxy: Proxy, _call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /debug/upstreams`: each provider is asked once, without a key.

    It is for the operator alone: whoever asks makes this proxy ask others.
    """
    # Where a backend answers, nothing goes to them, and its own errors say what is wrong.
    asked = {} if proxy.upstream.lends else bases(proxy.settings)
    found = await asyncio.to_thread(reach_all, asked)
    return 200, {"upstreams": found}
