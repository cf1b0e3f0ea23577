"""The strings in JSON values, in reading order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def strings(value: Any) -> Iterator[str]:
    """Every string value in a JSON value, in reading order; the names of members are none."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, list):
            waiting.extend(reversed(found))
        elif isinstance(found, dict):
            waiting.extend(reversed(found.values()))


def argument_strings(arguments: Any) -> Iterator[str]:
    """The strings in the arguments of a tool call, which some dialects write as JSON text."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            yield arguments
            return
    yield from strings(arguments)


def told(said: Any) -> str:
    """What a tool said, by the line: a text, a list of parts of which only texts count, or JSON."""
    if not isinstance(said, list):
        return "\n".join(strings(said))
    texts = [part.get("text", "") if isinstance(part, dict) else part for part in said]
    return "\n".join(strings(texts))
