"""What kind of content a tool result is, by what it looks like and which call produced it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

Kind = Literal["numbered file", "JSON", "search", "listing", "log", "HTML", "diff", "other"]

KINDS: tuple[Kind, ...] = (
    "numbered file", "JSON", "search", "listing", "log", "HTML", "diff", "other"
)  # fmt: skip

# Enough lines to tell a kind; more would only cost time.
LINES_LOOKED_AT = 200

_NUMBERED = re.compile(r"\s{0,8}\d{1,7}(?:\t|→|\| |:\t|  )")
_FOUND = re.compile(r"[^\s:]{1,300}[:-]\d{1,7}[:-]|\d{1,7}:|[\w@~./-]{1,300}/[^\s:/]{1,300}:\S")
_LISTED = re.compile(
    r"[bcdlps-](?:[r-][w-][xsStT-]){3}|[\s│]{0,80}[├└]──"
    r"|\s{0,20}- [\w.@-]{1,200}/?$|[\w.@~/+-]{1,300}/?$"
)
_LOGGED = re.compile(
    r"\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d|\[?\d\d:\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
    r"|\W{0,3}(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b"
)
_CHANGED = re.compile(r"diff --git |@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@|--- \S|\+\+\+ \S")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,20}[\s>]")


def kind_of(text: str) -> Kind:
    """The kind that most of the text is, judged by its first lines."""
    if _is_json(text):
        return "JSON"
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:LINES_LOOKED_AT]
    if not lines:
        return "other"
    if any(line.startswith("diff --git ") for line in lines) or _hunks(lines) >= 1:
        return "diff"
    if _is_html(text, lines):
        return "HTML"
    shares: tuple[tuple[Kind, re.Pattern[str], float], ...] = (
        ("numbered file", _NUMBERED, 0.6),
        ("log", _LOGGED, 0.3),
        ("search", _FOUND, 0.5),
        ("listing", _LISTED, 0.7),
    )
    for kind, pattern, share in shares:
        if sum(1 for line in lines if pattern.match(line)) >= share * len(lines):
            return kind
    return "other"


def _is_json(text: str) -> bool:
    stripped = text.strip()
    if not stripped.startswith(("{", "[")):
        return False
    first_line = stripped.partition("\n")[0]
    return _parses(stripped) or (first_line.startswith("{") and _parses(first_line))


def _parses(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    return True


def _hunks(lines: Sequence[str]) -> int:
    return sum(1 for line in lines if line.startswith("@@ -") and _CHANGED.match(line))


def _is_html(text: str, lines: Sequence[str]) -> bool:
    if text.lstrip()[:100].lower().startswith(("<!doctype html", "<html")):
        return True
    tagged = sum(1 for line in lines if _TAG.search(line))
    return tagged >= 0.6 * len(lines) and len(_TAG.findall(text[:20_000])) >= 10
