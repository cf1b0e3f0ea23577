"""Whether providers can be reached from here, told by a request without a key to each.

It looks for what stands in the way (a name, a connection, a certificate, no answer), and whether
what answers is a Headroom itself.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from headroom.proxy.routes import Provider
from headroom.proxy.waiting import within
from headroom.settings import Settings

PATIENCE_S = 1.5
MOST_BYTES = 65_536
ASKED = {"anthropic": "/v1/models", "openai": "/v1/models", "gemini": "/v1beta/models"}
WHO = "/livez"
"""Where a Headroom says what it is; a provider knows no such path."""
SERVICE = "headroom-proxy"

Obstacle = Literal["", "name", "refused", "late", "certificate", "net", "answer"]
"""Nobody knows the name; nobody listens; no answer in time; its certificate is not trusted; the
connection broke, or there is no way; what was said is no HTTP."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What came of asking one provider; *status* is 0 where there was no answer."""

    provider: str
    url: str
    status: int = 0
    took_ms: float = 0.0
    obstacle: Obstacle = ""
    detail: str = ""
    is_headroom: bool = False


def bases(settings: Settings) -> dict[Provider, str]:
    """Where requests to each provider are sent."""
    return {
        "anthropic": settings.anthropic_api_url.rstrip("/"),
        "openai": settings.openai_api_url.rstrip("/"),
        "gemini": settings.gemini_api_url.rstrip("/"),
    }


def reach_all(
    addresses: Mapping[Provider, str], *, patience_s: float = PATIENCE_S
) -> tuple[Reached, ...]:
    """What came of asking each of them, side by side, in hardly more than that time."""
    asked: dict[str, Callable[[], Reached]] = {
        provider: partial(reach, provider, url, patience_s=patience_s)
        for provider, url in addresses.items()
    }
    found = within(patience_s + 0.1, asked)
    return tuple(
        found.get(provider) or Reached(provider, url, obstacle="late", detail=_late(patience_s))
        for provider, url in addresses.items()
    )


def reach(provider: str, url: str, *, patience_s: float = PATIENCE_S) -> Reached:
    """What came of asking this provider at its address."""
    parts = urlsplit(url)
    began = time.monotonic()
    connection = _connection(parts, patience_s)
    try:
        if _is_headroom(connection, parts.path):
            return Reached(provider, url, is_headroom=True, took_ms=_ms(began))
        status, _ = _get(connection, parts.path + ASKED[provider])
    except (OSError, http.client.HTTPException, ValueError) as error:
        obstacle, detail = _obstacle(error, patience_s)
        return Reached(provider, url, obstacle=obstacle, detail=detail, took_ms=_ms(began))
    finally:
        connection.close()
    return Reached(provider, url, status=status, took_ms=_ms(began))


def _connection(parts: SplitResult, patience_s: float) -> http.client.HTTPConnection:
    # As the proxy itself: straight, whatever the environment says of proxies.
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=patience_s)


def _is_headroom(connection: http.client.HTTPConnection, path: str) -> bool:
    status, said = _get(connection, path + WHO)
    if status != http.client.OK:
        return False
    try:
        told = json.loads(said)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and told.get("service") == SERVICE


def _get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    connection.request("GET", path, headers={"accept": "application/json"})
    reply = connection.getresponse()
    said = reply.read(MOST_BYTES)
    if not reply.isclosed():
        # The rest is left; the next request opens another connection.
        connection.close()
    return reply.status, said


def _obstacle(error: Exception, patience_s: float) -> tuple[Obstacle, str]:
    if isinstance(error, TimeoutError):
        return "late", _late(patience_s)
    if isinstance(error, socket.gaierror):
        return "name", error.strerror or str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate", error.verify_message
    if isinstance(error, ConnectionRefusedError):
        return "refused", "connection refused"
    if isinstance(error, OSError):
        return "net", error.strerror or str(error)
    return "answer", type(error).__name__


def _late(patience_s: float) -> str:
    return f"no answer within {patience_s:g} s"


def _ms(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)
