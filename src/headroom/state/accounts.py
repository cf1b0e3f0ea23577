"""Accounts of conversations: each stands where its last request ended, as a head does.

So it is that of one conversation, though others begin with the same words; a conversation that
goes on twice from one place has two accounts with the same beginning.  It lives and leaves with
its conversation.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from headroom.economics import NOTHING_KNOWN, Account
from headroom.economics.account import FIELDS
from headroom.errors import StoreError
from headroom.state.base import Key, Store
from headroom.state.bounded import Bounded
from headroom.state.place import Place

ACCOUNTS = "account"

REMEMBERED = 4_096
MOST_NOTES = 3
LOOKED_BACK = 8
"""How many places are looked at: the account of the last request may not be written yet."""

_Stored = tuple[int, ...]


class Accounts:
    """Reads and writes accounts.  Its verbs raise StoreError.

    What this process has written lately it remembers, so that a conversation that stays here is
    never asked for, and goes on while the store is down.
    """

    __slots__ = ("_recent", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recent: Bounded[Key, bytes] = Bounded(REMEMBERED)

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many are remembered, twice, and how many may be."""
        return self._recent.filled

    async def before(self, place: Place) -> Account:
        """What is known of the conversation that stands at *place*."""
        ends = [end for end in place.ends if end < place.known.decided][-LOOKED_BACK:]
        keys = [(ACCOUNTS, place.chain[end]) for end in reversed(ends)]
        here = [self._recent[key] for key in keys if key in self._recent]
        if keys and keys[0] not in self._recent:
            try:
                found = await self._store.get(keys, group=place.group)
            except StoreError:
                if not here:
                    raise
            else:
                here = [found[key] for key in keys if key in found] or here
        return _unpacked(here[0]) if here else NOTHING_KNOWN

    def note(self, place: Place, account: Account) -> None:
        """Remember that the account is this, now that the request at *place* has ended."""
        packed = _packed(account)
        for key in _keys(place):
            self._recent[key] = packed

    async def keep(self, place: Place, account: Account) -> None:
        """Write it for all workers."""
        keys = _keys(place)
        if keys:
            entries = dict.fromkeys(keys, _packed(account))
            await self._store.put(entries, groups=dict.fromkeys(keys, place.group))


def _keys(place: Place) -> Sequence[Key]:
    """Wherever the next request may go on: clients take notes for one turn away again."""
    last = len(place.chain) - 1
    tail = [end for end in reversed(place.ends) if end >= last - MOST_NOTES]
    unbroken = [end for number, end in enumerate(tail) if end == last - number]
    return [(ACCOUNTS, place.chain[end]) for end in unbroken]


def _packed(account: Account) -> bytes:
    return msgspec.msgpack.encode([getattr(account, name) for name in FIELDS])


def _unpacked(packed: bytes) -> Account:
    """Also of another version, with fewer fields or more."""
    return Account(*msgspec.msgpack.decode(packed, type=_Stored)[: len(FIELDS)])
