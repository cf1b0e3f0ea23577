"""What a call of our tool is answered: the text of an original, or in words why there is none.

The answers are for a model.  Each is final, so that nobody asks for the same thing again and
again; what belongs to another tenant and what never was are answered alike.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import msgspec

from headroom.compressors.excerpt import LONGEST_CHARACTERS, line_range, search
from headroom.conversation import Original
from headroom.errors import StoreError
from headroom.formats.base import CallMade
from headroom.marker import TOOL
from headroom.proxy.planning import Planning
from headroom.proxy.retrievals import Retrieval
from headroom.state.originals import Absence

_KEY = re.compile(r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])")

NO_HASH = f"{TOOL} needs hash, the 24 digits that stand in the marker."
UNKNOWN = "There is no original {key} here. Go on without it, or run again what gave it."
EXPIRED = "The original {key} has expired. Go on without it, or run again what gave it."
NOT_NOW = "The original {key} cannot be read just now. Go on without it, or run again what gave it."


async def answers_to(planning: Planning, tenant: str, calls: Sequence[CallMade]) -> dict[str, str]:
    """The answer to each of these calls, by its id; never fails."""
    return {call.id: await _answer_to(planning, tenant, call) for call in calls}


async def _answer_to(planning: Planning, tenant: str, call: CallMade) -> str:
    arguments = _arguments(call)
    found = _KEY.search(arguments.get("hash", ""))
    if not found:
        return NO_HASH
    key = found[0]
    try:
        original = await planning.originals.find(tenant, key)
    except StoreError:
        return NOT_NOW.format(key=key)
    if isinstance(original, Absence):
        return (EXPIRED if original is Absence.EXPIRED else UNKNOWN).format(key=key)
    query, lines = arguments.get("query", "").strip(), arguments.get("lines", "").strip()
    # A search reads the whole text: not on the event loop.
    given, of, text = await asyncio.to_thread(_shown, original, query, lines)
    planning.retrievals.note(tenant, Retrieval(key, query, original.tool, given, of))
    return text


def _shown(original: Original, query: str, lines: str) -> tuple[int, int, str]:
    """How many units of how many are given, and what is said."""
    text = original.text
    try:
        if query:
            excerpt = search(text, query)
        elif lines or len(text) > LONGEST_CHARACTERS:
            excerpt = line_range(text, lines or "1-")
        else:
            return original.units, original.units, text
    except ValueError as error:
        return 0, original.units, f"{error}."
    return len(excerpt.units), excerpt.of, str(excerpt)


def _arguments(call: CallMade) -> dict[str, str]:
    """The arguments that are text, by name."""
    try:
        values = msgspec.json.decode(call.arguments)
    except (msgspec.DecodeError, RecursionError):
        return {}
    members = values.items() if isinstance(values, dict) else ()
    return {name: str(value) for name, value in members if isinstance(value, str | int)}
