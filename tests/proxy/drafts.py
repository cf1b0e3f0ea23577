"""Drafts of outcomes for tests."""

from __future__ import annotations

import time
from typing import Any

from headroom.conversation import Plan
from headroom.proxy.call import Call, Message
from headroom.proxy.record import Record
from headroom.proxy.routes import find_route

NOW_MS = 1_790_000_000_000

PLAN = Plan(tokens_before=2000, tokens_after=1500, transforms=("router:log:0.75",) * 3)


async def nothing() -> Message:
    return {}


def record(path: bytes = b"/v1/messages", **known: Any) -> Record:
    route = find_route("POST", path, [])
    call = Call({}, nothing, "POST", [], b"", route, time.perf_counter())
    made = Record(call)
    for name, value in known.items():
        setattr(made, name, value)
    return made
