"""Originals: the texts that a shortened form names, byte for byte, for those who may have them.

An original stands under its tenant and its key, packed, with its owner inside.  Its life is
that of the store's entries, renewed whenever it is kept again or read.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping

import msgspec
from backports import zstd

from headroom.conversation import Original
from headroom.marker import is_key, key_of
from headroom.state.base import Key, Sizes, Store

logger = logging.getLogger(__name__)

ORIGINALS = "original"

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

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, tenant: str, originals: Mapping[str, Original]) -> None:
        """Write all of them at once.  Raises StoreError, and then none may be referred to."""
        if originals:
            await self._store.put(entries(tenant, originals))

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
