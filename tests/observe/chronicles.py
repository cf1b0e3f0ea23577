"""Chronicles for tests, and stores that fail them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from headroom.errors import StoreError
from headroom.observe.chronicle import Chronicle, open_chronicle
from headroom.state.backends.memory import MemoryStore
from headroom.state.journal import Journal


class Failing(MemoryStore):
    """A store whose log cannot be written while *down*; *deaf*, it writes and does not say so."""

    def __init__(self) -> None:
        super().__init__()
        self.down = self.deaf = False

    async def append(self, log: str, record: bytes) -> int:
        if self.down:
            raise StoreError("the disk is full")
        number = await super().append(log, record)
        if self.deaf:
            raise StoreError("no answer came")
        return number


@asynccontextmanager
async def opened(store: MemoryStore, process: str = "one") -> AsyncIterator[Chronicle]:
    async with open_chronicle(Chronicle(Journal(store), process=process)) as chronicle:
        yield chronicle


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await is_so():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0)


def knows(chronicle: Chronicle, requests: int) -> Callable[[], Awaitable[bool]]:
    async def is_so() -> bool:
        return (await chronicle.read()).lifetime.sums.of("requests") >= requests

    return is_so
