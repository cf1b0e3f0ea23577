"""What a compressor is: text of one kind in, shorter text out, and the way back."""

from __future__ import annotations

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
