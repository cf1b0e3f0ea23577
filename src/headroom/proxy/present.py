"""How this process is, said to all others every few seconds, and what they said."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from headroom.errors import StoreError
from headroom.observe.lasting import lasting
from headroom.observe.machine import own_memory
from headroom.proxy.proxy import Proxy
from headroom.state.presence import BEAT_S, Filled, Present

END_S = 1.0
MOST_REPLACED = 8
"""Of those that were in its place before, so many are named."""


def present(proxy: Proxy, *, ends: bool = False) -> Present:
    """How this process is just now."""
    planning, chronicle, running = proxy.planning, proxy.chronicle, proxy.running
    resident, virtual = own_memory()
    now = planning.clock()
    return Present(
        name=proxy.lineage.name,
        replaces=proxy.lineage.before[-MOST_REPLACED:],
        at=round(now, 3),
        pid=os.getpid(),
        started_at=round(now - (time.monotonic() - proxy.opened_at), 3),
        resident_bytes=resident,
        virtual_bytes=virtual or 0,
        calls=running.calls,
        sockets=running.sockets,
        relays=running.relays,
        unwritten=chronicle.scribe.owed,
        problem=planning.store_health().problem or chronicle.scribe.problem,
        maps=dict(maps(proxy)),
        ends=ends,
    )


def maps(proxy: Proxy) -> Mapping[str, Filled]:
    """All that this process remembers from one request to the next, and how much that may be."""
    planning = proxy.planning
    return {
        "recall": planning.recall.filled,
        "indexes": planning.remembered.filled,
        "rewritten_messages": planning.rewritten.filled,
        **planning.ledger.filled,
        "accounts": planning.accounting.filled,
        "originals_kept": planning.originals.filled,
        **planning.retrievals.filled,
        **planning.patterns.filled,
        "virtual_keys": planning.keys.filled,
        "calibrated_models": planning.calibration.filled,
        "answer_lengths": proxy.answer_lengths.filled,
        "surprises": proxy.surprises.filled,
        "flights": proxy.flights.filled,
        "socket_threads": proxy.threads.filled,
        **proxy.chronicle.filled,
    }


async def all_present(proxy: Proxy) -> Sequence[Present]:
    """How all processes are that live; where the store does not answer, this one alone."""
    own = present(proxy)
    try:
        return await proxy.planning.presence.meet(own)
    except StoreError:
        return [own]


@asynccontextmanager
async def beating(proxy: Proxy) -> AsyncIterator[None]:
    """While this runs all others hear of this process; at the end they hear that it is gone."""
    task = lasting(_beat(proxy), "telling others of this process")
    try:
        yield
    finally:
        task.cancel()
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(END_S):
                await proxy.planning.presence.say(present(proxy, ends=True))


async def _beat(proxy: Proxy) -> None:
    while True:
        with suppress(StoreError):
            await proxy.planning.presence.say(present(proxy))
        await asyncio.sleep(BEAT_S)
