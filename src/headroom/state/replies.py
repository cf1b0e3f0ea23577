"""Whole replies of providers, kept for a while to be given again to who asks the same.

What makes two requests the same is for the caller to say, by a key; whose a reply is, is written
in it and looked at again when it is read.  Its age goes by the wall clock: one that is set
forward makes stored replies old, which costs a call; one that is set back makes them come from a
time still to come, and these are not given either.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from headroom.state.base import Key, Sizes, Store

REPLIES = "reply"

SKEW_S = 60.0
"""By so much the clocks of two machines with one store may differ."""


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A reply with status 200: headers that say what its bytes are, and these bytes."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    streamed: bool = False


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    key: bytes
    tenant: str
    made: float
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    streamed: bool


class Replies:
    """Keeps and finds replies, each under its key.  Its verbs raise StoreError.

    One that is older than *lifetime_s* is not there.  *clock* gives seconds since 1970, as other
    machines know them.
    """

    __slots__ = ("_clock", "_lifetime_s", "_store")

    def __init__(
        self, store: Store, *, lifetime_s: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._lifetime_s = lifetime_s
        self._clock = clock

    async def find(self, key: bytes, tenant: str) -> StoredReply | None:
        """The reply that this tenant was given under this key, if it is still there."""
        place: Key = (REPLIES, key)
        found = (await self._store.get([place])).get(place)
        stored = _read(found) if found is not None else None
        if stored is None or not self._is_given(stored, key, tenant):
            return None
        return StoredReply(stored.headers, stored.body, stored.streamed)

    async def keep(self, key: bytes, tenant: str, reply: StoredReply) -> None:
        """Keep this reply, in place of an older one."""
        stored = _Stored(key, tenant, self._clock(), reply.headers, reply.body, reply.streamed)
        await self._store.put({(REPLIES, key): msgspec.msgpack.encode(stored)})

    async def clear(self) -> None:
        """Forget all replies, of every tenant."""
        await self._store.clear(REPLIES)

    async def sizes(self) -> Sizes:
        """How many there are, of all tenants, and their bytes."""
        return await self._store.sizes(REPLIES)

    def _is_given(self, stored: _Stored, key: bytes, tenant: str) -> bool:
        age_s = self._clock() - stored.made
        is_theirs = hmac.compare_digest(stored.tenant.encode(), tenant.encode())
        return is_theirs and stored.key == key and -SKEW_S <= age_s < self._lifetime_s


_DECODER = msgspec.msgpack.Decoder(_Stored)


def _read(stored: bytes) -> _Stored | None:
    try:
        return _DECODER.decode(stored)
    except msgspec.DecodeError:
        return None
