"""What a compressor is: text of one kind in, shorter text out, and the way back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


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
        """The kind, as DESIGN names it: `records`."""
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
class Reduced:
    """A text that lost whole units, cut where the marker belongs: behind what was shortened.

    *gone* of *of* units left; *unit* says of what kind (`rows`), *told* more about them,
    without brackets or line breaks.  *gone_lines* are the lines of the text, counted from 1, on
    which they stand, first and last of each run; empty where lines do not tell them apart.
    """

    before: str
    gone: int
    of: int
    unit: str
    told: str = ""
    after: str = ""
    gone_lines: tuple[tuple[int, int], ...] = ()


class Reducer(Protocol):
    """Text of one kind, cut down to what tells something; what is left out is named.

    `reduce` is deterministic, takes time linear in the text, and never raises on any text.
    """

    @property
    def name(self) -> str:
        """The kind: `row_sample`."""
        ...

    @property
    def strategy(self) -> str:
        """The name in `transforms_applied`, the original's where one exists."""
        ...

    @property
    def tools(self) -> frozenset[str]:
        """Words in the names of tools that often give such text."""
        ...

    def reduce(self, text: str, asked: Collection[str]) -> Reduced | None:
        """The parts of *text* that stay, or None when it is not my kind or not long enough.

        *asked* are words of the task and of the call that made the text.
        """
        ...
