"""May this call enter: the names we answer to, the web pages we answer, and who is local.

A proxy on loopback can be reached by every web page that its user opens.  A page cannot
forge the Host header, Origin or Sec-Fetch-Site, so these three keep it out.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from headroom.errors import Forbidden, Misdirected
from headroom.proxy.call import Call, Headers, Scope
from headroom.settings import Settings

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})

FORWARDING = frozenset(
    {
        b"forwarded",
        b"via",
        b"x-real-ip",
    }
)


def admit(settings: Settings, call: Call) -> Headers:
    """Headers to add to the reply (CORS for an allowed origin), most often none.

    Raises Misdirected for a host that we do not answer for, Forbidden for a foreign page.
    """
    host = origin = site = None
    for name, value in call.headers:
        if name == b"host":
            host = value
        elif name == b"origin":
            if origin is not None:
                raise Forbidden("the request names two origins")
            origin = value
        elif name == b"sec-fetch-site":
            site = value
    if host is not None:
        _check_host(host, settings.allowed_hosts)
    if origin is None:
        if site is not None and site.strip().lower() == b"cross-site":
            raise Forbidden("a web page on another site may not use this proxy")
        return []
    return _check_origin(origin, host or b"", settings.allowed_origins)


def is_local(scope: Scope, headers: Headers) -> bool:
    """True when the caller is on this machine and speaks for itself.

    Both ends of its connection and Host are loopback, and no header says that it was forwarded
    for another.
    """
    client, server = scope.get("client"), scope.get("server")
    if client is None or not _is_loopback_address(client[0]):
        return False
    if server is not None and not _is_loopback_address(server[0]):
        return False
    host = b""
    for name, value in headers:
        if name in FORWARDING or name.startswith(b"x-forwarded-"):
            return False
        if name == b"host":
            host = value
    name_only = _host_name(host)
    return name_only in LOOPBACK_NAMES or _is_loopback_address(name_only.strip("[]"))


def is_page_elsewhere(headers: Headers) -> bool:
    """True when a browser says that a page asks which is not one of ours."""
    host = origin = None
    for name, value in headers:
        if name == b"sec-fetch-site" and value.strip().lower() in (b"cross-site", b"same-site"):
            return True
        if name == b"host":
            host = value
        elif name == b"origin":
            origin = value
    return origin is not None and not _is_own(origin, host or b"")


def is_preflight(call: Call) -> bool:
    """True for the question that a browser asks before a request from a page."""
    return call.method == "OPTIONS" and call.header(b"access-control-request-method") is not None


def preflight_headers(call: Call) -> Headers:
    """What an allowed page may send: whatever it asks for, for ten minutes."""
    asked = call.header(b"access-control-request-headers") or b"*"
    return [
        (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", b"600"),
    ]


def _check_host(host: bytes, allowed: Collection[str]) -> None:
    name = _host_name(host)
    if name in LOOPBACK_NAMES or name in allowed or _is_address(name.strip("[]")):
        return
    raise Misdirected(
        f"this proxy does not answer for the host {name[:100]!r}; "
        "start it with --allowed-host NAME to let it"
    )


def _check_origin(origin: bytes, host: bytes, allowed: Collection[str]) -> Headers:
    text = origin.decode("latin-1").strip().lower()
    if text in allowed:
        return [(b"access-control-allow-origin", origin), (b"vary", b"origin")]
    if _is_own(origin, host):
        return []
    raise Forbidden(
        f"pages of {text[:100]!r} may not use this proxy; "
        "start it with --allowed-origin ORIGIN to let them"
    )


def _is_own(origin: bytes, host: bytes) -> bool:
    """Whether a page of this origin came from the host that it asks."""
    _, _, authority = origin.strip().lower().partition(b"://")
    return bool(authority) and authority == host.strip().lower()


def _host_name(host: bytes) -> str:
    """The host without its port, in lower case; an IPv6 literal keeps its brackets."""
    text = host.decode("latin-1").strip().lower()
    if text.startswith("["):
        name, end, rest = text.partition("]")
        return name + end if end and (not rest or rest.startswith(":")) else ""
    return text.partition(":")[0].rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback_address(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    # Who listens on :: sees peers of the older kind so.
    inside = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (inside or address).is_loopback
