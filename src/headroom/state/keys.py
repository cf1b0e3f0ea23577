"""Virtual keys: given to a person or an agent, each standing for a credential of the operator.

A key itself is told once and kept nowhere: it is found by the digest of it, whose beginning is its
name for the operator.  The credential is not kept either: a key names the variable of the proxy's
environment that holds it.  That a key was revoked is an entry of its own, which no change of its
limits at the same time can undo.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

import msgspec

from headroom.errors import StoreError
from headroom.settings import BudgetPeriod
from headroom.state.base import Key, Store
from headroom.state.bounded import Bounded

KEYS, REVOKED = "key", "key_revoked"

PREFIX = "hk-"
KEY_BYTES = 24
"""192 random bits, so that a plain digest gives none of them away."""
KEY_CHARACTERS = len(PREFIX) + 2 * KEY_BYTES
ID_CHARACTERS = 12
MOST_LISTED = 10_000

REMEMBERED_S = 10 * 60.0
"""While the store does not answer, a key that was good is taken for so long."""
MOST_REMEMBERED = 10_000

Issuer = Literal["anthropic", "openai", "gemini"]

VARIABLES: Mapping[Issuer, str] = MappingProxyType(
    {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY", "gemini": "GEMINI_API_KEY"}
)
"""Where a provider's credential is looked for when a key does not say."""


class VirtualKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the operator decided about one key; None is what holds for all."""

    name: str
    provider: Issuer
    variable: str
    """Of the proxy's environment: it holds the credential that stands behind the key."""
    created: float
    """Seconds since 1970."""
    rpm: int | None = None
    tpm: int | None = None
    budget: Decimal | None = None
    """Dollars per *period*."""
    period: BudgetPeriod = "daily"


@dataclass(frozen=True, slots=True)
class Kept:
    """A key as it is kept: by its digest, with the time of its end if it was revoked."""

    digest: str
    key: VirtualKey
    revoked: float | None = None

    @property
    def id(self) -> str:
        """What the operator calls it by."""
        return self.digest[:ID_CHARACTERS]


def digest_of(key: str) -> str:
    """What a key is found by."""
    return hashlib.sha256(key.encode()).hexdigest()


class Keys:
    """Makes, finds and ends virtual keys; *clock* gives seconds since 1970."""

    __slots__ = ("_clock", "_moments", "_remembered", "_store")

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        moments: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock = clock
        self._moments = moments
        self._remembered: Bounded[str, tuple[Kept, float]] = Bounded(MOST_REMEMBERED)

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many are remembered, twice, and how many may be."""
        return self._remembered.filled

    async def create(self, key: VirtualKey) -> tuple[str, Kept]:
        """A new key, which is told here and never again.  Raises StoreError."""
        text = PREFIX + secrets.token_hex(KEY_BYTES)
        kept = Kept(digest_of(text), msgspec.structs.replace(key, created=self._clock()))
        await self._store.put({_place(kept.digest): msgspec.msgpack.encode(kept.key)})
        return text, kept

    async def find(self, text: str) -> Kept | None:
        """The key that this text is, revoked or not; None when there is none.

        Asks the store each time, so that a key ends at once.  Raises StoreError when it does
        not answer, unless the key was good a moment ago.
        """
        if len(text) != KEY_CHARACTERS or not text.startswith(PREFIX):
            return None
        return await self.of(digest_of(text))

    async def of(self, digest: str) -> Kept | None:
        """The same of a key that is known by its digest."""
        try:
            found = await self._store.get([_place(digest), _end(digest)])
        except StoreError:
            remembered = self._remembered.get(digest)
            if remembered is None or self._moments() - remembered[1] > REMEMBERED_S:
                raise
            return remembered[0]
        kept = _read(digest, found.get(_place(digest)), found.get(_end(digest)))
        self._remember(digest, kept)
        return kept

    async def all(self) -> tuple[Kept, ...]:
        """Every key, the oldest first.  Raises StoreError."""
        return await self._beginning("")

    async def named(self, id: str) -> Kept | None:  # noqa: A002 - it is the word
        """The key of this id, or None.  Raises StoreError."""
        found = await self._beginning(id) if len(id) >= ID_CHARACTERS else ()
        return found[0] if len(found) == 1 else None

    async def change(self, kept: Kept, key: VirtualKey) -> None:
        """Write other limits for a key.  Raises StoreError."""
        await self._store.put({_place(kept.digest): msgspec.msgpack.encode(key)})

    async def revoke(self, kept: Kept) -> None:
        """End a key, for all proxies on this store and for ever.  Raises StoreError."""
        now = msgspec.msgpack.encode(self._clock())
        await self._store.put({_end(kept.digest): now}, if_absent=frozenset({REVOKED}))

    async def _beginning(self, prefix: str) -> tuple[Kept, ...]:
        name = prefix.encode()
        keys = await self._store.list(KEYS, name, limit=MOST_LISTED)
        ends = await self._store.list(REVOKED, name, limit=MOST_LISTED)
        read = (_read(one.decode(), value, ends.get(one)) for one, value in keys.items())
        return tuple(sorted((one for one in read if one), key=lambda one: one.key.created))

    def _remember(self, digest: str, kept: Kept | None) -> None:
        self._remembered.pop(digest, None)
        if kept is None:
            return
        self._remembered[digest] = kept, self._moments()


def _place(digest: str) -> Key:
    return KEYS, digest.encode()


def _end(digest: str) -> Key:
    return REVOKED, digest.encode()


def _read(digest: str, key: bytes | None, end: bytes | None) -> Kept | None:
    """The key in these bytes; what cannot be read opens nothing."""
    if key is None:
        return None
    try:
        read = msgspec.msgpack.decode(key, type=VirtualKey)
        revoked = None if end is None else msgspec.msgpack.decode(end, type=float)
    except msgspec.DecodeError:
        return None
    return Kept(digest, read, revoked)
