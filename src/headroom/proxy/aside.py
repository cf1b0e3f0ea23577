"""Work that is short for what is small, and would hold up the event loop for what is large."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# Reading a body and hashing its blocks for the first time costs about 10 ms per megabyte.
LARGE_BODY_BYTES = 2 * 1024 * 1024


async def aside(
    size: int,
    work: Callable[Parameters, Result],
    *given: Parameters.args,
    **named: Parameters.kwargs,
) -> Result:
    """What *work* returns; in a thread when *size* bytes would hold up the event loop."""
    if size <= LARGE_BODY_BYTES:
        return work(*given, **named)
    return await asyncio.to_thread(work, *given, **named)
