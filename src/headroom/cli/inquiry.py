"""Finding out how Headroom stands: the running proxy is asked; where none runs, its store is read.

Nothing is written, made, or taken over: looking leaves everything as it was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from headroom.cli.asking import Address, Answer, Trouble, is_ours, who
from headroom.cli.running_process import is_running
from headroom.cli.standing import Json, Standing
from headroom.errors import StoreError
from headroom.observe.overview import budget_told, error_told, overview
from headroom.observe.window import read
from headroom.proxy.storage import look_into_store
from headroom.settings import Settings
from headroom.state.backends.sqlite_file import FILE, bytes_of
from headroom.state.journal import Journal
from headroom.state.presence import Presence, Present
from headroom.state.spend import Budget, Spend, nanos_of

MOST_ERRORS = 5
MOST_UNWRITTEN = 200
"""So many may just have ended."""

SUMS = ("today", "session", "lifetime", "brought", "since", "last_request_at")

TROUBLES: Mapping[Trouble, str] = {
    "stranger": "something else than Headroom listens there: choose another --port for one of "
    "the two",
    "late": "it did not answer in time: it is overloaded or hangs; look at what it logs, or start "
    "it again",
    "token": "it wants a token, and none was found here that opens it: set HEADROOM_API_KEY as it "
    "is set for the proxy",
}
ELSEWHERE = "it wants a token, which is sent to no other machine: ask there"


def inquire(settings: Settings, *, now: float | None = None) -> Standing:
    """How the Headroom of these settings stands."""
    now = time.time() if now is None else now
    address = Address.of(settings)
    health = who(address)
    if health.trouble:
        return _without_proxy(settings, address, health, now)
    stats = address.ask("/stats")
    if stats.trouble:
        problem = f"/stats tells nothing: {stats.detail or stats.trouble}"
        return Standing(
            address.url, health=health.told, problems=(*_problems(health.told), problem)
        )
    return _of_proxy(address, health.told, stats.told)


def _of_proxy(address: Address, health: Json, stats: Json) -> Standing:
    store = stats.get("store", {})
    return Standing(
        address.url,
        health=health,
        source="proxy",
        sums={name: stats[name] for name in SUMS if name in stats},
        budgets=stats.get("budgets") or (),
        store=store,
        errors=stats.get("recent_errors", ())[:MOST_ERRORS],
        problems=(*_problems(health), *_troubles(store)),
    )


def _problems(health: Json) -> tuple[str, ...]:
    """What the parts of the proxy say is wrong with them."""
    return tuple(
        f"{name}: {check.get('error') or check['status']}"
        for name, check in health.get("checks", {}).items()
        if check["status"] not in ("healthy", "disabled")
    )


def _troubles(store: Json) -> tuple[str, ...]:
    """What is wrong with what is counted."""
    told = []
    if store.get("unwritten", 0) > MOST_UNWRITTEN:
        told.append(f"{store['unwritten']:,} requests are not written down yet")
    if store.get("lost"):
        told.append(
            f"{store['lost']:,} requests were never written down, as the store did not answer "
            "for too long: they are missing in all sums"
        )
    return tuple(told)


def _without_proxy(settings: Settings, address: Address, health: Answer, now: float) -> Standing:
    """What the store says, where no proxy does."""
    told = health.told if is_ours(health.told) else {}
    problems = () if health.trouble == "nobody" else (TROUBLES[health.trouble],)
    if health.trouble == "broken":
        problems = (health.detail,)
    if health.trouble == "token" and not address.is_loopback:
        problems = (ELSEWHERE,)
    if not settings.is_durable or not address.is_loopback:
        return Standing(address.url, health.trouble, health=told, problems=problems)
    try:
        return asyncio.run(_of_store(settings, address, health.trouble, told, problems, now))
    except StoreError as error:
        store = {**_place(settings), "problem": str(error)}
        return Standing(address.url, health.trouble, health=told, store=store, problems=problems)


async def _of_store(
    settings: Settings,
    address: Address,
    trouble: Trouble,
    health: Json,
    problems: tuple[str, ...],
    now: float,
) -> Standing:
    async with look_into_store(settings) as store:
        found = await read(Journal(store))
        living = await Presence(store).living(now)
        budgets = []
        if settings.budget is not None:
            budget = Budget(nanos_of(settings.budget), settings.budget_period)
            spent = await Spend(store).spent([budget], now=now)
            budgets.append(budget_told(budget, spent[budget], now))
    return Standing(
        address.url,
        trouble,
        health=health,
        source="store",
        sums=overview(found.statistics, now),
        budgets=budgets,
        store=_place(settings),
        errors=[error_told(entry) for entry in found.failed[:MOST_ERRORS]],
        others=_running(living) if settings.store_kind == "sqlite" else (),
        problems=problems,
    )


def _place(settings: Settings) -> dict[str, Any]:
    if settings.store_kind != "sqlite":
        return {"kind": settings.store_kind}
    path = settings.workspace_dir / FILE
    return {"kind": "sqlite", "path": str(path), "bytes": bytes_of(path)}


def _running(living: Sequence[Present]) -> tuple[int, ...]:
    """Those that run; on a store of several machines nobody knows."""
    return tuple(one.pid for one in living if one.pid and is_running(one.pid))
