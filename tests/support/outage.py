"""A store that is down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headroom.errors import StoreError
from headroom.state.backends.memory import MemoryStore
from headroom.state.base import NO_GROUPS, Health, Key


class Down(MemoryStore):
    """A store that does not answer."""

    async def get(self, keys: Sequence[Key], *, group: bytes = b"") -> Mapping[Key, bytes]:
        raise StoreError("the disk is gone")

    async def put(
        self,
        entries: Mapping[Key, bytes],
        *,
        if_absent: frozenset[str] = frozenset(),
        groups: Mapping[Key, bytes] = NO_GROUPS,
    ) -> Mapping[Key, bytes]:
        raise StoreError("the disk is gone")

    def health(self) -> Health:
        return Health(durable=True, problem="the disk is gone")
