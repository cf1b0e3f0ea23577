"""What `/debug/memory` tells."""

from __future__ import annotations

from headroom.proxy.schema import (
    COUNT,
    FLAG,
    MOMENT,
    NUMBER,
    TEXT,
    listed,
    named,
    or_null,
    record,
)

BYTES, MEGABYTES, COUNTED = or_null(COUNT), or_null(NUMBER), or_null(COUNT)

COMPONENT = record(
    "MemoryComponent",
    name=TEXT,
    last_updated=or_null(MOMENT),
    memory_mb=MEGABYTES,
    entry_count=COUNTED,
    size_bytes=BYTES,
    size_mb=MEGABYTES,
    budget_bytes=BYTES,
    budget_mb=MEGABYTES,
    hits=COUNTED,
    misses=COUNTED,
    evictions=COUNTED,
    hit_rate=or_null(NUMBER),
)

PROCESS = record(
    "Process",
    pid=COUNT,
    is_this=FLAG,
    started_at=MOMENT,
    rss_bytes=BYTES,
    rss_mb=MEGABYTES,
    vms_bytes=BYTES,
    vms_mb=MEGABYTES,
    active_requests=COUNT,
    active_ws_sessions=COUNT,
    unwritten_outcomes=COUNT,
    problem=TEXT,
    maps=named(record("HeldMap", entries=COUNT, held=COUNT, most=or_null(COUNT))),
)

MEMORY = record(
    "Memory",
    process=record(
        rss_bytes=BYTES,
        rss_mb=MEGABYTES,
        vms_bytes=BYTES,
        vms_mb=MEGABYTES,
        percent=NUMBER,
        available_mb=MEGABYTES,
        total_mb=MEGABYTES,
    ),
    process_memory=record(rss=BYTES, vms=BYTES, percent=NUMBER),
    components=record(
        compression_store=COMPONENT,
        semantic_cache=COMPONENT,
        request_logger=COMPONENT,
        batch_context_store=COMPONENT,
    ),
    total_tracked_bytes=BYTES,
    total_tracked_mb=MEGABYTES,
    target_budget_bytes=BYTES,
    target_budget_mb=MEGABYTES,
    is_over_budget=FLAG,
    timestamp=MOMENT,
    processes=listed(PROCESS),
)
