"""Our tool in Anthropic's dialect: offered in a request, and its calls put back into history.

A turn of several legs comes back from the client as one assistant message.  It is split where
the legs met, so that the provider sees the messages that it was sent and has answered:

    assistant [thinking₁, text₁ | thinking₂, tool_use Bash]
    assistant [thinking₁, text₁, tool_use ours] · user [tool_result] · assistant [thinking₂, …]
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import msgspec

from headroom.conversation import Change, Edit, Insert, Leg, Legs, Replace, Split
from headroom.formats.anthropic_turn import AnthropicStreamedTurn, AnthropicWholeTurn
from headroom.formats.reading import has_marks, is_retrieval
from headroom.formats.replies import read_json, text_at
from headroom.formats.turns import Turn, encoded, raw, tool_parameters
from headroom.marker import TOOL, TOOL_PURPOSE
from headroom.wire.document import Document

_THINKING = ("thinking", "redacted_thinking")

DEFINITION = msgspec.json.encode(
    {"name": TOOL, "description": TOOL_PURPOSE, "input_schema": tool_parameters()}
)


class AnthropicWeaver:
    """See `Weaver`."""

    def tools(self, document: Document) -> tuple[str, ...]:
        """See `Weaver.tools`."""
        tools = (tool.value for tool in document.elements("tools"))
        return tuple(text_at(tool, "name") for tool in tools if isinstance(tool, dict))

    def offer(self, document: Document) -> Change | None:
        """See `Weaver.offer`."""
        tools = [tool.value for tool in document.elements("tools")]
        if not tools or any(is_retrieval(name) for name in self.tools(document)):
            return None
        # Before a tool with a cache mark, so that ours is cached with the others.
        return Insert(("tools",), len(tools) - has_marks(tools[-1]), DEFINITION)

    def turn(self, document: Document, *, streaming: bool) -> Turn:
        """See `Weaver.turn`."""
        return AnthropicStreamedTurn() if streaming else AnthropicWholeTurn()

    def put_back(self, document: Document, at: int, legs: Legs) -> Sequence[Change]:
        """See `Weaver.put_back`."""
        content = _content(document, at)
        if isinstance(content, list):
            starts = _starts(content, legs)
            if starts is not None:
                return _woven(document, at, legs, starts)
        return _put_around(document, at, legs)

    def follows(self, document: Document) -> str:
        """See `Weaver.follows`."""
        thread = document.get("thread")
        return text_at(thread, "previous_message_id") if isinstance(thread, dict) else ""

    def is_kept(self, document: Document) -> bool:
        """See `Weaver.is_kept`."""
        return bool(document.get("thread"))

    def follow(self, document: Document, last_id: str, legs: Legs) -> Sequence[Change]:
        """See `Weaver.follow`."""
        changes: list[Change] = []
        if last_id != self.follows(document):
            changes.append(Replace(("thread", "previous_message_id"), encoded(last_id).encode()))
        if legs and isinstance(_content(document, 0), list):
            changes += _answered(0, legs[-1])
        return changes


def _woven(document: Document, at: int, legs: Legs, starts: Sequence[int]) -> list[Change]:
    """The legs put in where each belongs; *starts* says where, with the end as the last."""
    path = ("messages", at, "content")
    last = len(legs) - 1
    before: list[str] = []
    splits: dict[int, str] = {}
    changes: list[Change] = []
    counts_thinking = starts[-1] == sum(len(leg.pieces) - len(leg.hidden) for leg in legs)
    for number, leg in enumerate(legs):
        start, end = starts[number], starts[number + 1]
        if not leg.answers:
            continue
        if number < last and start == end:
            # Nothing of it was seen: it stands before the message, or where that is split.
            if start in splits:
                splits[start] += f",{_whole(leg)}"
            else:
                before.append(_whole(leg))
            continue
        if number == last:
            if not isinstance(_content(document, at + 1), list):
                continue
            changes += _answered(at + 1, leg)
        else:
            splits[end] = _told(leg)
        for hidden in leg.hidden:
            place = start + _seen_before(leg, hidden, thinking=counts_thinking)
            changes.append(Insert(path, place, leg.pieces[hidden].encode()))
    changes += [Split(path, end, told.encode()) for end, told in splits.items()]
    return [_before(at, before), *changes] if before else changes


def _put_around(document: Document, at: int, legs: Legs) -> list[Change]:
    """The same where the client has changed the turn: whole legs stand before what is left."""
    path = ("messages", at, "content")
    content = _content(document, at)
    before = [_whole(leg) for leg in legs[:-1]]
    changes: list[Change] = [_before(at, before)] if before else []
    texts = ["".join(_texts(leg)) for leg in legs]
    if isinstance(content, str) and content.strip() == "".join(texts).strip():
        # A client that keeps text alone has run the legs together.
        changes.append(Edit(path, texts[-1].strip() or content, TOOL))
    hidden = [legs[-1].pieces[index] for index in legs[-1].hidden]
    results = _answered(at + 1, legs[-1])
    if isinstance(content, list) and isinstance(_content(document, at + 1), list) and results:
        changes += [Insert(path, len(content), ",".join(hidden).encode()), *results]
    return changes


def _starts(content: Sequence[Any], legs: Legs) -> list[int] | None:
    """Where each leg begins in what the client has sent of the turn; None if that is not told."""
    for thinking in (True, False):
        counts = [_seen_before(leg, len(leg.pieces), thinking=thinking) for leg in legs]
        left = [block for block in content if thinking or not _is_thinking(block)]
        if sum(counts) == len(left) == len(content):
            return [0, *accumulate(counts)]
    return None


def _seen_before(leg: Leg, until: int, *, thinking: bool) -> int:
    """How many of the leg's pieces before this one the client has; without its thinking if so."""
    return sum(
        n not in leg.hidden and (thinking or not _is_thinking(read_json(piece.encode())))
        for n, piece in enumerate(leg.pieces[:until])
    )


def _is_thinking(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") in _THINKING


def _texts(leg: Leg) -> list[str]:
    blocks = (read_json(piece.encode()) for piece in leg.pieces)
    return [text_at(block, "text") for block in blocks if block.get("type") == "text"]


def _whole(leg: Leg) -> str:
    """A leg with its answers, as messages."""
    content = [raw(piece) for piece in leg.pieces]
    return f"{encoded({'role': 'assistant', 'content': content})},{_told(leg)}"


def _told(leg: Leg) -> str:
    return encoded({"role": "user", "content": [raw(answer) for answer in leg.answers]})


def _before(at: int, messages: Sequence[str]) -> Insert:
    return Insert(("messages",), at, ",".join(messages).encode())


def _answered(at: int, leg: Leg) -> list[Change]:
    """What puts the answers before those that the client gives in this message."""
    if not leg.answers:
        return []
    return [Insert(("messages", at, "content"), 0, ",".join(leg.answers).encode())]


def _content(document: Document, at: int) -> Any:
    messages = document.elements("messages")
    message = messages[at].value if at < len(messages) else None
    return message.get("content") if isinstance(message, dict) else None
