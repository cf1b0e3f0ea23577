"""What a request says, whatever dialect it is written in: a conversation of blocks.

A format reads a body into a `Conversation`; the pipeline makes a `Plan` of edits from
it; the document splices the edits into the body's bytes.  All values are frozen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from headroom.outcome import Rewrite

Path = tuple[str | int, ...]
"""Where a value stands in a body: `("messages", 3, "content", 0, "text")`."""

Role = Literal["system", "user", "assistant", "tool"]

Kind = Literal["text", "tool_result", "tool_call", "opaque"]
"""`opaque` is everything that we neither understand nor touch."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the assistant made.  *arguments* is JSON text with sorted keys."""

    id: str
    name: str
    arguments: str = "{}"

    def values(self) -> dict[str, Any]:
        """The arguments by name; empty when they are not a JSON object that can be read."""
        try:
            parsed = msgspec.json.decode(self.arguments)
        except (msgspec.DecodeError, RecursionError):
            return {}
        return parsed if isinstance(parsed, dict) else {}

    def argument(self, *names: str) -> str:
        """The first of these arguments that is there and is text, else an empty string."""
        values = self.values()
        found = (values[name] for name in names if isinstance(values.get(name), str))
        return next(found, "")


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a conversation, in reading order.

    *path* leads to the string that may be edited (to the whole value when opaque).
    *turn* is how many turns of the assistant have begun up to here, this block's included.
    *text* is that string decoded; for calls and opaque blocks a canonical JSON text of the
    value without `cache_control`, so that what a client re-serialises stays equal.
    *call* is the call that a tool result answers, if it is in sight, or the call itself.
    *editable* is false wherever law 6 forbids an edit, and where the text could not be
    decoded exactly (a lone surrogate).
    """

    path: Path
    turn: int
    role: Role
    kind: Kind
    text: str
    call: ToolCall | None = None
    editable: bool = False
    is_error: bool = False


Binding = Literal["", "refused", "dropped"]
"""Of thinking whose beginning has changed: nothing happens, the request is refused, or the
provider leaves that thinking out."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the whole request says about how it may be treated."""

    brings_tools: bool = False
    cache_marks: bool = False
    thinks_until: int = 0
    """How many blocks there are up to and with the last thinking or reasoning item, which may
    be bound to what stands before it."""
    binding: Binding = ""
    """What becomes of such an item when something before it has changed."""
    server_held_history: bool = False
    """Earlier turns are kept by the provider; the request brings only what is new."""
    may_forget: bool = False
    """The server may drop earlier turns by itself, so nothing may refer back to them."""
    always_cached: bool = False
    """The provider caches without being asked (OpenAI)."""
    cache_ttl_s: float = 0.0
    """The longest time, in seconds, that the request asks something to be cached after it was
    last sent; 0 where it does not say."""

    @property
    def bound_until(self) -> int:
        """How many blocks there are up to and with the last thinking that is bound."""
        return self.thinks_until if self.binding else 0

    @property
    def may_refer(self) -> bool:
        """Whether a text may say "as above" of another."""
        return not (self.may_forget or self.server_held_history)

    @property
    def thinking(self) -> bool:
        """Whether there are thinking or reasoning items."""
        return self.thinks_until > 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """The blocks of one request, in reading order; tools and system are not among them."""

    blocks: tuple[Block, ...]
    model: str
    streaming: bool = False
    facts: Facts = field(default_factory=Facts)
    fixed_text: tuple[str, ...] = ()
    """Tools and system as text, for counting only: they are never edited."""
    prefixes: tuple[tuple[bytes, int], ...] = ()
    """For memos within a process: after each message a key that stands for everything up to
    there, and how many blocks there are until then.  May be empty."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the string at *path* by *text*.  *by* names the strategy (`records`)."""

    path: Path
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Put the value *json* in place of the value at *path*, whatever that is."""

    path: Path
    json: bytes


@dataclass(frozen=True, slots=True)
class Remove:
    """Take the element of a list, or the member of an object, at *path* away with its comma."""

    path: Path


@dataclass(frozen=True, slots=True)
class Insert:
    """Put *json* into the list at *path*, before the element that stands at *index* now.

    *json* is one value, or several joined by commas.  The length of the list as *index*
    appends.  Several at one place keep their order.
    """

    path: Path
    index: int
    json: bytes


@dataclass(frozen=True, slots=True)
class Put:
    """Give the object at *path* a last member, *name* with the value *json*.

    The object must not have it yet.  The path `()` is the body itself.
    """

    path: Path
    name: str
    json: bytes


@dataclass(frozen=True, slots=True)
class Split:
    """Divide an element of a list in two, at *index* of its own list at *path*; *json* between.

    *path* leads to a list in an object in a list: `("messages", 4, "content")`.  The first
    object has what stands before *index*, with what is inserted there; the second, which
    repeats all other members, has *first* and the rest.  Each must hold something that stood
    in the list or is inserted into it.  *json* and *first* are one value, or several joined by
    commas; *first* may be empty.
    """

    path: Path
    index: int
    json: bytes
    first: bytes = b""


Change = Edit | Replace | Remove | Insert | Put | Split
"""What can be done to a body; every index and path is of the body as it came."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a block became when it was first seen; `text` is None when it stayed as it was.

    *original* is the key under which the block's own text is kept, where *text* says less than
    that; empty where *text* says the same.  *signature* is then that of its shape, where it is
    known, and *eased* says whether a hint made it lose less, or other parts.
    """

    text: str | None
    by: tuple[str, ...] = ()
    tokens_before: int = 0
    tokens_after: int = 0
    original: str = ""
    told_by: int = -1
    """For a block whose turn has left the conversation: which block's marker tells of it, and
    names the original that holds all of them.  Without a text its whole message is gone."""

    signature: str = ""
    eased: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether the block is not sent at all."""
        return self.told_by >= 0 and self.text is None


@dataclass(frozen=True, slots=True)
class Leg:
    """What a provider said in one go of a turn that the client saw as one, all of it JSON text.

    *pieces* are what it said, in the units of its dialect: content blocks, output items, or one
    message.  *hidden* numbers those that the client has not seen: calls of our own tool (in a
    message, the calls among its tool calls).  *answers* are what the provider was told, or is
    still to be told, of these calls.
    """

    pieces: tuple[str, ...]
    hidden: tuple[int, ...] = ()
    answers: tuple[str, ...] = ()


Legs = tuple[Leg, ...]
"""A whole turn; all legs but the last were answered with nothing but *answers*."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of a conversation: how many blocks are decided, and their forms.

    A decided block without a form is raw; blocks from *decided* on are new.  The token
    counts are of the decided blocks, as the client sent them and as they are sent on;
    *counted* is false when nobody has counted them yet.
    """

    decided: int = 0
    forms: Mapping[int, Form] = field(default_factory=dict)
    tokens_before: int = 0
    tokens_after: int = 0
    counted: bool = False
    saved: float = 0.0
    """What the conversation has saved so far, in uncached input tokens."""
    swept: int = 0
    """Blocks before this one have been looked at again when nothing of them was cached."""


@dataclass(frozen=True, slots=True)
class Note:
    """Why a block was left alone."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Original:
    """A block's own text, where a form says less than it, and what is told of it.

    *units* are rows or lines, *units_kept* those that the form still shows.  *signature* and
    *eased* are those of the form.
    """

    text: str
    tool: str = ""
    tokens: int = 0
    units: int = 0
    units_kept: int = 0
    signature: str = ""
    eased: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done to a body: edits, the form of every block that is new, and notes.

    Token counts are by our own tokenizer: *tokens_before* and *tokens_after* count the
    whole request, tools and system included; *blocks_before* and *blocks_after* its blocks
    alone, *seen_before* and *seen_after* those that an earlier request had; *running* the same
    up to and with each new block.  *failed* says why new blocks were
    left raw, if something went wrong; *abandoned* is true when that was the plan as a whole,
    not single blocks.
    """

    edits: tuple[Edit, ...] = ()
    removals: tuple[Path, ...] = ()
    """Messages that leave, by their paths."""
    forms: Mapping[int, Form] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    tokens_before: int = 0
    tokens_after: int = 0
    blocks_before: int = 0
    blocks_after: int = 0
    seen_before: int = 0
    seen_after: int = 0
    running: tuple[tuple[int, int], ...] = ()
    transforms: tuple[str, ...] = ()
    failed: str = ""
    abandoned: bool = False
    originals: Mapping[str, Original] = field(default_factory=dict)
    """By key, what must be kept before anything is sent: of all blocks, also old ones, whose
    form names an original."""
    needs_tool: int = 0
    """Tokens that left new blocks, or would have, and that only our tool can bring back."""
    rewritten: Mapping[int, Form] = field(default_factory=dict)
    """New forms of blocks that had been sent otherwise, by one rewrite; with `forms`, they are
    what is sent from now on."""
    rewrite: Rewrite | None = None
    """Why, where something was rewritten."""
    saved: float = 0.0
    """What the conversation has saved with this request, in uncached input tokens."""
    swept: int = 0
    """See `Known`."""

    @property
    def changes(self) -> tuple[Edit | Remove, ...]:
        """All that is to be done to the body."""
        return (*self.edits, *map(Remove, self.removals))

    @property
    def tokens_saved(self) -> int:
        """How many tokens shorter the request became, never negative by construction."""
        return self.tokens_before - self.tokens_after
