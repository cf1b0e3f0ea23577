"""Every namespace of the store: how long what stands in it lives, and how much room it may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from headroom.state.base import Key

DAY_S = 24 * 60 * 60.0

SMALL_ENTRY_BYTES = 128
"""What an entry counts as where a namespace has a share of its own: name, index and all."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """What holds for all that stands in one namespace."""

    lifetimes: float | None = None
    """How many times the lifetime of a conversation it outlives its last sight."""
    days: float | None = None
    """Or how many days, whatever the operator says of conversations.  Neither: for ever."""
    share: float | None = None
    """The share of the quota that its entries fill at most, and its counters as well; None: no
    want of room takes them."""
    records: int = 0
    """How many records its log holds; the oldest leave."""
    most_entries: int = 0
    most_bytes: int = 0
    """Where these are set it has a room of its own: beyond so many entries, or bytes of their
    values, those leave that were unread for longest.  Of the quota it fills *share* at most."""

    def lifetime_s(self, conversation_s: float) -> float:
        """How long it outlives its last sight, where conversations do so for *conversation_s*."""
        if self.lifetimes is not None:
            return self.lifetimes * conversation_s
        return float("inf") if self.days is None else self.days * DAY_S


@dataclass(frozen=True, slots=True)
class Room:
    """What a namespace with a room of its own holds at most."""

    entries: int
    bytes: int


CONVERSATION = Namespace(lifetimes=1.0, share=1.0)
"""Lives and leaves with a conversation: all of it, or nothing."""
FOR_EVER = Namespace()

NAMESPACES: Mapping[str, Namespace] = MappingProxyType(
    {
        "form": CONVERSATION,
        "head": CONVERSATION,
        "bypassed": CONVERSATION,
        "original": CONVERSATION,
        # What the provider has seen and the client has not.
        "leg": CONVERSATION,
        # Whether the model was given our tool.
        "offer": CONVERSATION,
        # What it has cost so far.
        "account": CONVERSATION,
        # How a reply went on that its provider keeps: OpenAI does so for thirty days.
        "held": Namespace(days=31, share=1 / 16),
        # That an original was kept once.  It must outlive the original to be of use.
        "kept": Namespace(lifetimes=8.0, share=1 / 32),
        # What left conversations of one kind; two counters of a few bytes for each.
        "habit": Namespace(days=90, share=1 / 64),
        # Which cache marks an upstream refuses; it says itself until when that holds.
        "refusal": Namespace(days=2, share=1 / 1024),
        # What is known of the shapes of tools' outputs, and what was counted of them.
        "pattern": Namespace(days=90, share=1 / 512),
        "pattern_table": Namespace(days=90, share=1 / 4096),
        "pattern_count": Namespace(days=90, share=1 / 32),
        # Whole replies, to be given again: the operator says how long, how many, and how large.
        "reply": Namespace(days=1 / 24, share=1 / 4, most_entries=1_000, most_bytes=64 << 20),
        # What was spent in each period; a month's account is wanted until the next year's.
        "spend": Namespace(days=400, share=1 / 64),
        # Batches are done within a day, and their results kept for a month.
        "batch": Namespace(days=40, share=1 / 1024),
        "batch_corrected": Namespace(days=60, share=1 / 1024),
        # Every finished request; their sums are kept long before the first of them leave.
        "journal": Namespace(records=20_000),
        "journal_sums": FOR_EVER,
        # What became of each block of a request, as far as there is room.
        "journal_detail": Namespace(days=7, share=1 / 16, most_entries=2_000, most_bytes=32 << 20),
        # What processes say of themselves; it is of use for some seconds.
        "presence": Namespace(records=1_000),
        # What was said, on its way into the log file of who asks for it (--log-messages).
        "journal_content": Namespace(days=1, share=1 / 16, most_entries=2_000, most_bytes=64 << 20),
        "secret": FOR_EVER,
        # Virtual keys, and which of them have been revoked: only the operator ends one.
        "key": FOR_EVER,
        "key_revoked": FOR_EVER,
    }
)
"""Declared here, once; backends refuse what is not."""


def with_replies(*, lifetime_s: float, entries: int, size_bytes: int) -> Mapping[str, Namespace]:
    """The same where replies live so long, and are so many at most."""
    reply = replace(
        NAMESPACES["reply"], days=lifetime_s / DAY_S, most_entries=entries, most_bytes=size_bytes
    )
    return MappingProxyType({**NAMESPACES, "reply": reply})


@dataclass(frozen=True, slots=True)
class Declared:
    """The namespaces of an open store, where conversations live for *conversation_s*."""

    conversation_s: float
    table: Mapping[str, Namespace]

    def __getitem__(self, name: str) -> Namespace:
        """Raises LookupError for one that is not declared: a mistake of the caller's."""
        if name not in self.table:
            raise LookupError(f"namespace {name!r} is not declared in state/namespaces.py")
        return self.table[name]

    def lifetime_s(self, name: str) -> float:
        """How long what stands there outlives its last sight."""
        return self[name].lifetime_s(self.conversation_s)

    def since(self, now: float) -> Mapping[str, float]:
        """Per namespace, what was last seen before this has expired."""
        return {name: now - one.lifetime_s(self.conversation_s) for name, one in self.table.items()}

    def most_records(self, log: str) -> int:
        """How many records this log holds."""
        records = self[log].records
        if not records:
            raise LookupError(f"namespace {log!r} is declared without records")
        return records

    def grouped(self, groups: Mapping[Key, bytes]) -> Mapping[Key, bytes]:
        """What of these belongs to a group: other namespaces have lives of their own."""
        return {key: group for key, group in groups.items() if self[key[0]] == CONVERSATION}

    def of_its_own(self, name: str) -> str:
        """The same name.  Raises LookupError for one whose entries belong to conversations."""
        if self[name] == CONVERSATION:
            raise LookupError(f"namespace {name!r} leaves with its conversations, not by itself")
        return name

    @property
    def of_conversations(self) -> tuple[str, ...]:
        """Those whose entries live and leave with a conversation."""
        return tuple(name for name, one in self.table.items() if one == CONVERSATION)

    def most_entries(self, limit_bytes: int) -> Mapping[str, int]:
        """How many entries stand at most in those that have a share of their own."""
        return {
            name: max(int(one.share * limit_bytes / SMALL_ENTRY_BYTES), 1)
            for name, one in self.table.items()
            if one.share is not None and one != CONVERSATION and not one.most_bytes
        }

    def rooms(self, limit_bytes: float = float("inf")) -> Mapping[str, Room]:
        """What those hold at most that have a room of their own."""
        return {
            name: Room(one.most_entries, int(min(one.most_bytes, (one.share or 1.0) * limit_bytes)))
            for name, one in self.table.items()
            if one.most_bytes
        }
