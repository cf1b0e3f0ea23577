"""Originals: the texts that a shortened form names, byte for byte, for those who may have them.

An original stands under its tenant and its key, packed, with its owner inside.  Its life is
that of the store's entries, renewed whenever it is kept again or read.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from math import inf

import msgspec
from backports import zstd

from headroom.conversation import Original
from headroom.marker import is_key, key_of
from headroom.state.base import Key, Sizes, Store

logger = logging.getLogger(__name__)

ORIGINALS = "original"

RENEW_AFTER_S = 60 * 60.0
"""An original that is sent again and again is written anew at most so often."""

MOST_REMEMBERED = 20_000
INLINE_CHARACTERS = 262_144
"""Packing so much takes about a millisecond."""

_DAMAGE = (msgspec.DecodeError, msgspec.ValidationError, zstd.ZstdError, UnicodeDecodeError)


class StoredOriginal(msgspec.Struct, frozen=True, array_like=True):
    """An `Original` as it is stored: *packed* is its text as UTF-8, compressed by zstd."""

    owner: str
    packed: bytes
    tool: str
    tokens: int
    units: int
    units_kept: int


class Originals:
    """Keeps and finds originals by tenant and key; nobody finds another tenant's."""

    __slots__ = ("_clock", "_kept", "_store")

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._kept: OrderedDict[Key, float] = OrderedDict()
        """When each was last kept by this process."""

    async def due(self, tenant: str, originals: Mapping[str, Original]) -> dict[Key, bytes]:
        """What is to be written of these now: all that was not written within the hour.

        Whoever writes it says so with `note`.
        """
        since = self._clock() - RENEW_AFTER_S
        due = {
            key: one
            for key, one in originals.items()
            if self._kept.get(_place(tenant, key), -inf) < since
        }
        if sum(len(one.text) for one in due.values()) <= INLINE_CHARACTERS:
            return entries(tenant, due)
        return await asyncio.to_thread(entries, tenant, due)

    def note(self, written: Iterable[Key]) -> None:
        """These have been written."""
        now = self._clock()
        for place in written:
            self._kept.pop(place, None)
            self._kept[place] = now
        while len(self._kept) > MOST_REMEMBERED:
            self._kept.popitem(last=False)

    async def keep(self, tenant: str, originals: Mapping[str, Original]) -> None:
        """Write all of them at once.  Raises StoreError, and then none may be referred to."""
        due = await self.due(tenant, originals)
        if due:
            await self._store.put(due)
            self.note(due)

    async def sizes(self) -> Sizes:
        """How many are kept, of all tenants, and their bytes as stored.  Raises StoreError."""
        return await self._store.sizes(ORIGINALS)

    async def find(self, tenant: str, key: str) -> Original | None:
        """This tenant's original of this key, or None.  Raises StoreError."""
        if not is_key(key):
            return None
        place = _place(tenant, key)
        packed = (await self._store.get([place])).get(place)
        return None if packed is None else _verified(packed, tenant, key)


def entries(tenant: str, originals: Mapping[str, Original]) -> dict[Key, bytes]:
    """What is to be written so that these originals are kept for this tenant."""
    return {_place(tenant, key): _packed(tenant, one) for key, one in originals.items()}


def _place(tenant: str, key: str) -> Key:
    return ORIGINALS, f"{tenant}/{key}".encode()


def _packed(tenant: str, one: Original) -> bytes:
    packed = zstd.compress(one.text.encode())
    return msgspec.msgpack.encode(
        StoredOriginal(tenant, packed, one.tool, one.tokens, one.units, one.units_kept)
    )


def _verified(packed: bytes, tenant: str, key: str) -> Original | None:
    """The original, if it is whole and this tenant's own."""
    try:
        stored = msgspec.msgpack.decode(packed, type=StoredOriginal)
        text = zstd.decompress(stored.packed).decode()
    except _DAMAGE as error:
        logger.warning("the original %s cannot be read (%s)", key, type(error).__name__)
        return None
    if not hmac.compare_digest(stored.owner.encode(), tenant.encode()):
        logger.warning("the original %s stands under another tenant than its own", key)
        return None
    if not hmac.compare_digest(key_of(text), key):
        logger.warning("the original %s holds another text than it should", key)
        return None
    return Original(text, stored.tool, stored.tokens, stored.units, stored.units_kept)
