"""How an agent can see again, by its own means, what a tool once told it.

Only what can be done again without harm: a file that was read, a search, a listing, a command
line made of commands that are known to show something, or to be run again and again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from headroom.compressors.base import Origin
from headroom.pipeline.command_line import Doing, doing

VIEWING = "view"
"""What editing tools of several agents are told to do when they show a file."""
MOST_RANGES = 3
LONGEST_PATH = 120

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_READING = frozenset({"read", "view", "cat", "open"})
_SEARCHING = frozenset({"search", "grep", "glob", "list", "find"})
_LOOKING = (
    _READING
    | _SEARCHING
    | {"ls", "tree", "get", "fetch", "query", "lookup", "describe", "show", "browse", "export"}
    | {"inspect", "snapshot"}
)
_DOING = frozenset(
    {
        *("create", "update", "delete", "write", "set", "send", "post", "put", "patch", "remove"),
        *(
            "click",
            "type",
            "input",
            "select",
            "submit",
            "execute",
            "run",
            "add",
            "insert",
            "replace",
        ),
        *(
            "edit",
            "move",
            "rename",
            "book",
            "cancel",
            "buy",
            "pay",
            "start",
            "stop",
            "next",
            "stdin",
        ),
    }
)

_BY_COMMAND: Mapping[Doing, str] = MappingProxyType(
    {
        "": "",
        "shows": "to see them, run it again for less (grep, head, sed -n, jq)",
        "runs": "to see them, run it into a file, if it may be run again, and search that",
    }
)
_UNTOLD = re.compile(r"[\[\]\r\n]")


def way_back(origin: Origin, gone_lines: Sequence[tuple[int, int]]) -> str:
    """In words for a marker, how to see again what is gone; empty where that is not sure."""
    words = name_words(origin.tool)
    shown_file = words & _READING or origin.command == VIEWING
    if origin.path and shown_file and not words & _SEARCHING:
        return _by_reading(origin.path, gone_lines)
    if origin.command:
        return _BY_COMMAND[doing(origin.command)]
    if words & _LOOKING and not words & _DOING:
        return f"to see them, call {origin.tool} again for less"
    return ""


def name_words(name: str) -> frozenset[str]:
    """The words that a tool's name is made of: `read`, `file` for `ReadFile` and `read_file`."""
    return frozenset(word.lower() for word in _WORDS.findall(name))


def _by_reading(path: str, gone_lines: Sequence[tuple[int, int]]) -> str:
    shown = _UNTOLD.sub("", path)
    if not shown or len(shown) > LONGEST_PATH:
        return ""
    if not gone_lines:
        return f"to see them, search {shown} for what you need"
    if len(gone_lines) > MOST_RANGES:
        return f"to see them, read {shown} again at the lines you need"
    ranges = ", ".join(f"{first}-{last}" for first, last in gone_lines)
    return f"to see them, read lines {ranges} of {shown}"
