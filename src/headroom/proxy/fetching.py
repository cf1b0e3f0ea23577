"""What a call of our tool is answered: the text of an original, or in words why there is none.

The answers are for a model.  Each is final, so that nobody asks for the same thing again and
again; what belongs to another tenant and what never was are answered alike.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from headroom.compressors.excerpt import LONGEST_CHARACTERS, Excerpt, line_range, search
from headroom.conversation import Original
from headroom.errors import StoreError
from headroom.formats.base import CallMade
from headroom.marker import TOOL
from headroom.proxy.learning import experience_of_retrieval, note_later
from headroom.proxy.planning import Planning
from headroom.proxy.retrievals import Retrieval
from headroom.state.originals import Absence
from headroom.state.patterns import Experience

_KEY = re.compile(r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])")

NO_HASH = f"{TOOL} needs hash, the 24 digits that stand in the marker."
UNKNOWN = "There is no original {key} here. Go on without it, or run again what gave it."
EXPIRED = "The original {key} has expired. Go on without it, or run again what gave it."
NOT_NOW = "The original {key} cannot be read just now. Go on without it, or run again what gave it."
UNPAID = (
    "The original {key} cannot be had now: the budget is used up, or taken by calls that still "
    "run. Go on without it, or ask again later."
)


def unpaid_answers(calls: Sequence[CallMade]) -> dict[str, str]:
    """The answer to each of these calls, by its id, where showing anything costs too much."""
    keys = {call.id: _KEY.search(_arguments(call).get("hash", "")) for call in calls}
    return {call: UNPAID.format(key=key[0]) if key else NO_HASH for call, key in keys.items()}


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer: *given* units *of* how many, in words, and what it teaches that it was asked."""

    given: int
    of: int
    text: str
    experience: Experience | None = None


async def answers_to(
    planning: Planning,
    tenant: str,
    calls: Sequence[CallMade],
    turns_ago: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, str]:
    """The answer to each of these calls, by its id; never fails.

    *turns_ago* says of originals how many turns ago they were cut down.
    """
    return {call.id: await _answer_to(planning, tenant, call, turns_ago) for call in calls}


async def _answer_to(
    planning: Planning, tenant: str, call: CallMade, turns_ago: Mapping[str, int]
) -> str:
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
    ago = turns_ago.get(key, 0)
    shown = await asyncio.to_thread(_shown, original, key, query, lines, ago)
    one = Retrieval(key, query, original.tool, shown.given, shown.of)
    planning.retrievals.note(tenant, one)
    note_later(planning, tenant, [shown.experience])
    return shown.text


def _shown(original: Original, key: str, query: str, lines: str, turns_ago: int) -> Shown:
    text = original.text
    found: Excerpt | None = None
    try:
        if query:
            found = search(text, query)
        elif lines or len(text) > LONGEST_CHARACTERS:
            found = line_range(text, lines or "1-")
    except ValueError as error:
        return Shown(0, original.units, f"{error}.")
    asked = found if query or lines else None
    experience = experience_of_retrieval(original, key, query, asked, turns_ago=turns_ago)
    if found is None:
        return Shown(original.units, original.units, text, experience)
    return Shown(len(found.units), found.of, str(found), experience)


def _arguments(call: CallMade) -> dict[str, str]:
    """The arguments that are text, by name."""
    try:
        values = msgspec.json.decode(call.arguments)
    except (msgspec.DecodeError, RecursionError):
        return {}
    members = values.items() if isinstance(values, dict) else ()
    return {name: str(value) for name, value in members if isinstance(value, str | int)}
