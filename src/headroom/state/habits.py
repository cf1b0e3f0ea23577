"""What conversations of one kind were like: of one tenant, with the same tools.

Counted in the store, so that all workers learn from one another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from headroom.economics import Habit, Starts
from headroom.state.base import Key, Store

HABITS = "habit"
KEY_BYTES = 12


class Habits:
    """Reads and counts habits.  Its verbs raise StoreError."""

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, tenant: str, tools: Sequence[str]) -> Habit:
        """What conversations with tools of these names were like so far."""
        return await self._added(tenant, tools, conversations=0, tokens=0)

    async def note(
        self, tenant: str, tools: Sequence[str], *, conversations: int = 0, tokens: int = 0
    ) -> None:
        """Count so many conversations more, and so many tokens that left them."""
        await self._added(tenant, tools, conversations=conversations, tokens=tokens)

    async def of_starts(self, tenant: str, tools: Sequence[str]) -> Starts:
        """How many such conversations have begun without cache marks, and have gone on."""
        return await self._started(tenant, tools, Starts())

    async def note_starts(self, tenant: str, tools: Sequence[str], starts: Starts) -> None:
        """Count so many more."""
        await self._started(tenant, tools, starts)

    async def _added(
        self, tenant: str, tools: Sequence[str], *, conversations: int, tokens: int
    ) -> Habit:
        name = _name(tenant, tools)
        begun: Key = (HABITS, name + b"/conversations")
        left: Key = (HABITS, name + b"/tokens")
        totals = await self._store.add({begun: conversations, left: tokens})
        return Habit(totals[begun], totals[left])

    async def _started(self, tenant: str, tools: Sequence[str], starts: Starts) -> Starts:
        name = _name(tenant, tools)
        begun: Key = (HABITS, name + b"/begun")
        followed: Key = (HABITS, name + b"/followed")
        totals = await self._store.add({begun: starts.begun, followed: starts.followed})
        return Starts(totals[begun], totals[followed])


def _name(tenant: str, tools: Sequence[str]) -> bytes:
    digest = hashlib.blake2b(tenant.encode(), digest_size=KEY_BYTES, person=b"habit")
    for tool in sorted(tools):
        digest.update(tool.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest().encode()
