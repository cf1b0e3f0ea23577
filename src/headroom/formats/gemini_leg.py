"""What a provider says in one leg of a turn of Gemini's: the parts of one content.

In a `Leg` of this dialect pieces are parts, those of plain text that followed each other joined;
what is hidden are parts that call our tool, and each answer is a part with its result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headroom.conversation import Leg
from headroom.formats.base import CallMade
from headroom.formats.gemini_shapes import CONTENTS, PARTS, inner, is_thought, name_in
from headroom.formats.reading import canonical
from headroom.formats.replies import read_json, text_at
from headroom.formats.turns import NOTHING_SAID, encoded, listed, raw
from headroom.marker import TOOL

_STANDARD = str.maketrans("-_", "+/")

FINISHED = "STOP"
"""Why a reply ended whose calls are whole."""


class GrowingLeg:
    """What one leg has said so far."""

    __slots__ = ("id", "parts", "reason", "usage")

    def __init__(self) -> None:
        self.id = ""
        self.reason = ""
        self.usage: dict[str, Any] = {}
        self.parts: list[Any] = []

    @property
    def has_ours(self) -> bool:
        """Whether it calls our own tool."""
        return any(map(is_ours, self.parts))

    @property
    def calls_client(self) -> bool:
        """Whether it calls a tool of the client's."""
        return any(is_call(part) and not is_ours(part) for part in self.parts)

    def add(self, parts: Sequence[Any]) -> None:
        """Take in parts as they come."""
        self.parts += parts

    def calls_of_ours(self) -> tuple[CallMade, ...]:
        """Those that may be answered: none where the reply did not come to its end."""
        if self.reason != FINISHED:
            return ()
        return tuple(
            CallMade(call_id(part, n), TOOL, canonical(inner(part, "functionCall").get("args", {})))
            for n, part in enumerate(filter(is_ours, self.parts))
        )

    def leg(self) -> Leg:
        """All of it."""
        parts = joined(self.parts)
        hidden = tuple(n for n, part in enumerate(parts) if is_ours(part))
        return Leg(tuple(map(encoded, parts)), hidden)


def call_id(part: Any, number: int) -> str:
    """The id of a call; of one that has none, what it is called here."""
    return text_at(inner(part, "functionCall"), "id") or f"call {number}"


def is_call(part: Any) -> bool:
    """Whether this part calls a tool."""
    return isinstance(part, dict) and bool(name_in(part, "functionCall"))


def is_ours(part: Any) -> bool:
    """Whether this part calls our own tool."""
    return text_at(inner(part, "functionCall"), "name") == TOOL


def signature_of(part: Any) -> str:
    """The signature of what was thought before this part, if it bears one.

    It is bytes; clients that decode them write them in the other alphabet of base64.
    """
    if not isinstance(part, dict):
        return ""
    return text_at(part, name_in(part, "thoughtSignature")).translate(_STANDARD).rstrip("=")


def joined(parts: Sequence[Any]) -> list[Any]:
    """The parts, texts of one kind that follow each other as one; one that is signed is alone.

    A signature is not to be merged into a part that came without (ai.google.dev, thought
    signatures, 2026-11).
    """
    whole: list[Any] = []
    for part in parts:
        last = whole[-1] if whole else {}
        if _goes_on(last, part):
            whole[-1] = {**last, **part, "text": last["text"] + part["text"]}
        else:
            whole.append(part)
    return [part for part in whole if part != {"text": ""}]


def _goes_on(last: Any, part: Any) -> bool:
    """Whether *part* is more of the same text as *last*."""
    both = is_text(last) and is_text(part) and not (signature_of(last) or signature_of(part))
    return both and is_thought(last) == is_thought(part)


def is_text(part: Any) -> bool:
    """Whether this part is a text, be it thought or said."""
    return isinstance(part, dict) and isinstance(part.get("text"), str) and not is_call(part)


def parts_in(leg: Leg) -> list[Any]:
    """The parts that the leg said."""
    return [read_json(piece.encode()) for piece in leg.pieces]


def said(parts: Sequence[Any], *, thought: bool) -> str:
    """What was thought, or said, in these parts, without blanks: clients join and cut texts."""
    texts = (part["text"] for part in parts if is_text(part) and is_thought(part) == thought)
    return "".join("".join(texts).split())


def says_nothing(parts: Sequence[Any]) -> bool:
    """Whether there is nothing in them to be read, or to be done, by the client."""
    return not any(
        not isinstance(part, dict)
        or not (is_thought(part) or (is_text(part) and not part["text"].strip()))
        for part in parts
    )


def seen_of(legs: Sequence[Leg]) -> list[Any]:
    """All parts that the client has seen of these legs."""
    return [part for leg in legs for n, part in enumerate(parts_in(leg)) if n not in leg.hidden]


def delivered(legs: Sequence[Leg]) -> list[Any]:
    """What these legs are for the client, who is told if they say nothing."""
    seen = seen_of(legs)
    return [*seen, {"text": NOTHING_SAID}] if says_nothing(seen) else seen


def asked(leg: Leg) -> str:
    """The leg as the content that it was."""
    return _content("model", leg.pieces)


def answering(answers: Sequence[str]) -> str:
    """The content that tells these answers."""
    return _content("user", answers)


def answered(parts: Sequence[Any], answers: Mapping[str, str]) -> tuple[str, ...]:
    """What tells the provider the answers to the calls of our tool among *parts*."""
    told = []
    for n, part in enumerate(filter(is_ours, parts)):
        known = text_at(inner(part, "functionCall"), "id")
        named = {"id": known, "name": TOOL} if known else {"name": TOOL}
        response = {"output": answers[call_id(part, n)]}
        told.append(encoded({"functionResponse": {**named, "response": response}}))
    return tuple(told)


def echoed(legs: Sequence[Leg]) -> bytes:
    """A body with the one turn that these legs are for the client."""
    return encoded({CONTENTS: [{"role": "model", PARTS: delivered(legs)}]}).encode()


def _content(role: str, parts: Sequence[str]) -> str:
    return encoded({"role": role, PARTS: raw(listed(parts))})
