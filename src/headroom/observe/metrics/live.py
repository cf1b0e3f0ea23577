"""How things are just now: processes, store, and what processes remember."""

from __future__ import annotations

import platform
from collections.abc import Callable

from headroom.observe.metrics.metric import Live, Metric, Now, Values, one
from headroom.state.presence import Present


def _summed(name: str, value: Callable[[Present], float], what: str) -> Live:
    return Live(
        name=name,
        kind="gauge",
        help=what,
        read=lambda now: one(sum(map(value, now.processes))),
    )


def _map_entries(now: Now) -> Values:
    found: dict[str, int] = {}
    for process in now.processes:
        for name, (entries, _, _) in process.maps.items():
            found[name] = found.get(name, 0) + entries
    return [((name,), entries) for name, entries in found.items()]


def _map_shares(now: Now) -> Values:
    found: dict[str, float] = {}
    for process in now.processes:
        for name, (_, held, most) in process.maps.items():
            found[name] = max(found.get(name, 0.0), held / most if most else 0.0)
    return [((name,), share) for name, share in found.items()]


LIVE: tuple[Metric, ...] = (
    Live(
        name="headroom_build_info",
        kind="info",
        help="Which Headroom this is.",
        labels=("version", "python"),
        read=lambda now: [((now.version, platform.python_version()), 1)],
    ),
    Live(
        name="headroom_processes",
        kind="gauge",
        help="Processes that live on this store, on all machines.",
        read=lambda now: one(len(now.processes)),
    ),
    Live(
        name="headroom_processes_with_problem",
        kind="gauge",
        help="Processes that cannot read or write what they should.",
        read=lambda now: one(sum(1 for each in now.processes if each.problem)),
    ),
    Live(
        name="headroom_start_time_seconds",
        kind="gauge",
        help="When the oldest process started, in seconds since 1970.",
        read=lambda now: one(min((each.started_at for each in now.processes), default=0.0)),
    ),
    _summed(
        "headroom_resident_memory_bytes",
        lambda each: each.resident_bytes,
        "What all processes have in memory, without those that make plans.",
    ),
    _summed("headroom_active_requests", lambda each: each.calls, "Requests that run just now."),
    _summed(
        "headroom_outcomes_unwritten",
        lambda each: each.unwritten,
        "Requests that have ended and are still to be written to the journal.",
    ),
    Live(
        name="headroom_map_entries",
        kind="gauge",
        help="Entries of what processes remember, of all of them, by what it is.",
        labels=("map",),
        read=_map_entries,
    ),
    Live(
        name="headroom_map_fill_ratio",
        kind="gauge",
        help="How full what is remembered is where it is fullest, from 0 to 1, by what it is.",
        labels=("map",),
        read=_map_shares,
    ),
    Live(
        name="headroom_store_up",
        kind="gauge",
        help="1 while the store answers; while it is 0, what is summed up is left out.",
        labels=("store",),
        read=lambda now: [((now.store,), int(now.is_counted))],
    ),
    Live(
        name="headroom_store_problem",
        kind="gauge",
        help="1 while something cannot be read or written, as of the process that was asked.",
        read=lambda now: one(int(bool(now.problem) or not now.is_counted)),
    ),
    Live(
        name="headroom_store_durable",
        kind="gauge",
        help="1 where what it holds outlives the process.",
        read=lambda now: one(int(now.health.durable)),
    ),
    Live(
        name="headroom_store_set_aside",
        kind="gauge",
        help="1 where a damaged or newer file was set aside as the store was opened.",
        read=lambda now: one(int(bool(now.health.notice))),
    ),
)
