"""What was charged for batches by estimate, and files of requests."""

from __future__ import annotations

import asyncio

from headroom.state.backends.memory import MemoryStore
from headroom.state.batches import Batch, Batches, File

ACCOUNT = ("spend", b"all//daily/2026-11-26T00")
MADE = Batch((ACCOUNT,), 500, "m")


async def test_what_was_kept_is_found_and_nothing_else() -> None:
    batches = Batches(MemoryStore())
    await batches.keep("b", MADE)
    await batches.keep_file("f", File(10, 2, "m"))

    assert await batches.find("b") == MADE
    assert await batches.file("f") == File(10, 2, "m")
    assert await batches.find("f") is None
    assert await batches.file("b") is None


async def test_a_batch_is_corrected_once_however_often_that_is_tried() -> None:
    store = MemoryStore()
    batches = Batches(store)
    await store.add({ACCOUNT: 500})

    await asyncio.gather(*(batches.correct("b", MADE, 300) for _ in range(5)))

    assert await store.add({ACCOUNT: 0}) == {ACCOUNT: 300}
