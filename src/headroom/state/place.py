"""What the ledger says of one request: where it stands, and what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from headroom.conversation import Conversation, Form, Known, Legs
from headroom.state.base import Key


class Marks(msgspec.Struct, frozen=True, array_like=True):
    """What was done about cache marks in the requests up to here, for clients that set none."""

    begun: bool = False
    """Whether marks of ours have been set in this conversation."""
    listed: tuple[int, ...] = ()
    """The blocks whose text was sent as a list of one, to bear a mark, and so is for ever."""
    ended: bool = False
    """Whether a request ended here; other heads only stand where one could go on."""
    marked: bool = False
    """Whether that request bore marks of ours."""
    at: int = 0
    """When it was sent, in seconds since 1970."""
    soon: int = 0
    """How often the next request came while its predecessor was certain to be cached."""
    late: int = 0
    """How often it came later."""


NO_MARKS = Marks()


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
    marks: Marks = NO_MARKS


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
    signature: str = ""
    eased: bool = False

    @classmethod
    def of(cls, form: Form) -> StoredForm:
        """The form as it is stored."""
        return cls(
            form.text or "",
            form.by,
            form.tokens_before,
            form.tokens_after,
            form.original,
            form.told_by,
            form.text is None and not form.is_gone,
            form.signature,
            form.eased,
        )

    @property
    def form(self) -> Form:
        """What was stored."""
        is_gone = self.told_by >= 0 and not self.text
        return Form(
            None if self.is_raw or is_gone else self.text,
            self.by,
            self.tokens_before,
            self.tokens_after,
            self.original,
            self.told_by,
            self.signature,
            self.eased,
        )


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
    marks: Marks = NO_MARKS
    """What was done about cache marks up to where it goes on from; then what this request is to
    leave behind."""
    spoken_since: bool = False
    """Whether the assistant has spoken since where it goes on from."""
    last_asked: int = 0
    """The last block that the assistant has not said."""

    def decided_until(self, end: int, conversation: Conversation) -> Place:
        """The same where the provider holds all blocks before *end*, in the forms that are known.

        One that is not known was lost; what cannot be changed any more is decided all the same.
        """
        known = self.known
        if not any(block.editable for block in conversation.blocks[known.decided : end]):
            return self
        return replace(self, known=replace(known, decided=end, counted=False))

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows of a request that this one goes on from."""
        return len(self.new_ends) == len(self.ends) and not self.bypassed

    def in_batch(self, conversation: Conversation) -> Place:
        """The same in a batch: of a conversation that nobody knows nothing is cached, all is new.

        Unless it holds thinking, which may be bound to what stands before it.
        """
        if not self.is_unknown or conversation.facts.thinking:
            return self
        return replace(self, known=Known())

    @property
    def has_lost_end(self) -> bool:
        """Whether it goes on from a request that was answered, but not from the end of it."""
        return bool(self.marks.at) and not self.marks.ended and self.spoken_since

    @property
    def decided_chain(self) -> bytes:
        """The chain of the last decided block, empty at a new conversation."""
        return self.chain[self.known.decided - 1] if self.known.decided else b""
