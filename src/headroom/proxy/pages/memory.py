"""`/debug/memory`: what this process and its store hold, and how much that may be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from headroom.observe.machine import Memory, memory
from headroom.observe.shown import moment, percent, second
from headroom.proxy.call import Call
from headroom.proxy.described import Described
from headroom.proxy.pages.told import telling
from headroom.proxy.present import all_present
from headroom.proxy.proxy import Proxy
from headroom.proxy.shapes.memory import MEMORY
from headroom.state.base import Sizes
from headroom.state.namespaces import NAMESPACES
from headroom.state.presence import Present

MEGABYTE = 1_048_576

DEBUG_MEMORY = Described(
    "What processes and store hold, and how much that may be",
    MEMORY,
    "null where nobody counts it.",
)


@telling(missing="what is stored")
async def debug_memory(proxy: Proxy, _call: Call) -> tuple[int, Mapping[str, Any]]:
    """`GET /debug/memory`: as the original tells it, with what each process remembers beside."""
    settings, planning = proxy.settings, proxy.planning
    processes = await all_present(proxy)
    originals, replies = await planning.originals.sizes(), await planning.replies.sizes()
    batches, requests = await planning.batches.sizes(), await planning.journal.sizes()
    lifetime = (await proxy.chronicle.read()).lifetime
    tally, last_at = lifetime.sums, lifetime.last_at
    of_store = settings.store_limit_mb * MEGABYTE if settings.is_durable else None
    rooms = NAMESPACES["journal_detail"].most_bytes
    components = {
        "compression_store": _component(originals, of_store, hits=tally.of("retrievals")),
        "semantic_cache": _component(
            replies,
            settings.cache_max_mb * MEGABYTE,
            hits=tally.of("stored_hits"),
            misses=tally.of("stored_misses"),
        ),
        "request_logger": {
            **_component(requests, rooms),
            "last_updated": second(last_at) if last_at else None,
        },
        "batch_context_store": _component(batches),
    }
    tracked = sum(one["size_bytes"] for one in components.values())
    at = planning.clock()
    found = await asyncio.to_thread(memory)
    return 200, {
        "process": _process(found),
        # The npm SDK declares these names for the same, and `memory_mb` for `size_mb`.
        "process_memory": {
            "rss": found.resident,
            "vms": found.virtual,
            "percent": percent(found.resident, found.total or 0),
        },
        "components": {
            name: {"name": name, "last_updated": None, "memory_mb": one["size_mb"], **one}
            for name, one in components.items()
        },
        **_sized("total_tracked", tracked),
        **_sized("target_budget", of_store),
        "is_over_budget": of_store is not None and tracked > of_store,
        "timestamp": moment(at),
        "processes": _processes(processes, proxy.lineage.name),
    }


def _process(found: Memory) -> dict[str, Any]:
    return {
        **_sized("rss", found.resident),
        **_sized("vms", found.virtual),
        "percent": percent(found.resident, found.total or 0),
        "available_mb": _megabytes(found.available),
        "total_mb": _megabytes(found.total),
    }


def _component(
    sizes: Sizes, budget: int | None = None, *, hits: int | None = None, misses: int | None = None
) -> dict[str, Any]:
    """None where nobody counts it: nothing is told that is not known."""
    looked = None if hits is None or misses is None else hits + misses
    return {
        "entry_count": sizes.entries,
        **_sized("size", sizes.value_bytes),
        **_sized("budget", budget),
        "hits": hits,
        "misses": misses,
        "evictions": None,
        "hit_rate": percent(hits or 0, looked) if looked else None,
    }


def _sized(name: str, size_bytes: int | None) -> dict[str, Any]:
    return {f"{name}_bytes": size_bytes, f"{name}_mb": _megabytes(size_bytes)}


def _megabytes(size_bytes: int | None) -> float | None:
    return None if size_bytes is None else round(size_bytes / MEGABYTE, 2)


def _processes(processes: Sequence[Present], own: str) -> list[dict[str, Any]]:
    return [
        {
            "pid": one.pid,
            "is_this": one.name == own,
            "started_at": second(one.started_at),
            **_sized("rss", one.resident_bytes),
            **_sized("vms", one.virtual_bytes),
            "active_requests": one.calls,
            "active_ws_sessions": one.sockets,
            "unwritten_outcomes": one.unwritten,
            "problem": one.problem,
            "maps": {
                name: {"entries": entries, "held": held, "most": most}
                for name, (entries, held, most) in sorted(one.maps.items())
            },
        }
        for one in processes
    ]
