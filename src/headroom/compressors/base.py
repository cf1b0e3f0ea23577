"""What a compressor is: text of one kind in, shorter text out, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

CHARACTERS_PER_TOKEN = 4
"""About; for rooms that are told in tokens."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a text comes from, as far as it is known: the call that produced it.

    *command* is the shell command line, *path* the file that was read; either may be empty.
    """

    tool: str = ""
    command: str = ""
    path: str = ""


class Compressor(Protocol):
    """Text of one kind, written shorter without losing anything.

    `encode` and `decode` are deterministic, take time linear in their input, never raise on
    any text, and hold `decode(encode(x)) == x` whenever `encode(x)` is not None.
    """

    @property
    def name(self) -> str:
        """What it is called: `records`."""
        ...

    @property
    def kind(self) -> str:
        """The kind of content, as options name it: `records`."""
        ...

    @property
    def strategy(self) -> str:
        """The name in `transforms_applied`, the original's where one exists."""
        ...

    def encode(self, text: str, origin: Origin) -> str | None:
        """A shorter text that says the same, or None when this is not my kind or no shorter."""
        ...

    def decode(self, encoded: str) -> str:
        """The text that was encoded, byte for byte.  Raises ValueError on anything else."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """What a reduction goes by: where the text comes from, what was asked, how much may stay.

    *words* are those of the task, of the call and of errors seen, in small letters.  *room* is
    how many characters should stay: a wish, as what must stay stays; 0 leaves it to the kind.
    *source_room* is the same for files of source.  *fields* are names in small letters: what
    stands under them stays whole in every record that stays.
    """

    origin: Origin = Origin()
    words: frozenset[str] = frozenset()
    room: int = 0
    source_room: int = 0
    fields: frozenset[str] = frozenset()

    def room_or(self, tokens: int, *, per_token: int = CHARACTERS_PER_TOKEN) -> int:
        """The room; that of so many *tokens* where it is left to the kind.

        *per_token* are the characters of one.
        """
        return self.room or tokens * per_token


@dataclass(frozen=True, slots=True)
class Reduced:
    """A text that lost whole units, cut where the marker belongs: behind what was shortened.

    *gone* of *of* units left; *unit* says of what kind (`rows`), *told* more about them,
    without brackets or line breaks.  *gone_lines* are the lines that left, first and last of
    each run, by the numbers that the text shows for its lines, else counted from 1; empty
    where lines do not tell them apart.
    """

    before: str
    gone: int
    of: int
    unit: str
    told: str = ""
    after: str = ""
    gone_lines: tuple[tuple[int, int], ...] = ()


def whole(text: str) -> Reduced:
    """What a reducer says of a text of its kind of which nothing should leave."""
    return Reduced(before=text, gone=0, of=0, unit="lines")


class Reducer(Protocol):
    """Text of one kind, cut down to what tells something; what is left out is named.

    `reduce` is deterministic, takes time linear in the text, and never raises on any text.
    """

    @property
    def name(self) -> str:
        """What it is called: `row_sample`."""
        ...

    @property
    def kind(self) -> str:
        """The kind of content, as options name it: `records`."""
        ...

    @property
    def strategy(self) -> str:
        """The name in `transforms_applied`, the original's where one exists."""
        ...

    @property
    def tools(self) -> frozenset[str]:
        """Words in the names of tools that often give such text, and not again for the asking."""
        ...

    @property
    def usual_tokens(self) -> int:
        """Tokens down to which text of this kind is cut where nobody asks for less or more."""
        ...

    @property
    def asked_back(self) -> float:
        """How often, of the texts of this kind that lost something, what left was used later."""
        ...

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """The parts of *text* that stay, `whole` of it, or None when it is not my kind."""
        ...
