"""What a process is called, and which ones were in its place before it and have ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from headroom.state.spend import name_of_a_process

MOST_BEFORE = 64
"""So many are remembered: each was seen to by its successor, if that lived for long."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """A process and its predecessors, the last one last: what these left undone is for it to do."""

    name: str = field(default_factory=name_of_a_process)
    before: tuple[str, ...] = ()

    @classmethod
    def after(cls, ended: Sequence[Lineage]) -> Lineage:
        """Of a process that takes the place of all of these."""
        names = [name for one in ended for name in (*one.before, one.name)]
        return cls(before=tuple(names[-MOST_BEFORE:]))

    @classmethod
    def told(cls, arguments: Sequence[str]) -> Lineage:
        """What `arguments` has told."""
        name, *before = arguments
        return cls(name, tuple(before))

    @property
    def arguments(self) -> tuple[str, ...]:
        """It, on a command line."""
        return (self.name, *self.before)
