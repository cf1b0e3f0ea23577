"""How an agent can see again, by its own means, what a tool once told it.

Only what reads and changes nothing: a file that was read, a search, a listing, a command line
made of commands that are known to read only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from headroom.compressors.base import Origin

MOST_RANGES = 8
LONGEST_PATH = 120

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_READING = frozenset({"read", "view", "cat", "open"})
_SEARCHING = frozenset({"grep", "glob", "search", "find", "ls", "list", "tree"})

# Beyond these a command line may do more than show something: `;`, `&&`, `>`, `$(…)`.
_JOINED = re.compile(r"[;&><`\n]|\$\(")
_QUOTED = re.compile(r"'[^']*'|\"[^\"`$]*\"")
_CHANGES = frozenset({"-i", "--in-place", "-delete", "-exec", "-execdir", "-ok"})
_SHOWING = frozenset(
    {
        *("cat", "head", "tail", "less", "more", "nl", "sed", "jq", "yq", "sort", "uniq", "cut"),
        *("grep", "egrep", "fgrep", "rg", "ag", "find", "fd", "ls", "tree", "wc", "tr", "column"),
        *("xmllint", "xxd", "hexdump", "od", "strings", "stat", "file", "du", "df", "ps"),
    }
)
_SHOWING_PARTS: Mapping[str, Collection[str]] = MappingProxyType(
    {
        "git": ("log", "show", "diff", "status", "blame", "grep", "ls-files", "ls-tree"),
        "docker": ("ps", "images", "logs", "inspect"),
        "kubectl": ("get", "describe", "logs", "top"),
        "npm": ("ls", "list", "view", "outdated"),
        "pip": ("list", "show", "freeze"),
        "cargo": ("tree", "metadata"),
    }
)
_UNTOLD = re.compile(r"[\[\]\r\n]")


def way_back(origin: Origin, gone_lines: Sequence[tuple[int, int]]) -> str:
    """In words for a marker, how to see again what is gone; empty where that is not sure."""
    words = name_words(origin.tool)
    if origin.path and words & _READING and not words & _SEARCHING:
        return _by_reading(origin.path, gone_lines)
    if origin.command and only_shows(origin.command):
        return "to see them, run it again for less (grep, head, sed -n, jq)"
    if not origin.command and words & _SEARCHING:
        return f"to see them, call {origin.tool} again for less"
    return ""


def name_words(name: str) -> frozenset[str]:
    """The words that a tool's name is made of: `read`, `file` for `ReadFile` and `read_file`."""
    return frozenset(word.lower() for word in _WORDS.findall(name))


def only_shows(command: str) -> bool:
    """Whether this command line is known to show something and to change nothing."""
    plain = _QUOTED.sub("quoted", command.strip())
    if not plain or _JOINED.search(plain):
        return False
    return all(_shows(piece.split()) for piece in plain.split("|"))


def _shows(words: Sequence[str]) -> bool:
    if not words or _changes(words):
        return False
    command = words[0].rpartition("/")[2]
    if command in _SHOWING:
        return True
    return len(words) > 1 and words[1] in _SHOWING_PARTS.get(command, ())


def _changes(words: Sequence[str]) -> bool:
    return any(word in _CHANGES or word.startswith(("-i.", "--in-place=")) for word in words)


def _by_reading(path: str, gone_lines: Sequence[tuple[int, int]]) -> str:
    shown = _UNTOLD.sub("", path)
    if not shown or len(shown) > LONGEST_PATH:
        return ""
    if not gone_lines:
        return f"to see them, search {shown} for what you need"
    if len(gone_lines) > MOST_RANGES:
        ranges = f"{gone_lines[0][0]}-{gone_lines[-1][1]}"
        return f"to see them, read {shown} again, in parts, within lines {ranges}"
    ranges = ", ".join(f"{first}-{last}" for first, last in gone_lines)
    return f"to see them, read lines {ranges} of {shown}"
