"""What a check has found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["ok", "note", "problem"]
"""All is well; good to know; something to mend."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the list, with what was seen; *fix* is a sentence, *command* can be run."""

    level: Level
    about: str
    seen: str
    fix: str = ""
    command: str = ""

    def as_json(self) -> dict[str, Any]:
        """The same as one object."""
        return {
            "level": self.level,
            "about": self.about,
            "seen": self.seen,
            "fix": self.fix or None,
            "command": self.command or None,
        }


def ok(about: str, seen: str) -> Finding:
    """All is well with this."""
    return Finding("ok", about, seen)


def note(about: str, seen: str, fix: str = "", command: str = "") -> Finding:
    """Good to know of this."""
    return Finding("note", about, seen, fix, command)


def problem(about: str, seen: str, fix: str, command: str = "") -> Finding:
    """This is to be mended."""
    return Finding("problem", about, seen, fix, command)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word of statistics means for people, and what to do."""

    what: str
    fix: str
