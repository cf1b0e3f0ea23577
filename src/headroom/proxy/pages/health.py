"""`/livez`, `/readyz` and `/health`: our own state, never the provider's."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from headroom import __version__
from headroom.proxy.admission import is_local
from headroom.proxy.answers import answer
from headroom.proxy.call import Call, Send
from headroom.proxy.proxy import Proxy
from headroom.state.base import Health

SERVICE = "headroom-proxy"


async def livez(proxy: Proxy, _call: Call, send: Send) -> None:
    """200 for as long as the process answers at all."""
    told = {"service": SERVICE, "status": "healthy", "alive": True, **_moment(proxy)}
    await _answer(send, 200, told)


async def readyz(proxy: Proxy, call: Call, send: Send) -> None:
    """200 when calls can be taken, else 503."""
    ready = is_ready(proxy)
    told = {
        "service": SERVICE,
        "status": _status(ready=ready),
        "ready": ready,
        **_moment(proxy),
        "checks": checks(proxy, local=is_local(call.scope, call.headers)),
    }
    await _answer(send, 200 if ready else 503, told)


async def health(proxy: Proxy, call: Call, send: Send) -> None:
    """The same with the configuration; always 200, so that it can be read when unready."""
    ready = is_ready(proxy)
    told = {
        "service": SERVICE,
        "status": _status(ready=ready),
        "ready": ready,
        **_moment(proxy),
        "config": proxy.settings.health_config(),
        "checks": checks(proxy, local=is_local(call.scope, call.headers)),
    }
    await _answer(send, 200, told)


def is_ready(proxy: Proxy) -> bool:
    """True when every check that is enabled is ready."""
    return all(check["ready"] for check in checks(proxy, local=False).values())


def checks(proxy: Proxy, *, local: bool) -> dict[str, dict[str, Any]]:
    """The parts of the proxy: whether each is enabled and ready; to *local* callers also why."""
    lifecycle = proxy.lifecycle
    return {
        "startup": _check(ready=lifecycle.started and not lifecycle.stopping),
        "http_client": _check(ready=proxy.upstream.is_open),
        "cache": DISABLED,
        "rate_limiter": DISABLED,
        "memory": DISABLED,
        "store": _store(proxy.planning.store_health(), local=local),
        "budget": _budget(proxy, local=local),
    }


DISABLED: dict[str, Any] = {"enabled": False, "ready": True, "status": "disabled"}


def _check(*, ready: bool) -> dict[str, Any]:
    return {"enabled": True, "ready": ready, "status": _status(ready=ready)}


def _store(health: Health, *, local: bool) -> dict[str, Any]:
    """A store that does not answer costs forms, not service: the proxy stays ready."""
    if not health.durable:
        return DISABLED
    told = {"enabled": True, "ready": True, "status": "degraded" if health.problem else "healthy"}
    why = {"error": health.problem, "notice": health.notice} if local else {}
    return {**told, **{name: text for name, text in why.items() if text}}


def _budget(proxy: Proxy, *, local: bool) -> dict[str, Any]:
    """Where the store does not answer, calls under a budget are refused, or let go on uncounted."""
    if not proxy.settings.has_budget:
        return DISABLED
    problem = proxy.planning.store_health().problem
    told = {"enabled": True, "ready": True, "status": "degraded" if problem else "healthy"}
    return {**told, "error": problem} if problem and local else told


def _status(*, ready: bool) -> str:
    return "healthy" if ready else "unhealthy"


def _moment(proxy: Proxy) -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    return {
        "version": __version__,
        "timestamp": now.isoformat() + "Z",
        "uptime_seconds": round(time.monotonic() - proxy.opened_at, 3),
    }


async def _answer(send: Send, status: int, told: dict[str, Any]) -> None:
    headers = [(b"cache-control", b"no-store")]
    await answer(send, status, msgspec.json.encode(told), headers)
