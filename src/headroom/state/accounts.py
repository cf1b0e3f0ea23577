"""Accounts of conversations: counted in the store, so that all workers share them.

An account lives as long as its conversation is used.  Conversations that begin with the very
same words before any tool has spoken share one.
"""

from __future__ import annotations

from headroom.economics import NOTHING_KNOWN, Account
from headroom.economics.account import FIELDS
from headroom.state.base import Key, Store

ACCOUNTS = "account"


class Accounts:
    """Reads accounts and adds to them.  Its verbs raise StoreError."""

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, group: bytes) -> Account:
        """What is known of the conversation of this name."""
        return await self.add(group, NOTHING_KNOWN)

    async def add(self, group: bytes, entry: Account) -> Account:
        """Add what one request came to; the account afterwards."""
        if not group:
            return entry
        keys: dict[str, Key] = {name: (ACCOUNTS, group + b"/" + name.encode()) for name in FIELDS}
        totals = await self._store.add({key: getattr(entry, name) for name, key in keys.items()})
        return Account(*(totals[key] for key in keys.values()))
