"""How well Headroom did in the last hours: found in the store, or else told by the proxy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from headroom.cli.asking import Address
from headroom.errors import HeadroomError, StoreError
from headroom.observe.effect import effect, effect_of
from headroom.observe.periods import HOUR_S
from headroom.observe.shown import second
from headroom.observe.window import Window, look_back, read
from headroom.proxy.storage import look_into_store
from headroom.settings import Settings
from headroom.state.journal import Journal

SCHEMA_VERSION = 1

Performance = Mapping[str, Any]
"""One JSON object; fields are added, never renamed."""


def performance(settings: Settings, *, hours: int, now: float | None = None) -> Performance:
    """What the requests of so many hours came to.

    The store holds requests one by one; a proxy whose store cannot be looked into from here tells
    all of its requests instead, which *window* says.  Raises HeadroomError where neither does.
    """
    now = time.time() if now is None else now
    address = Address.of(settings)
    answer = address.ask("/stats")
    stats = answer.told if not answer.trouble and isinstance(answer.told, dict) else None
    if stats is not None and "lifetime" not in stats:
        raise HeadroomError(f"What listens on {address.url} is no Headroom: name another --port.")
    problem = "it is on another machine"
    if address.is_loopback:
        try:
            found = asyncio.run(_of_store(settings, hours, now, stats))
        except StoreError as error:
            problem = str(error)
        else:
            if found is not None:
                return found
            problem = f"the proxy on {address.url} has another"
    if stats is None:
        raise HeadroomError(
            f"There is nothing to tell: no proxy answers on {address.url}, and its store tells "
            f"nothing ({problem}). Start one with headroom proxy, or say where it is: --host, "
            "--port, HEADROOM_WORKSPACE_DIR."
        )
    return _of_proxy(stats, hours, now, problem)


async def _of_store(
    settings: Settings, hours: int, now: float, stats: Mapping[str, Any] | None
) -> Performance | None:
    """What the store says; None where it is not that of the proxy which told *stats*."""
    async with look_into_store(settings) as store:
        journal = Journal(store)
        if stats is not None:
            first_at = (await read(journal)).statistics.lifetime.first_at
            if stats.get("since") != (second(first_at) if first_at else None):
                return None
        window = await look_back(journal, hours=hours, now=now)
    return {
        "schema_version": SCHEMA_VERSION,
        "window": _told(window, hours),
        "source": "store",
        **effect(window.book),
    }


def _told(window: Window, hours: int) -> dict[str, Any]:
    return {
        "hours": hours,
        "since": second(window.since),
        "until": second(window.until),
        "is_whole": window.is_whole,
        "of": "window",
    }


def _of_proxy(stats: Mapping[str, Any], hours: int, now: float, problem: str) -> Performance:
    since = stats.get("since") or second(now - hours * HOUR_S)
    window = {
        "hours": hours,
        "since": since,
        "until": second(now),
        "is_whole": False,
        "of": "lifetime",
        "why": f"the store cannot be looked into from here: {problem}",
    }
    told = effect_of(
        stats["lifetime"], stats["lifetime_breakdown"], stats["lifetime_distributions"]
    )
    return {"schema_version": SCHEMA_VERSION, "window": window, "source": "proxy", **told}
