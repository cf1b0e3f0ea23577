"""What conversations of one kind were like: of one tenant, with the same tools and system text.

Counted in the store, so that all workers learn from one another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from headroom.economics import Habit
from headroom.state.base import Key, Store

HABITS = "habit"
KEY_BYTES = 12

# Of each tool and each system text: a name mostly; later may come a date, a folder, a branch.
KIND_CHARACTERS = 80


class Habits:
    """Reads and counts habits.  Its verbs raise StoreError."""

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, tenant: str, fixed: Sequence[str]) -> Habit:
        """What conversations with these fixed texts were like so far."""
        return await self._added(tenant, fixed, conversations=0, tokens=0)

    async def note(
        self, tenant: str, fixed: Sequence[str], *, conversations: int = 0, tokens: int = 0
    ) -> None:
        """Count so many conversations more, and so many tokens that left them."""
        await self._added(tenant, fixed, conversations=conversations, tokens=tokens)

    async def _added(
        self, tenant: str, fixed: Sequence[str], *, conversations: int, tokens: int
    ) -> Habit:
        name = _name(tenant, fixed)
        begun: Key = (HABITS, name + b"/conversations")
        left: Key = (HABITS, name + b"/tokens")
        totals = await self._store.add({begun: conversations, left: tokens})
        return Habit(totals[begun], totals[left])


def _name(tenant: str, fixed: Sequence[str]) -> bytes:
    digest = hashlib.blake2b(tenant.encode(), digest_size=KEY_BYTES, person=b"habit")
    for text in fixed:
        digest.update(text[:KIND_CHARACTERS].encode("utf-8", "surrogatepass"))
    return digest.hexdigest().encode()
