"""What finished requests were, one record after the other, and what they come to up to some place.

The records are the truth; sums are kept beside them so that nobody has to read all of them.
Contents are bytes: what they mean is for `observe` to know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headroom.state.base import Sizes, Store

LOG, SUMS, DETAIL = "journal", "journal_sums", "journal_detail"
CONTENT = "journal_content"


class Journal:
    """Its verbs raise StoreError."""

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        self._store = store

    async def append(self, record: bytes) -> int:
        """Write a record, and return its number, one more than the last one's."""
        return await self._store.append(LOG, record)

    async def after(self, number: int, *, limit: int) -> Sequence[tuple[int, bytes]]:
        """The first *limit* records after this one that are still there, with their numbers."""
        return await self._store.scan(LOG, since=number, limit=limit)

    async def sums(self, name: str) -> bytes | None:
        """What was last kept under this name."""
        key = (SUMS, name.encode())
        return (await self._store.get([key])).get(key)

    async def keep_sums(self, name: str, sums: bytes) -> None:
        """Keep this under the name, whatever stood there."""
        await self._store.put({(SUMS, name.encode()): sums})

    async def agreed(self, name: str, proposed: bytes) -> bytes:
        """What the first to come has proposed to be kept under the name."""
        key = (SUMS, name.encode())
        return (await self._store.put({key: proposed}, if_absent=frozenset({SUMS})))[key]

    async def detail(self, request_id: str) -> bytes | None:
        """What was kept of one request, if it still is."""
        key = (DETAIL, request_id.encode())
        return (await self._store.get([key])).get(key)

    async def keep_details(self, details: Mapping[str, bytes]) -> None:
        """Keep more of these requests for a while."""
        if details:
            entries = {(DETAIL, name.encode()): detail for name, detail in details.items()}
            await self._store.put(entries)

    async def sizes(self) -> Sizes:
        """Of how many requests more is kept, and how much."""
        return await self._store.sizes(DETAIL)

    async def contents(self, request_ids: Sequence[str]) -> Mapping[str, bytes]:
        """What was said in those of these requests of which that is kept."""
        keys = [(CONTENT, name.encode()) for name in request_ids]
        found = await self._store.get(keys)
        return {name.decode(): content for (_, name), content in found.items()}

    async def keep_contents(self, contents: Mapping[str, bytes]) -> None:
        """Keep what was said in these requests, until it is written where it was asked for."""
        if contents:
            entries = {(CONTENT, name.encode()): content for name, content in contents.items()}
            await self._store.put(entries)

    async def drop_contents(self, request_ids: Sequence[str]) -> None:
        """Forget what was said in these."""
        await self._store.drop([(CONTENT, name.encode()) for name in request_ids])
