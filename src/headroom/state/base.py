"""What outlives a request is written on one small store; its backends know only bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

Key = tuple[str, bytes]
"""A namespace and a name inside it."""

NO_GROUPS: Mapping[Key, bytes] = MappingProxyType({})

LEAST, MOST = -(2**63), 2**63 - 1
"""Between these a counter stays: what would lead beyond leaves it standing at the end."""

RESERVED_S = 60 * 60.0
"""After so long nobody is expected to settle a reservation any more."""
CORRECTED_S = 24 * 60 * 60.0
"""For so long more, one who does corrects the estimate that was charged."""


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


@dataclass(frozen=True, slots=True)
class Reservation:
    """A part of some accounts that is set apart for what a call may cost, the same of each.

    Whoever asks for one makes it, so that it is known also where the answer never came.
    """

    accounts: tuple[Key, ...]
    id: str
    """No other has it; begins with the name of the process that asks, and a dash."""


class Store(Protocol):
    """What stands under keys: bytes, counters, and logs.

    Each verb is atomic, also among processes; all raise StoreError.  Namespaces are declared
    in `namespaces.py`, with the lifetime and the room of what stands in them.  In one that has
    a room of its own, reading an entry also puts off its leaving for want of room.
    """

    async def get(self, keys: Sequence[Key], *, group: bytes = b"") -> Mapping[Key, bytes]:
        """What is there of these keys; reading renews an entry's life.

        Read in the name of a *group* it is the group's life that is renewed, and an entry
        that stands alone joins it.
        """
        ...

    async def put(
        self,
        entries: Mapping[Key, bytes],
        *,
        if_absent: frozenset[str] = frozenset(),
        groups: Mapping[Key, bytes] = NO_GROUPS,
    ) -> Mapping[Key, bytes]:
        """Write all of them at once, and return what stands there afterwards.

        In the namespaces of *if_absent* the first writer wins: an entry that is there stays.

        *groups* says which entries belong to which group (a conversation), where their
        namespace lives and leaves with conversations.  A group lives as long as its name is
        used, and leaves whole, the longest unseen first, as does an entry that stands alone.
        An entry in several groups stays until the last of them leaves.
        """
        ...

    async def drop(self, keys: Sequence[Key]) -> None:
        """Forget these keys, where they are there."""
        ...

    async def clear(self, namespace: str) -> None:
        """Forget all that stands in this namespace, which is none of conversations."""
        ...

    async def list(self, namespace: str, prefix: bytes, *, limit: int) -> Mapping[bytes, bytes]:
        """The first *limit* entries whose names begin so, in the order of their names.

        Renews no life.
        """
        ...

    async def sizes(self, namespace: str) -> Sizes:
        """What stands in this namespace just now."""
        ...

    async def take(self, bucket: str, amount: float, *, rate: float, burst: float) -> float:
        """Spend *amount* from *bucket* and return the seconds to wait, 0.0 if none.

        rate is units per second, burst the most the bucket holds.  Nothing is spent when the
        result is positive.  More than *burst* is given by a full bucket, which is in debt from
        then on.  A full bucket is not kept.
        """
        ...

    async def charge(self, bucket: str, amount: float, *, rate: float) -> None:
        """Spend *amount* from *bucket*, whatever it holds; below zero, give so much back.

        rate is that of `take`.  A bucket may be in debt afterwards, and never more than full.
        """
        ...

    async def add(self, amounts: Mapping[Key, int]) -> Mapping[Key, int]:
        """Add to counters, and return what they hold afterwards.

        0 reads without making one.  They hold 64 bits, and stay at the end that they reach.
        One that its namespace gives a lifetime leaves when nothing was added for so long.
        """
        ...

    async def reserve(
        self, reservation: Reservation, limits: Mapping[Key, int], amount: int
    ) -> Sequence[Key]:
        """Set *amount* apart on each account, or on none: then those that are used up.

        *limits* says how much each may hold.  An account is a counter.  It is used up when it
        and what others have reserved reach its limit: so calls at once go beyond it by one at
        most.  What was not settled after RESERVED_S (its process has died) is charged as it
        was reserved.  Once: asking again finds what was made.
        """
        ...

    async def raise_to(self, reservation: Reservation, amount: int) -> None:
        """Let this be what is set apart, if it is more: what a call may cost is seen as it runs.

        Whether or not it is, RESERVED_S begin anew.  Once settled, nothing changes any more.
        """
        ...

    async def settle(self, reservation: Reservation, actual: int, *, unsure: bool = False) -> None:
        """Charge what it came to instead of what was reserved; 0 gives it back.

        Once: doing it again changes nothing.  *unsure* is for one of which nobody knows whether
        it was ever made: it is charged also if it was not, still once in CORRECTED_S, and does
        not come to be any more.
        """
        ...

    async def charge_ended(self, process: str) -> None:
        """Charge all that a process had reserved when it ended, as it was reserved."""
        ...

    async def append(self, log: str, record: bytes) -> int:
        """Write a record, and return its number, one more than the last one's.

        The log is a namespace, which says how many records it holds; the oldest leave.
        """
        ...

    async def scan(self, log: str, *, since: int = 0, limit: int) -> Sequence[tuple[int, bytes]]:
        """The first *limit* records after number *since*, in their order, with their numbers."""
        ...

    def health(self) -> Health:
        """How it is, as far as is known without asking it; never raises."""
        ...
