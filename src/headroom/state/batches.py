"""Batches that were charged by estimate when they were made, and files with requests for one.

What a batch used is told later, and perhaps often: it is corrected once.
"""

from __future__ import annotations

import secrets
from typing import TypeVar

import msgspec

from headroom.state.base import Key, Sizes, Store

Kind = TypeVar("Kind")

BATCHES, CORRECTED = "batch", "batch_corrected"


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """What was charged for a batch, to which accounts, and for which model."""

    accounts: tuple[Key, ...]
    nanos: int
    model: str = ""


class File(msgspec.Struct, frozen=True, array_like=True):
    """Of a file that was sent: its size, how many requests are in it, the first one's model.

    Where they were planned: their tokens before and after, and how many of them became shorter.
    """

    size: int
    asked: int
    model: str = ""
    tokens_before: int = 0
    tokens_after: int = 0
    shorter: int = 0


class Batches:
    """Reads and writes them.  Its verbs raise StoreError."""

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, name: str, batch: Batch) -> None:
        """Remember what was charged for this batch."""
        await self._store.put({(BATCHES, name.encode()): msgspec.msgpack.encode(batch)})

    async def keep_file(self, name: str, file: File) -> None:
        """Remember what is in this file."""
        await self._store.put({(BATCHES, b"file/" + name.encode()): msgspec.msgpack.encode(file)})

    async def file(self, name: str) -> File | None:
        """What is in this file, if that is known."""
        return await self._found(b"file/" + name.encode(), File)

    async def find(self, name: str) -> Batch | None:
        """What was charged for this batch, if that is known."""
        return await self._found(name.encode(), Batch)

    async def correct(self, name: str, batch: Batch, nanos: int) -> None:
        """Charge *nanos* instead of the estimate; the first who does wins."""
        mark, key = secrets.token_bytes(8), (CORRECTED, name.encode())
        standing = await self._store.put({key: mark}, if_absent=frozenset({CORRECTED}))
        if standing[key] == mark and batch.accounts:
            await self._store.add(dict.fromkeys(batch.accounts, nanos - batch.nanos))

    async def sizes(self) -> Sizes:
        """How many of both there are, and their bytes."""
        return await self._store.sizes(BATCHES)

    async def _found(self, name: bytes, kind: type[Kind]) -> Kind | None:
        key = (BATCHES, name)
        found = (await self._store.get([key])).get(key)
        return None if found is None else msgspec.msgpack.decode(found, type=kind)
