"""Our tool in Anthropic's dialect: offered in a request, and its calls put back into history."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from headroom.conversation import Change, Insert, Legs, Replace
from headroom.formats.anthropic_history import answers_first, content_of, put_back
from headroom.formats.anthropic_leg import answering
from headroom.formats.anthropic_turn import AnthropicStreamedTurn, AnthropicWholeTurn
from headroom.formats.reading import is_retrieval
from headroom.formats.replies import text_at
from headroom.formats.turns import Turn, encoded, listed, tool_parameters
from headroom.marker import TOOL, TOOL_PURPOSE
from headroom.wire.document import Document

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
        # First of all: behind others it would move when the client adds one, or sets its mark.
        return Insert(("tools",), 0, DEFINITION)

    def turn(self, document: Document, *, streaming: bool) -> Turn:
        """See `Weaver.turn`."""
        kept = self.is_kept(document)
        return AnthropicStreamedTurn(kept=kept) if streaming else AnthropicWholeTurn(kept=kept)

    def put_back(self, document: Document, at: int, legs: Legs) -> Sequence[Change]:
        """See `Weaver.put_back`."""
        return put_back(document, at, legs)

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
        if last_id not in ("", self.follows(document)):
            changes.append(Replace(("thread", "previous_message_id"), encoded(last_id).encode()))
        if legs and legs[-1].answers:
            changes += _told(document, legs[-1].answers)
        return changes


def _told(document: Document, answers: Sequence[str]) -> list[Change]:
    """What answers calls at the beginning of a request that brings only what is new."""
    if changes := answers_first(document, 0, answers):
        return changes
    text = content_of(document, 0, "user")
    if not isinstance(text, str) or not text.strip():
        return [Insert(("messages",), 0, answering(answers).encode())]
    said = encoded({"type": "text", "text": text})
    return [Replace(("messages", 0, "content"), listed([*answers, said]).encode())]
