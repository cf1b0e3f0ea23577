"""Finished requests, as tests of exports need them."""

from __future__ import annotations

from typing import Any

import msgspec

from headroom.observe.entry import Entry, Fresh

PLANNED = Entry(
    id="hr_1",
    at=1_000.0,
    verdict="planned",
    method="POST",
    route="/v1/messages",
    provider="anthropic",
    model="claude-sonnet-4-5",
    known_model="claude-sonnet-4-5",
    status=200,
    streaming=True,
    before=900,
    after=300,
    transforms=("router:log:0.3", "router:log:0.1", "repeat"),
    used=True,
    input=1_000,
    output=20,
    read=600,
    written_5m=100,
    written_1h=50,
    cost=4_000_000,
    direct_cost=10_000_000,
    retrieval_cost=1_000_000,
    overhead_ms=3.0,
    first_byte_ms=40.0,
    total_ms=100.0,
    stages={"read": 0.5, "look_up": 0.5, "plan": 1.0, "keep": 0.5},
    fresh=(Fresh("Bash", "records", "records", 1, 900, 300),),
)


def entry(**changes: Any) -> Entry:
    return msgspec.structs.replace(PLANNED, **changes)
