"""One endpoint of ours, as it is registered in `pages`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from headroom.proxy.access import Level
from headroom.proxy.call import Call, Send
from headroom.proxy.described import Described
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
    described: tuple[Described, ...] = ()
    """What is said of it in the description of our endpoints; nothing of a page that is none."""
