"""Where a call goes when its caller may say so: `x-headroom-base-url`, off unless listed."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from headroom.errors import Forbidden
from headroom.options import read_base_url
from headroom.proxy.call import Call
from headroom.proxy.public import is_public

BASE_URL = b"x-headroom-base-url"


def named_base(call: Call, allowed: Collection[str]) -> str:
    """The origin that the caller names, empty where it names none or none may be named.

    Raises Forbidden for one that is not listed, and for addresses that are not public.
    """
    asked = call.header(BASE_URL) if allowed else None
    if asked is None:
        return ""
    try:
        base = read_base_url(asked.decode("ascii").strip())
    except ValueError:
        base = ""
    if base not in allowed:
        raise Forbidden(
            "x-headroom-base-url names no origin that this proxy may send to; "
            "start it with --allowed-base-url ORIGIN to let it"
        )
    host = urlsplit(base).hostname or ""
    # Names are judged where they are resolved.
    if _is_address(host) and not is_public(host):
        raise Forbidden("x-headroom-base-url may not name an address of a private network")
    return base


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
