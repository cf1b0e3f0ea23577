"""Pages of ours that are still to come: we answer for them, no provider is asked.

Clients of the original send them with a key of ours; relayed, the key would reach a provider.
"""

from __future__ import annotations

import msgspec

from headroom.proxy.answers import answer
from headroom.proxy.call import Call, Send
from headroom.proxy.proxy import Proxy

NAMES = (
    "/v1/feedback",
    "/v1/telemetry",
    "/v1/toin",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def is_announced(name: str) -> bool:
    """Whether this normalised path, or one above it, is one of them."""
    return any(name == one or name.startswith(one + "/") for one in NAMES)


async def announced(_proxy: Proxy, call: Call, send: Send) -> None:
    """404 with one sentence."""
    told = {"detail": f"{call.route.name} is not part of this version of Headroom yet"}
    await answer(send, 404, msgspec.json.encode(told))
