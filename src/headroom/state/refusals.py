"""Which cache marks an upstream has refused, for all workers, and for a day.

Asked with every request, so the process remembers it and looks into the store once a minute.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from headroom.errors import StoreError
from headroom.state.base import Key, Store

REFUSALS = "refusal"
KEY_BYTES = 12
HOLDS_S = 24 * 60 * 60
LOOK_EVERY_S = 60

Refused = Literal["", "auto", "blocks"]
"""Nothing; marks that are set at the end by the provider itself; marks at all."""


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    refused: Refused
    until: float


class Refusals:
    """Reads and notes refusals; *clock* gives seconds since 1970, as other machines know them."""

    __slots__ = ("_clock", "_known", "_looked", "_store")

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[str, _Stored] = {}
        self._looked: dict[str, float] = {}

    async def of(self, upstream: str) -> Refused:
        """What this upstream refuses; never fails."""
        now = self._clock()
        looked = self._looked.get(upstream)
        if looked is None or not 0 <= now - looked < LOOK_EVERY_S:
            self._looked[upstream] = now
            await self._look(upstream)
        known = self._known.get(upstream)
        return known.refused if known and now < known.until else ""

    async def note(self, upstream: str, refused: Refused) -> None:
        """Remember it; what the store cannot be told, the process still knows.

        Raises StoreError.
        """
        stored = self._known[upstream] = _Stored(refused, self._clock() + HOLDS_S)
        await self._store.put({_key(upstream): msgspec.msgpack.encode(stored)})

    async def _look(self, upstream: str) -> None:
        key = _key(upstream)
        try:
            found = (await self._store.get([key])).get(key)
            stored = msgspec.msgpack.decode(found, type=_Stored) if found else None
        except (StoreError, msgspec.DecodeError):
            return
        known = self._known.get(upstream)
        if stored is not None and (known is None or stored.until > known.until):
            self._known[upstream] = stored


def _key(upstream: str) -> Key:
    digest = hashlib.blake2b(upstream.encode(), digest_size=KEY_BYTES, person=b"refusal")
    return REFUSALS, digest.hexdigest().encode()
