"""What the ledger says of one request: where it stands, and what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from headroom.conversation import Form, Known, Legs
from headroom.state.base import Key


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What was sent up to here: which blocks have a form, and how many tokens all hold.

    The counts are negative where they are not known.
    """

    formed: tuple[int, ...]
    tokens_before: int
    tokens_after: int
    woven: tuple[int, ...] = ()
    """The first blocks of the turns that had hidden legs."""
    revised: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    """The rewrites of what had been sent, each with the blocks whose form it gave; *formed*
    are the others."""
    at: float = 0.0
    """When this was sent, in seconds since the epoch; 0 when nobody has noted it."""
    saved: float = 0.0
    swept: int = 0
    """As in `Known`."""
    factor: float = 0.0
    """How many of the provider's tokens one of ours was, as far as that was known; 0: not."""


class StoredForm(msgspec.Struct, frozen=True, array_like=True):
    """A `Form` as it is stored."""

    text: str
    by: tuple[str, ...]
    tokens_before: int
    tokens_after: int
    original: str = ""
    told_by: int = -1
    is_raw: bool = False
    """Whether the block went out as it was, which only a rewrite says."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says after a plan was written: another writer's word, where it came first.

    *offered* is None where nothing was decided about our tool.
    """

    forms: Mapping[int, Form]
    offered: bool | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request stands in the ledger: the chain of its blocks, and what is known."""

    chain: tuple[bytes, ...]
    known: Known
    ends: tuple[int, ...] = ()
    """The blocks at which another request may go on."""
    new_ends: tuple[int, ...] = ()
    """Those that have no head yet."""
    bypassed: tuple[int, ...] = ()
    """Those of its last blocks at which a request ended that was bypassed."""
    trouble: str = ""
    """Why the store could not be asked, when this is only what the process itself knows."""
    group: bytes = b""
    """What belongs to this conversation is kept under this name, so that it leaves whole."""
    has_left: bool = False
    """Whether the store has no room for the conversation any more, or found it too old: what
    this process still knows of it must be kept again, with the originals that its forms name."""
    decision: bool | None = None
    """What was decided of our tool for all conversations that begin like this one, if it was."""
    offered: bool = False
    """Whether the provider was given our tool in this very conversation."""
    is_open: bool = False
    """Whether nobody has decided that yet, and it is not too late to."""
    legs: Mapping[int, Legs] = field(default_factory=dict)
    """What was hidden in the turns that begin with these blocks."""
    leg_keys: Mapping[int, tuple[Key, ...]] = field(default_factory=dict)
    """Where that stands."""
    revised: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    """The rewrites that gave forms to known blocks; see `Head`."""
    last_at: float = 0.0
    """When the conversation was last sent, in seconds since the epoch; 0: not known."""
    factor: float = 0.0
    """See `Head`."""

    @property
    def decided_chain(self) -> bytes:
        """The chain of the last decided block, empty at a new conversation."""
        return self.chain[self.known.decided - 1] if self.known.decided else b""
