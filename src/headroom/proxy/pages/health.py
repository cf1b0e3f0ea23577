"""`/livez`, `/readyz` and `/health`: our own state, never the provider's."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from headroom import __version__
from headroom.observe.savings_file import SavingsFile
from headroom.proxy.access import is_trusted
from headroom.proxy.answers import answer
from headroom.proxy.call import Call, Send
from headroom.proxy.described import JSON, Described, Reply
from headroom.proxy.limiting import STORE_DOWN
from headroom.proxy.planning import Planning
from headroom.proxy.proxy import Proxy
from headroom.proxy.shapes.health import HEALTH as HEALTH_SHAPE
from headroom.proxy.shapes.health import LIVE, READY
from headroom.state.base import Health

SERVICE = "headroom-proxy"

LIVEZ = Described("Whether the process answers at all", LIVE)
READYZ = Described(
    "Whether calls can be taken",
    READY,
    "Strangers are told the first five checks, and not why one is degraded.",
    replies={503: Reply("Not yet, or no more.", {JSON: READY})},
)
HEALTH = Described(
    "The same, with the configuration",
    HEALTH_SHAPE,
    "Always 200, so that it can be read while no calls can be taken.",
)


async def livez(proxy: Proxy, _call: Call, send: Send) -> None:
    """200 for as long as the process answers at all."""
    told = {"service": SERVICE, "status": "healthy", "alive": True, **_moment(proxy)}
    await _answer(send, 200, told)


async def readyz(proxy: Proxy, call: Call, send: Send) -> None:
    """200 when calls can be taken, else 503."""
    ready = is_ready(proxy)
    trusted = is_trusted(call)
    found = checks(proxy, local=trusted)
    told = {
        "service": SERVICE,
        "status": _status(ready=ready),
        "ready": ready,
        **_moment(proxy),
        "checks": found if trusted else _to_strangers(found),
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
        "config": {**proxy.settings.health_config(), **proxy.exports.told()},
        "runtime": _runtime(proxy),
        "checks": checks(proxy, local=is_trusted(call)),
    }
    await _answer(send, 200, told)


def _runtime(proxy: Proxy) -> dict[str, Any]:
    """Which process has answered, of how many, and how it goes about its work."""
    settings = proxy.settings
    return {
        "pid": os.getpid(),
        "workers": settings.workers,
        "mode": settings.mode,
        "store": settings.store_kind,
    }


def is_ready(proxy: Proxy) -> bool:
    """True when every check that is enabled is ready."""
    return all(check["ready"] for check in checks(proxy, local=False).values())


def checks(proxy: Proxy, *, local: bool) -> dict[str, dict[str, Any]]:
    """The parts of the proxy: whether each is enabled and ready; to *local* callers also why."""
    lifecycle = proxy.lifecycle
    return {
        "startup": _check(ready=lifecycle.started and not lifecycle.stopping),
        "http_client": _check(ready=proxy.upstream.is_open),
        "cache": _cache(proxy),
        "rate_limiter": _rate_limiter(proxy.planning, local=local),
        "memory": DISABLED,
        "store": _store(proxy.planning.store_health(), local=local),
        "budget": _budget(proxy, local=local),
        "savings_file": _savings_file(proxy.savings, local=local),
    }


def _to_strangers(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The specification's checks and their fields, and nothing more."""
    return {
        name: {field: found[name][field] for field in FIELDS} for name in SPECIFIED if name in found
    }


SPECIFIED = ("startup", "http_client", "cache", "rate_limiter", "memory")
FIELDS = ("enabled", "ready", "status")
DISABLED: dict[str, Any] = {"enabled": False, "ready": True, "status": "disabled"}


def _check(*, ready: bool) -> dict[str, Any]:
    return {"enabled": True, "ready": ready, "status": _status(ready=ready)}


def _cache(proxy: Proxy) -> dict[str, Any]:
    """Without a store that answers, nothing is found and nothing fails."""
    if not proxy.settings.cache:
        return DISABLED
    problem = proxy.planning.store_health().problem
    return {"enabled": True, "ready": True, "status": "degraded" if problem else "healthy"}


def _store(health: Health, *, local: bool) -> dict[str, Any]:
    """A store that does not answer costs forms, not service: the proxy stays ready."""
    if not health.durable:
        return DISABLED
    told = {"enabled": True, "ready": True, "status": "degraded" if health.problem else "healthy"}
    why = {"error": health.problem, "notice": health.notice} if local else {}
    return {**told, **{name: text for name, text in why.items() if text}}


def _savings_file(savings: SavingsFile | None, *, local: bool) -> dict[str, Any]:
    """As the process sees it that keeps it: a file that is not written costs nobody anything."""
    if savings is None:
        return DISABLED
    told = {"enabled": True, "ready": True, "status": "degraded" if savings.problem else "healthy"}
    why = {"error": savings.problem, "notice": savings.notice} if local else {}
    return {**told, **{name: text for name, text in why.items() if text}}


def _rate_limiter(planning: Planning, *, local: bool) -> dict[str, Any]:
    """Without a store that answers nothing is limited: the proxy stays ready."""
    if not planning.limits.is_on:
        return DISABLED
    problem = planning.store_health().problem
    told = {"enabled": True, "ready": True, "status": "degraded" if problem else "healthy"}
    return {**told, "error": f"{STORE_DOWN}: {problem}"} if problem and local else told


def _budget(proxy: Proxy, *, local: bool) -> dict[str, Any]:
    """Where the store does not answer, calls under a budget are refused, or let go on uncounted."""
    # Virtual keys have budgets of their own.
    if not proxy.settings.has_budget and not proxy.settings.virtual_keys:
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
