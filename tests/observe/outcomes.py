"""Finished requests for tests, and records of them."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

from headroom.observe.entry import entry_of
from headroom.observe.statistics import Record
from headroom.outcome import Outcome, Passage, Treated, Usage

NOON = 1_790_000_000.0
"""Some time in 2026."""

PLANNED = Outcome(
    "hr_1",
    "planned",
    method="POST",
    route="/v1/messages",
    provider="anthropic",
    model="claude-opus-4-7",
    status=200,
    streaming=True,
    tokens_before=1_000,
    tokens_after=600,
    transforms=("router:log:0.21",),
    usage=Usage(700, 50, cache_read_tokens=400, cache_write_5m_tokens=200),
    cost=Decimal("0.004"),
    direct_cost=Decimal("0.007"),
    units=600.5,
    direct_units=1_000.0,
    overhead_ms=2.0,
    first_byte_ms=300.0,
    total_ms=900.0,
    at=NOON,
    tenant="0123456789abcdef",
    known_model="claude-opus-4-7",
    input_cost=Decimal("0.003"),
    uncached_cost=Decimal("0.009"),
    retrieval_cost=Decimal(0),
    passages=(Passage("plan", 0.5, 1.0), Passage("keep", 1.5, 0.5)),
    treated=(
        Treated(3, 1, "tool", "tool_result", "Bash", 900, 500, ("clean", "log"), original="ab"),
        Treated(4, 1, "user", "text", tokens_before=20, tokens_after=20, reason="too short"),
    ),
)


def planned(**changed: Any) -> Outcome:
    """`PLANNED` with something else in it."""
    return dataclasses.replace(PLANNED, **changed)


def record(first: int, *outcomes: Outcome, process: str = "one") -> Record:
    """What a process writes of these, numbered from *first* on."""
    return Record(process, first, tuple(map(entry_of, outcomes)))
