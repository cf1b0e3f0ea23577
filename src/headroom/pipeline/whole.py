"""Which results are kept whole, because whoever asked for them asked for all of them.

Errors; a small range of lines; instructions that an agent is to follow to the letter.
"""

from __future__ import annotations

import re
from typing import Any

from headroom.compressors.base import Origin
from headroom.conversation import Block, ToolCall

SMALL_RANGE_LINES = 120
"""Whoever asks for so few knows what for; those who read a file piece by piece take 200."""
DRAWING_CHARACTERS = 64_000
"""Drawings are copied, not read: whoever looks at one needs every number in it."""
TOLD_CHARACTERS = 400
PRECISE = 2.0
"""Times the usual room of its kind has what was asked for by an id or a query."""

_FAILED = re.compile(
    r"(?i)\bexit(?:ed|ing)?(?: with)?(?: exit)? ?(?:code|status)[\"']?[:= ]{1,3}(?:-?[1-9])"
    r"|<returncode>-?[1-9]|\"exit_code\": ?-?[1-9]|PROCESS-DONE:-?[1-9]"
)
_INSTRUCTIONS = re.compile(
    r"(?i)\b(?:skill|agents|claude|gemini|copilot-instructions|contributing)\.md\b"
    r"|\.cursorrules\b|\.mdc\b"
)
_DRAWING = re.compile(r"(?i)\.svg\b")
_LINES = re.compile(
    r"\bsed -n ['\"]?([0-9]{1,8}),([0-9]{1,8})p"
    r"|\b(?:head|tail) (?:-n ?|-)([0-9]{1,8})\b"
    r"|-(?:First|Last|TotalCount|Tail) ([0-9]{1,8})\b"
)
_ID = re.compile(r"(?i)(?:^|_|\b)(?:id|sha|hash|number|uuid|key|query)$|Id$")


def why_whole(block: Block, origin: Origin) -> str:
    """The reason why nothing may leave this result, or an empty string."""
    if block.is_error or _has_failed(block.text):
        return "an error"
    if _INSTRUCTIONS.search(origin.path) or _INSTRUCTIONS.search(origin.command):
        return "instructions"
    if len(block.text) < DRAWING_CHARACTERS and _DRAWING.search(origin.path or origin.command):
        return "a drawing"
    if _is_small_range(origin.command, block.call):
        return "a small range was asked for"
    return ""


def names_one(call: ToolCall | None) -> bool:
    """Whether the call names what it wants, by an id or a query."""
    values = call.values() if call is not None else {}
    return any(_ID.search(name) and _is_scalar(value) for name, value in values.items())


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _has_failed(text: str) -> bool:
    ends = f"{text[:TOLD_CHARACTERS]}\n{text[-TOLD_CHARACTERS:]}"
    return _FAILED.search(ends) is not None


def _is_small_range(command: str, call: ToolCall | None) -> bool:
    lines = [_asked_lines(found) for found in _LINES.finditer(command[-TOLD_CHARACTERS:])]
    values = call.values() if call is not None else {}
    if isinstance(values.get("limit"), int) and not command:
        lines.append(values["limit"])
    view = values.get("view_range")
    if isinstance(view, list) and len(view) == 2 and all(isinstance(end, int) for end in view):
        lines.append(view[1] - view[0] + 1 if view[1] > 0 else SMALL_RANGE_LINES + 1)
    return bool(lines) and min(lines) <= SMALL_RANGE_LINES


def _asked_lines(found: re.Match[str]) -> int:
    if found[1]:
        return int(found[2]) - int(found[1]) + 1
    return int(found[3] or found[4])
