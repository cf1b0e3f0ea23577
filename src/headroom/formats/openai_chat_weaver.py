"""Our tool in the dialect of chat completions: offered, and its calls put back into history.

A turn of several legs comes back from the client as one assistant message.  That becomes the
last leg's again, and the earlier legs stand before it with what they were answered:

    assistant "text₁text₂" [bash]
    assistant "text₁" [ours] · tool · assistant "text₂" [bash]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headroom.conversation import Change, Edit, Insert, Leg, Legs, Path, Remove, Replace
from headroom.formats.openai_chat_leg import calls_in, merged, message_of, text_of
from headroom.formats.openai_chat_turn import ChatStreamedTurn, ChatWholeTurn
from headroom.formats.reading import is_retrieval
from headroom.formats.replies import member, text_at
from headroom.formats.turns import Turn, Unkept, encoded, tool_parameters
from headroom.marker import TOOL, TOOL_PURPOSE
from headroom.wire.document import Document

DEFINITION = msgspec.json.encode(
    {
        "type": "function",
        "function": {
            "name": TOOL,
            "description": TOOL_PURPOSE,
            "parameters": tool_parameters(),
        },
    }
)


class ChatWeaver(Unkept):
    """See `Weaver`."""

    def tools(self, document: Document) -> tuple[str, ...]:
        """See `Weaver.tools`."""
        return tuple(_name(tool.value) for tool in document.elements("tools"))

    def offer(self, document: Document) -> Change | None:
        """See `Weaver.offer`."""
        tools = [tool.value for tool in document.elements("tools")]
        if not tools or any(is_retrieval(_name(tool)) for tool in tools):
            return None
        if document.get("functions") is not None or document.get("n") not in (None, 1):
            return None
        # First of all: behind others it would move when the client adds one, or sets its mark.
        return Insert(("tools",), 0, DEFINITION)

    def turn(self, document: Document, *, streaming: bool) -> Turn:
        """See `Weaver.turn`."""
        return ChatStreamedTurn() if streaming else ChatWholeTurn()

    def put_back(self, document: Document, at: int, legs: Legs) -> Sequence[Change]:
        """See `Weaver.put_back`."""
        before = [message for leg in legs[:-1] for message in (*leg.pieces, *leg.answers)]
        message = _message(document, at)
        changes = _answered(at, message, legs[-1], _message(document, at + 1))
        if not before:
            return changes
        # What could not be read exactly may only seem to be what we have sent.
        if document.elements("messages")[at].exact:
            changes += _last_part(("messages", at), message, legs)
        return [Insert(("messages",), at, ",".join(before).encode()), *changes]


def _name(tool: Any) -> str:
    """The name of a tool, of whichever kind it is."""
    return text_at(member(tool, "function"), "name") or text_at(member(tool, "custom"), "name")


def _message(document: Document, at: int) -> dict[str, Any]:
    messages = document.elements("messages")
    message = messages[at].value if at < len(messages) else None
    return message if isinstance(message, dict) else {}


def _answered(
    at: int, message: Mapping[str, Any], leg: Leg, following: Mapping[str, Any]
) -> list[Change]:
    """The calls of ours beside those of the client's, and their answers beside its own."""
    count = len(calls_in(message))
    if not leg.answers or not count or following.get("role") != "tool":
        return []
    calls = calls_in(message_of(leg))
    inserts = [
        Insert(
            ("messages", at, "tool_calls"),
            min(number - before, count),
            encoded(calls[number]).encode(),
        )
        for before, number in enumerate(leg.hidden)
    ]
    return [*inserts, Insert(("messages",), at + 1, ",".join(leg.answers).encode())]


def _last_part(path: Path, message: Mapping[str, Any], legs: Legs) -> list[Change]:
    """What leaves in a message of the client's the last leg's part."""
    whole, last = merged(legs), message_of(legs[-1])
    changes = _last_text(path, message, [text_of(message_of(leg)) for leg in legs])
    for name, value in message.items():
        if name in ("role", "content", "tool_calls") or not value:
            continue
        # Entries of lists (reasoning_details) are numbered anew in every leg, so that whoever
        # adds deltas up has mixed them: no list of several legs is right.
        if value != last.get(name) and (value == whole.get(name) or isinstance(value, list)):
            changes.append(_become((*path, name), last.get(name)))
    return changes


def _become(path: Path, value: Any) -> Change:
    return Replace(path, encoded(value).encode()) if value else Remove(path)


def _last_text(path: Path, message: Mapping[str, Any], texts: Sequence[str]) -> list[Change]:
    """The same for its text, if the client has left that as it was."""
    place, last = (*path, "content"), texts[-1]
    parts = _parts(message.get("content"), place)
    told = [text.strip() for _, text in parts]
    said = [text.strip() for text in texts if text.strip()]
    if not parts or told not in (said, ["".join(texts).strip()]):
        return []
    if not last.strip():
        return [Replace(place, b"null")] if calls_in(message) else []
    if len(parts) > 1:
        return [Remove((*place, number)) for number in range(len(parts) - 1)]
    [(where, text)] = parts
    return [Edit(where, last, TOOL)] if text != last else []


def _parts(content: Any, place: Path) -> list[tuple[Path, str]]:
    """The texts of a message's content and where they stand; none if there is anything else."""
    if isinstance(content, str):
        return [(place, content)]
    parts = content if isinstance(content, list) else []
    if not all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in parts):
        return []
    return [((*place, number, "text"), part["text"]) for number, part in enumerate(parts)]
