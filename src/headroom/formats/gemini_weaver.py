"""Our tool in Gemini's dialect: offered in a request, and its calls put back into history.

A turn of several legs comes back from the client as one content, or as several in a row.  That
becomes the last leg's again, and the earlier legs stand before it with what they were answered:

    model [text₁ text₂ call run_shell]
    model [text₁ call ours] · user [result] · model [text₂ call run_shell]

Legs are told apart by their words: clients join texts, cut them, and leave thoughts out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from headroom.conversation import Change, Edit, Insert, Leg, Legs, Path, Remove
from headroom.formats.gemini_leg import (
    answering,
    asked,
    is_call,
    is_text,
    parts_in,
    said,
    signature_of,
)
from headroom.formats.gemini_shapes import (
    CONTENTS,
    PARTS,
    declarations,
    is_thought,
    name_in,
)
from headroom.formats.gemini_turn import GeminiStreamedTurn, GeminiWholeTurn
from headroom.formats.reading import is_retrieval
from headroom.formats.replies import text_at
from headroom.formats.turns import Turn, Unkept
from headroom.marker import TOOL, TOOL_ARGUMENTS, TOOL_PURPOSE
from headroom.wire.document import Document

# Types are written in capitals here (ai.google.dev/api/caching#Type, 2026-11).
DEFINITION = msgspec.json.encode(
    {
        "name": TOOL,
        "description": TOOL_PURPOSE,
        "parameters": {
            "type": "OBJECT",
            "properties": {name: {"type": "STRING"} for name in TOOL_ARGUMENTS},
        },
    }
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the turn as the client sent it; *exact* says whether its text is what it reads."""

    content: int
    index: int
    value: Any
    exact: bool

    @property
    def parts(self) -> Path:
        return (CONTENTS, self.content, PARTS)

    @property
    def path(self) -> Path:
        return (*self.parts, self.index)


class GeminiWeaver(Unkept):
    """See `Weaver`."""

    def tools(self, document: Document) -> tuple[str, ...]:
        """See `Weaver.tools`."""
        tools = [tool.value for tool in document.elements("tools")]
        return tuple(text_at(each, "name") for each in declarations(tools))

    def offer(self, document: Document) -> Change | None:
        """See `Weaver.offer`."""
        if _candidates(document) not in (None, 1):
            return None
        if any(is_retrieval(name) for name in self.tools(document)):
            return None
        for at, tool in enumerate(document.elements("tools")):
            name = name_in(tool.value, "functionDeclarations") if _declares(tool.value) else ""
            if name:
                # First of all: behind others it would move when the client adds one.
                return Insert(("tools", at, name), 0, DEFINITION)
        return None

    def turn(self, document: Document, *, streaming: bool) -> Turn:
        """See `Weaver.turn`."""
        return GeminiStreamedTurn() if streaming else GeminiWholeTurn()

    def put_back(self, document: Document, at: int, legs: Legs) -> Sequence[Change]:
        """See `Weaver.put_back`."""
        turn = list(_turn(document, at))
        changes = _beside(document, turn, legs[-1])
        if len(legs) == 1:
            return changes
        before = ",".join(
            content for leg in legs[:-1] for content in (asked(leg), answering(leg.answers))
        )
        return [Insert((CONTENTS,), at, before.encode()), *_last_part(turn, legs), *changes]


def _candidates(document: Document) -> Any:
    """How many answers are asked for, where it says so."""
    config = document.get("generationConfig") or document.get("generation_config")
    return config.get(name_in(config, "candidateCount")) if isinstance(config, dict) else None


def _declares(tool: Any) -> bool:
    return isinstance(tool, dict) and any(declarations([tool]))


def _turn(document: Document, at: int) -> Iterator[_Part]:
    """The parts of the run of contents that the model has said."""
    contents = document.elements(CONTENTS)
    while at < len(contents):
        value = contents[at].value
        if not isinstance(value, dict) or value.get("role") != "model":
            return
        parts = value.get(PARTS)
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            yield _Part(at, index, part, contents[at].exact)
        at += 1


def _beside(document: Document, turn: Sequence[_Part], leg: Leg) -> list[Change]:
    """The calls of ours beside those of the client's, and their answers beside its own."""
    calls = [part for part in turn if is_call(part.value)]
    if not leg.answers or not calls:
        return []
    told = calls[-1].content + 1
    while told <= turn[-1].content:
        told += 1
    if not _answers(document, told):
        return []
    pieces = parts_in(leg)
    changes: list[Change] = []
    for number in leg.hidden:
        before = sum(is_call(pieces[n]) for n in range(number) if n not in leg.hidden)
        is_first = before < len(calls)
        place = calls[before] if is_first else calls[-1]
        index = place.index if is_first else place.index + 1
        changes.append(Insert(place.parts, index, leg.pieces[number].encode()))
    return [*changes, Insert((CONTENTS, told, PARTS), 0, ",".join(leg.answers).encode())]


def _answers(document: Document, at: int) -> bool:
    """Whether content *at* answers calls."""
    contents = document.elements(CONTENTS)
    value = contents[at].value if at < len(contents) else None
    parts = value.get(PARTS) if isinstance(value, dict) else None
    return isinstance(parts, list) and any(
        isinstance(part, dict) and name_in(part, "functionResponse") for part in parts
    )


def _last_part(turn: Sequence[_Part], legs: Legs) -> Iterator[Change]:
    """What leaves of the turn the last leg's part."""
    gone: set[tuple[int, int]] = set()
    edits: list[Edit] = []
    for thought in (False, True):
        edits += _cut(turn, legs, gone, thought=thought)
    signed = {signature_of(part) for leg in legs[:-1] for part in parts_in(leg)} - {""}
    gone |= {
        (part.content, part.index)
        for part in turn
        if is_text(part.value) and not part.value["text"] and signature_of(part.value) in signed
    }
    yield from edits
    kept = {part.content for part in turn if (part.content, part.index) not in gone}
    for part in turn:
        if (part.content, part.index) in gone and part.content in kept:
            yield Remove(part.path)
    for content in sorted({part.content for part in turn} - kept):
        yield Remove((CONTENTS, content))


def _cut(
    turn: Sequence[_Part], legs: Legs, gone: set[tuple[int, int]], *, thought: bool
) -> Iterator[Edit]:
    """Note which texts are earlier legs' altogether; give what is left of one that is in part."""
    mine = [each for each in turn if is_text(each.value) and is_thought(each.value) == thought]
    earlier = said([part for leg in legs[:-1] for part in parts_in(leg)], thought=thought)
    last = said(parts_in(legs[-1]), thought=thought)
    whole = said([each.value for each in mine], thought=thought)
    if not earlier or not whole.startswith(earlier) or (last and whole != earlier + last):
        # The client has said it in other words, or left it out.
        return
    due = len(earlier)
    for part in mine:
        text = part.value["text"]
        words = "".join(text.split())
        if due >= len(words):
            if words:
                gone.add((part.content, part.index))
            due -= len(words)
        elif due:
            if part.exact:
                yield Edit((*part.path, "text"), _behind(text, due), TOOL)
            due = 0
        if not due:
            return


def _behind(text: str, letters: int) -> str:
    """The text behind so many of its letters, blanks not counted."""
    at = 0
    while letters:
        letters -= not text[at].isspace()
        at += 1
    return text[at:].lstrip()
