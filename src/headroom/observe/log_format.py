"""How a line of the log on stderr looks: text for people, or one JSON object.

2026-11-26 21:30:00 INFO    hr_… planned POST /v1/messages 200 …
2026-11-26 21:30:01 WARNING uvicorn.error: …
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from collections.abc import Mapping
from typing import Any

import msgspec

from headroom.observe import shown
from headroom.observe.entry import entry_of
from headroom.outcome import Outcome

OURS = "headroom"

_COLOURS = {"DEBUG": "\x1b[2m", "WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}
_END = "\x1b[0m"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


class TextFormatter(logging.Formatter):
    """Time, level, message; of others also who says it.

    *process* stands before the message where several write to one place.
    """

    def __init__(self, *, process: str = "", coloured: bool = False) -> None:
        super().__init__()
        self._process = f"[{process}] " if process else ""
        self._coloured = coloured

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback stands on lines of its own, indented."""
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        level = f"{record.levelname:<7}"
        if self._coloured and record.levelname in _COLOURS:
            level = f"{_COLOURS[record.levelname]}{level}{_END}"
        who = "" if _is_ours(record) else f"{record.name}: "
        said = f"{at} {level} {self._process}{who}{one_line(said_by(record))}"
        trace = "".join(f"\n    {one_line(line)}" for line in trace_of(record))
        return said + trace


class JsonFormatter(logging.Formatter):
    """One object per line: `time`, `level`, `logger`, `message`, and what else there is.

    The line of a request also has `request`, with the fields of the log file.
    """

    def __init__(self, *, process: str = "") -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The object."""
        told: dict[str, Any] = {
            "time": shown.moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": said_by(record),
        }
        if self._process:
            told["process"] = self._process
        outcome = getattr(record, "outcome", None)
        if isinstance(outcome, Outcome):
            told["request"] = shown.request(entry_of(outcome))
        if trace := trace_of(record):
            told["trace"] = trace
        return json_line(told)


def said_by(record: logging.LogRecord) -> str:
    """The message.  Of asyncio's only the first line: it goes on with values that nobody chose."""
    message = record.getMessage()
    return message.partition("\n")[0] if record.name == "asyncio" else message


def trace_of(record: logging.LogRecord) -> list[str]:
    """Where an exception came from, and its kind; not its text, which may hold content."""
    if not record.exc_info or record.exc_info[0] is None:
        return []
    kind, _, trace = record.exc_info
    frames = traceback.extract_tb(trace)
    return [
        *(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames),
        kind.__qualname__,
    ]


def one_line(text: str) -> str:
    """The text with everything that does not print, ends of lines too, written as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def json_line(told: Mapping[str, Any]) -> str:
    """An object on one line, in ASCII: whatever reads lines reads it."""
    text = msgspec.json.encode(told).decode()
    return text if text.isascii() else _BEYOND_ASCII.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == OURS
