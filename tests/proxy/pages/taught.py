"""A house that has learned something, and what its pages say of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from headroom.hints import Shape
from headroom.proxy.call import read_head
from headroom.proxy.credentials import brought
from headroom.proxy.tenant import tenant_of
from headroom.state.pattern_counts import Total
from headroom.state.patterns import Experience
from tests.proxy.house import House, get
from tests.proxy.talks import planning_of

MINE, THEIRS = b"x-api-key: mine", b"x-api-key: theirs"
SIGNATURE = "a1" * 12
SHAPE = Shape(SIGNATURE, "list", "records", (("id", "number"), ("salary", "number")))


def tenant(house: House, *headers: bytes) -> str:
    """Who speaks with these headers."""
    pairs = [(name, value) for name, _, value in (one.partition(b": ") for one in headers)]
    scope = {"headers": pairs, "raw_path": b"/", "query_string": b""}
    call = read_head(scope, asyncio.Queue[Any]().get)
    return tenant_of(brought(call), planning_of(house).secret)


async def teach(
    house: House, *headers: bytes, outputs: int, whole: int = 0, named: int = 0
) -> None:
    """So many outputs were cut down, and so often fetched whole or by a field."""
    totals: dict[Total, int] = {
        "compressions": 1,
        "tokens_before": 1000,
        "tokens_after": 250,
        "units": 40,
        "units_kept": 10,
    }
    cut = [Experience(SHAPE, f"{n:024x}", totals, {"reduced": 1}) for n in range(outputs)]
    known, salary = Shape(SIGNATURE), {"salary": 1}
    fetched = [Experience(known, f"{n:024x}", {"whole": 1}, {"regretted": 1}) for n in range(whole)]
    asked_by_name = [
        Experience(known, f"{n:024x}", {"query": 1}, {"named": 1}, salary) for n in range(named)
    ]
    experiences = [*cut, *fetched, *asked_by_name]
    await planning_of(house).patterns.note(tenant(house, *headers), experiences)


async def asked(house: House, path: str, *headers: bytes) -> tuple[int, Any]:
    """What a page says, with its status."""
    answer = await house.ask(get(path.encode(), *headers))
    assert answer.values(b"content-type") == [b"application/json"]
    return answer.status, json.loads(answer.body)
