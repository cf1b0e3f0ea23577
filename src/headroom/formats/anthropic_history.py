"""A turn of several legs where its client sent it back, and what is put into it again.

The client has one message, or several in a row where it divides them; each leg was a message of
its own, with the answers to its calls behind it:

    assistant [thinking₁, text₁ | thinking₂, tool_use Bash]
    assistant [thinking₁, text₁, tool_use ours] · user [tool_result] · assistant [thinking₂, …]

Blocks are known again by what survives a client: ids, signatures, words.  It may leave blocks out
and add some of its own.  A leg of which it has kept nothing comes back whole but for thinking,
which it has left out on purpose: signatures would not fit what is left.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headroom.conversation import Change, Edit, Insert, Leg, Legs, Path, Replace, Split
from headroom.formats.anthropic_leg import answering, asking, block_of, given_back
from headroom.formats.replies import text_at
from headroom.formats.turns import encoded, listed
from headroom.marker import TOOL
from headroom.wire.document import Document

_MESSAGES: Path = ("messages",)
_TEXT = "text"

_Known = tuple[str, str]
"""By what a block is known again: its type, and its name or words."""

# What a block is known by, whatever its type; else by its type alone (`compaction`).
_NAMES = ("id", "tool_use_id", "signature", "data", "thinking")

Found = dict[int, int]
"""Of a leg: which of its pieces is which block of the turn."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of the turn as the client sent it, or a content that is one text."""

    message: int
    index: int
    value: Any

    @property
    def content(self) -> Path:
        return (*_MESSAGES, self.message, "content")

    @property
    def is_whole_content(self) -> bool:
        return isinstance(self.value, str)

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else text_at(self.value, "text")

    @property
    def text_path(self) -> Path:
        return self.content if self.is_whole_content else (*self.content, self.index, "text")


@dataclass(slots=True)
class _Gap:
    """What is put between two blocks, in this order."""

    behind: list[str] = field(default_factory=list)
    """Blocks, in the message of the block that stands before."""
    messages: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    """Blocks, in the message of the block that stands behind."""


def put_back(document: Document, at: int, legs: Legs) -> list[Change]:
    """What restores the turn that begins with message *at*."""
    turn = list(_turn(document, at))
    found = _found(turn, legs)
    texts = _taken_apart(document, turn, legs, found)
    told: list[Change] = []
    if legs[-1].answers and found[-1]:
        told = answers_first(document, turn[-1].message + 1, legs[-1].answers)
    gaps = _gaps(turn, legs if told else (*legs[:-1], Leg(legs[-1].pieces)), found)
    changes = [change for n, gap in enumerate(gaps) for change in _filled(turn, n, gap, at)]
    return [*changes, *_whole_contents(turn, gaps, texts), *told]


def answers_first(document: Document, at: int, answers: Sequence[str]) -> list[Change]:
    """What puts these answers before those that the client gives in message *at*, if it does."""
    if not isinstance(content_of(document, at, "user"), list):
        return []
    return [Insert((*_MESSAGES, at, "content"), 0, ",".join(answers).encode())]


def content_of(document: Document, at: int, role: str) -> Any:
    """The content of message *at*; None where that is not one of this role."""
    messages = document.elements("messages")
    message = messages[at].value if at < len(messages) else None
    if not isinstance(message, dict) or message.get("role") != role:
        return None
    return message.get("content")


# What the client has of the turn.


def _turn(document: Document, at: int) -> Iterator[_Block]:
    while (content := content_of(document, at, "assistant")) is not None:
        if isinstance(content, str):
            yield _Block(at, 0, content)
        elif isinstance(content, list):
            values = (each if isinstance(each, dict) else {} for each in content)
            yield from (_Block(at, index, value) for index, value in enumerate(values))
        at += 1


def _found(turn: Sequence[_Block], legs: Legs) -> list[Found]:
    places: defaultdict[_Known, list[int]] = defaultdict(list)
    for number, block in enumerate(turn):
        places[_known_by(block.value)].append(number)
    pieces = [
        (number, n, _known_by(block_of(piece)))
        for number, leg in enumerate(legs)
        for n, piece in enumerate(leg.pieces)
        if n not in leg.hidden
    ]
    # Texts are alike: each is looked for between what has a name of its own.
    named = _named(places, [known for *_, known in pieces], len(turn))
    limits = [len(turn)] * (len(pieces) + 1)
    for index in reversed(range(len(pieces))):
        limits[index] = named.get(index, limits[index + 1])
    found: list[Found] = [{} for _ in legs]
    at = 0
    for index, (number, n, known) in enumerate(pieces):
        place = named.get(index)
        if known[0] == _TEXT:
            place = _next(places, known, at, limits[index])
        if place is not None:
            found[number][n] = place
            at = place + 1
    return found


def _named(
    places: Mapping[_Known, Sequence[int]], pieces: Sequence[_Known], end: int
) -> dict[int, int]:
    """Where those of the pieces stand that are no texts."""
    named: dict[int, int] = {}
    at = 0
    for index, known in enumerate(pieces):
        place = None if known[0] == _TEXT else _next(places, known, at, end)
        if place is not None:
            named[index] = place
            at = place + 1
    return named


def _next(places: Mapping[_Known, Sequence[int]], known: _Known, at: int, limit: int) -> int | None:
    """The first place from *at* on, and before *limit*, of a block that is known by this."""
    same = places.get(known, ())
    index = bisect_left(same, at)
    return same[index] if index < len(same) and same[index] < limit else None


def _known_by(block: Mapping[str, Any] | str) -> _Known:
    """What a client leaves as it is, of all that makes up a block."""
    if isinstance(block, str):
        return _TEXT, " ".join(block.split())
    kind = text_at(block, "type")
    if kind == _TEXT:
        return kind, " ".join(text_at(block, "text").split())
    return kind, next(filter(None, (text_at(block, name) for name in _NAMES)), "")


def _taken_apart(
    document: Document, turn: Sequence[_Block], legs: Legs, found: list[Found]
) -> dict[int, str]:
    """What a text says from now on that is those of all legs, run together by the client.

    It is left what the last leg has said that said something, and *found* as that.
    """
    said = ["".join(text for _, text in _texts(leg)) for leg in legs]
    speaking = [number for number, text in enumerate(said) if text.strip()]
    if any(n in seen for leg, seen in zip(legs, found, strict=True) for n, _ in _texts(leg)):
        return {}
    for place, block in enumerate(turn):
        if speaking and _squeezed(block.text) == _squeezed("".join(said)):
            last = speaking[-1]
            if not _stands_between(place, found[:last], found[last + 1 :]):
                return {}
            found[last][next(n for n, text in _texts(legs[last]) if text.strip())] = place
            is_exact = document.elements("messages")[block.message].exact
            return {place: said[last].strip()} if len(speaking) > 1 and is_exact else {}
    return {}


def _stands_between(place: int, earlier: Sequence[Found], later: Sequence[Found]) -> bool:
    return all(each < place for seen in earlier for each in seen.values()) and all(
        place < each for seen in later for each in seen.values()
    )


def _texts(leg: Leg) -> list[tuple[int, str]]:
    blocks = ((n, block_of(piece)) for n, piece in enumerate(leg.pieces))
    return [(n, text_at(block, "text")) for n, block in blocks if block.get("type") == _TEXT]


def _squeezed(text: str) -> str:
    return "".join(text.split())


# What is put into it.


def _gaps(turn: Sequence[_Block], legs: Legs, found: Sequence[Found]) -> list[_Gap]:
    """What stands before each block, and behind the last: the legs, with their answers between."""
    gaps = [_Gap() for _ in range(len(turn) + 1)]
    at = min((place for seen in found for place in seen.values()), default=0)
    for number, (leg, seen) in enumerate(zip(legs, found, strict=True)):
        is_last = number == len(legs) - 1
        if seen:
            last = len(turn) - 1 if is_last else max(seen.values())
            at = _refilled(gaps, leg, seen, closing=_first_beside(turn, last))
        if is_last or not leg.answers:
            continue
        if seen:
            gaps[at].messages.append(answering(leg.answers))
        else:
            gaps[at].messages.append(asking(given_back(leg, thinking=False), leg.answers))
    return gaps


def _refilled(gaps: Sequence[_Gap], leg: Leg, seen: Found, *, closing: int) -> int:
    """Put what is hidden of a leg beside what the client has of it; where the leg ends.

    A call must stand in the last message before its answer.  Where the client has divided the
    leg, that begins with the block *closing*.
    """
    at = min(seen.values())
    has_begun = False
    for n, piece in enumerate(leg.pieces):
        if n in seen:
            at, has_begun = max(at, seen[n] + 1), True
        elif n in leg.hidden and at > closing and has_begun:
            gaps[at].behind.append(piece)
        elif n in leg.hidden:
            gaps[max(at, closing)].before.append(piece)
    return at


def _first_beside(turn: Sequence[_Block], place: int) -> int:
    """The first block of the message that this block is in."""
    while place and turn[place - 1].message == turn[place].message:
        place -= 1
    return place


def _filled(turn: Sequence[_Block], n: int, gap: _Gap, at: int) -> Iterator[Change]:
    """What fills the gap before block *n*."""
    left = turn[n - 1] if n else None
    right = turn[n] if n < len(turn) else None
    if left is not None and gap.behind and not left.is_whole_content:
        yield Insert(left.content, left.index + 1, _joined(gap.behind))
    if gap.messages and left is not None and right is not None and left.message == right.message:
        yield Split(right.content, right.index, _joined(gap.messages), _joined(gap.before))
        return
    if gap.messages:
        after = left.message + 1 if left is not None else at
        yield Insert(_MESSAGES, right.message if right else after, _joined(gap.messages))
    if right is not None and gap.before and not right.is_whole_content:
        yield Insert(right.content, right.index, _joined(gap.before))


def _whole_contents(
    turn: Sequence[_Block], gaps: Sequence[_Gap], texts: Mapping[int, str]
) -> Iterator[Change]:
    """What is done to texts; one that is a whole content becomes a list for what is put to it."""
    for place, block in enumerate(turn):
        before, behind = gaps[place].before, gaps[place + 1].behind
        if block.is_whole_content and (before or behind):
            text = {"type": _TEXT, "text": texts.get(place, block.text)}
            content = listed([*before, encoded(text), *behind])
            yield Replace(block.content, content.encode())
        elif place in texts:
            yield Edit(block.text_path, texts[place], TOOL)


def _joined(pieces: Sequence[str]) -> bytes:
    return ",".join(pieces).encode()
