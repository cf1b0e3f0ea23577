"""Work that must not end in silence."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from headroom.observe.lasting import lasting


async def test_what_fails_is_told_and_its_owner_knows(caplog: pytest.LogCaptureFixture) -> None:
    known: list[bool] = []

    async def fail() -> None:
        raise LookupError("what was said")

    task = lasting(fail(), "the counting of requests", failed=lambda: known.append(True))
    await asyncio.wait({task})
    await asyncio.sleep(0)

    (told,) = caplog.records
    assert told.getMessage().startswith("the counting of requests has failed")
    assert told.exc_info is not None
    assert known == [True]


@pytest.mark.parametrize("is_cancelled", [True, False])
async def test_what_was_told_to_end_is_nothing_to_tell(
    caplog: pytest.LogCaptureFixture, is_cancelled: bool
) -> None:
    stop = asyncio.Event()

    async def wait() -> None:
        await stop.wait()

    task = lasting(wait(), "the waiting")
    await asyncio.sleep(0)
    if is_cancelled:
        task.cancel()
    stop.set()
    with suppress(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)

    assert not caplog.records
