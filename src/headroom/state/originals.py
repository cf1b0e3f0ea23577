"""Originals: the texts that a shortened form names, byte for byte, for those who may have them.

An original stands under its tenant and its key, packed, with its owner inside.  Its life is
that of the store's entries, renewed whenever it is kept again or read.  Beside it stands, for
several times as long, that it was kept: so what has gone is told from what never was.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from math import inf

import msgspec
from backports import zstd

from headroom.conversation import Original
from headroom.marker import is_key, key_of
from headroom.state.base import Key, Sizes, Store
from headroom.state.bounded import Bounded

logger = logging.getLogger(__name__)

ORIGINALS = "original"
KEPT = "kept"
TRACE_BYTES = 16

RENEW_AFTER_S = 60 * 60.0
"""An original that is sent again and again is written anew at most so often."""

MOST_REMEMBERED = 20_000
INLINE_CHARACTERS = 262_144
"""Packing so much takes about a millisecond."""

_DAMAGE = (msgspec.DecodeError, msgspec.ValidationError, zstd.ZstdError, UnicodeDecodeError)


class Absence(Enum):
    """Why an original is not there."""

    EXPIRED = "expired"
    """It was kept for this tenant, and has gone since: too long unseen, or for want of room."""
    UNKNOWN = "unknown"
    """It was never kept for this tenant, whatever others have."""


class StoredOriginal(msgspec.Struct, frozen=True, array_like=True):
    """An `Original` as it is stored: *packed* is its text as UTF-8, compressed by zstd."""

    owner: str
    packed: bytes
    tool: str
    tokens: int
    units: int
    units_kept: int
    signature: str = ""
    eased: bool = False


class Originals:
    """Keeps and finds originals by tenant and key; nobody finds another tenant's."""

    __slots__ = ("_clock", "_kept", "_store")

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._kept: Bounded[tuple[Key, bytes], float] = Bounded(MOST_REMEMBERED)
        """When each was last kept by this process, and for which group."""

    @property
    def filled(self) -> tuple[int, int, int]:
        """Of how many it is remembered when they were kept, twice, and of how many it may be."""
        return self._kept.filled

    async def due(
        self,
        tenant: str,
        originals: Mapping[str, Original],
        *,
        group: bytes = b"",
        anew: bool = False,
    ) -> dict[Key, bytes]:
        """What is to be written of these now: all that was not written for *group* in an hour.

        *anew* is for a group that has left the store.  Whoever writes it says so with `note`.
        """
        since = inf if anew else self._clock() - RENEW_AFTER_S
        due = {
            key: one
            for key, one in originals.items()
            if self._kept.get((_place(tenant, key), group), -inf) < since
        }
        if sum(len(one.text) for one in due.values()) <= INLINE_CHARACTERS:
            return entries(tenant, due)
        return await asyncio.to_thread(entries, tenant, due)

    def note(self, written: Iterable[Key], *, group: bytes = b"") -> None:
        """These have been written for this group."""
        now = self._clock()
        for place in written:
            self._kept[place, group] = now

    async def keep(
        self, tenant: str, originals: Mapping[str, Original], *, group: bytes = b""
    ) -> None:
        """Write all of them at once.  Raises StoreError, and then none may be referred to."""
        if not originals:
            return
        # Whatever was kept before: what stands alone may have left for want of room.
        written = await self.due(tenant, originals, group=group, anew=True)
        await self._store.put(written, groups=dict.fromkeys(written, group) if group else {})

    async def sizes(self) -> Sizes:
        """How many are kept, of all tenants, and their bytes as stored.  Raises StoreError."""
        return await self._store.sizes(ORIGINALS)

    async def find(self, tenant: str, key: str) -> Original | Absence:
        """This tenant's original of this key, or why it is not there.  Raises StoreError."""
        if not is_key(key):
            return Absence.UNKNOWN
        place, kept = _place(tenant, key), _trace(tenant, key)
        found = await self._store.get([place, kept])
        original = _verified(found[place], tenant, key) if place in found else None
        if original is not None:
            return original
        return Absence.EXPIRED if kept in found else Absence.UNKNOWN


def entries(tenant: str, originals: Mapping[str, Original]) -> dict[Key, bytes]:
    """What is to be written so that these originals are kept for this tenant."""
    packed = {_place(tenant, key): _packed(tenant, one) for key, one in originals.items()}
    return packed | {_trace(tenant, key): b"" for key in originals}


def _place(tenant: str, key: str) -> Key:
    return ORIGINALS, f"{tenant}/{key}".encode()


def _trace(tenant: str, key: str) -> Key:
    """Where it stands that this original was kept: short, since there are many for long."""
    return KEPT, hashlib.blake2b(_place(tenant, key)[1], digest_size=TRACE_BYTES).digest()


def _packed(tenant: str, one: Original) -> bytes:
    packed = zstd.compress(one.text.encode())
    counts = one.tokens, one.units, one.units_kept
    stored = StoredOriginal(tenant, packed, one.tool, *counts, one.signature, one.eased)
    return msgspec.msgpack.encode(stored)


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
    counts = stored.tokens, stored.units, stored.units_kept
    return Original(text, stored.tool, *counts, stored.signature, stored.eased)
