"""What outlives a request is written on one small store; its backends know only bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Key = tuple[str, bytes]
"""A namespace and a name inside it."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a store is."""

    durable: bool = False
    """Whether its content outlives the process."""
    problem: str = ""
    """Why it does not answer just now; empty when it does."""
    notice: str = ""
    """What the operator should know of its opening: a file that was set aside."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a namespace holds: how many entries, and bytes of their values."""

    entries: int = 0
    value_bytes: int = 0


class Store(Protocol):
    """Keys to bytes.  Each verb is atomic and takes many keys at once; all raise StoreError."""

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, bytes]:
        """What is there of these keys; reading renews an entry's life."""
        ...

    async def put(
        self, entries: Mapping[Key, bytes], *, if_absent: frozenset[str] = frozenset()
    ) -> Mapping[Key, bytes]:
        """Write all of them at once, and return what stands there afterwards.

        In the namespaces of *if_absent* the first writer wins: an entry that is there stays.
        """
        ...

    async def drop(self, keys: Sequence[Key]) -> None:
        """Forget these keys, where they are there."""
        ...

    async def sizes(self, namespace: str) -> Sizes:
        """What stands in this namespace just now."""
        ...

    def health(self) -> Health:
        """How it is, as far as is known without asking it; never raises."""
        ...
