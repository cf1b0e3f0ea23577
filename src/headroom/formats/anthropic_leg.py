"""What a provider says in one leg of a turn in Anthropic's dialect: content blocks.

In a `Leg` of this dialect each piece is a content block, as the provider would have it back; what
is hidden are blocks of the kind `tool_use`, and each answer is a block of the kind `tool_result`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headroom.conversation import Change, Insert, Leg, Legs, Put, Remove, Replace
from headroom.formats.base import CallMade
from headroom.formats.replies import member, objects, read_json, text_at
from headroom.formats.turns import NOTHING_SAID, encoded, listed, raw, visible_pieces
from headroom.marker import TOOL
from headroom.wire.document import Document

CALLING = "tool_use"
"""A block that calls a tool of the client's or ours, and why a reply ended that does."""

NO_ANSWER = "[no answer: the call was cut off]"
"""What is told of a call that cannot be answered, where the provider has kept it."""

_PAUSED = "pause_turn"
_THINKING = ("thinking", "redacted_thinking")

# Deltas that add to a member of their block, and those that set what they name
# (SDK 2.11.0, lib/streaming/_beta_messages.py).
_GROW = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
_SET = ("signature_delta", "compaction_delta")


class Block:
    """A content block while its deltas come in."""

    __slots__ = ("_begun", "_grown", "calls_client", "is_ours", "place")

    def __init__(self, begun: dict[str, Any]) -> None:
        self._begun = begun
        self._grown: dict[str, list[str]] = {}
        self.is_ours = is_ours(begun)
        self.calls_client = begun.get("type") == CALLING and not self.is_ours
        """Whether this is a call that the client has to answer."""
        self.place = -1
        """The number by which the client knows it."""

    def add(self, delta: Mapping[str, Any]) -> None:
        """More of it.  A kind of delta that is not known grows the texts that it names."""
        kind = delta.get("type")
        name = _GROW.get(kind) if isinstance(kind, str) else None
        if name is not None:
            self._grow(name, delta.get(name))
        elif kind == "citations_delta":
            citations = objects(self._begun.get("citations"))
            self._begun["citations"] = [*citations, *objects([delta.get("citation")])]
        else:
            for name, value in delta.items():
                if name == "type":
                    continue
                if isinstance(value, str) and kind not in _SET:
                    self._grow(name, value)
                else:
                    self._begun[name] = value

    def call(self) -> CallMade:
        """It, as the call that it is."""
        return CallMade(text_at(self._begun, "id"), text_at(self._begun, "name"), self._input())

    def piece(self) -> str:
        """The whole block."""
        block = dict(self._begun)
        for name, parts in self._grown.items():
            if name == "partial_json":
                block["input"] = raw(self._input())
            else:
                block[name] = text_at(block, name) + "".join(parts)
        return encoded(block)

    def _grow(self, name: str, value: Any) -> None:
        if isinstance(value, str):
            self._grown.setdefault(name, []).append(value)

    def _input(self) -> str:
        text = "".join(self._grown.get("partial_json", ())) or encoded(self._begun.get("input"))
        return text if isinstance(read_json(text.encode()), dict) else "{}"


class StreamedLeg:
    """What one leg has said so far."""

    __slots__ = ("_lost", "_message", "blocks", "has_ours", "reason", "usage", "whole")

    def __init__(self) -> None:
        self.blocks: dict[int, Block] = {}
        self.has_ours = False
        """Whether it calls our own tool."""
        self.reason = ""
        self.usage: dict[str, Any] = {}
        self.whole = False
        """Whether it has come to its end."""
        self._message: dict[str, Any] = {}
        self._lost = False
        """Whether there is something in it that could not be read."""

    @property
    def id(self) -> str:
        """The id of the reply; empty where it has none."""
        return text_at(self._message, "id")

    @property
    def container(self) -> str:
        """The id of the container that the provider's own tools ran in, if they did."""
        return text_at(member(self._message, "container"), "id")

    @property
    def calls_client(self) -> bool:
        """Whether it calls a tool of the client's."""
        return any(block.calls_client for block in self.blocks.values())

    def begin(self, message: dict[str, Any]) -> None:
        """Take in what is known of the reply at its beginning."""
        self._message = message
        self._count(message)

    def block(self, index: int, begun: dict[str, Any]) -> Block:
        """A new block."""
        block = self.blocks[index] = Block(begun)
        self.has_ours = self.has_ours or block.is_ours
        return block

    def add(self, index: int, delta: Mapping[str, Any]) -> None:
        """More of a block."""
        if index in self.blocks:
            self.blocks[index].add(delta)
        else:
            # Its beginning was larger than what is taken apart.
            self._lost = True

    def end(self, kind: str, event: dict[str, Any]) -> None:
        """Take in one of its last two events."""
        delta = member(event, "delta")
        self.reason = text_at(delta, "stop_reason") or self.reason
        if member(delta, "container"):
            self._message = {**self._message, "container": delta["container"]}
        self._count(event)
        self.whole = self.whole or kind == "message_stop"

    def calls_of_ours(self) -> tuple[CallMade, ...]:
        """Those that were made to their end; none if one of them cannot be answered."""
        if not self.whole or self._lost or self.reason != CALLING:
            return ()
        calls = tuple(block.call() for block in self.blocks.values() if block.is_ours)
        return calls if all(call.id for call in calls) else ()

    def leg(self) -> Leg:
        """All of it."""
        blocks = tuple(self.blocks.values())
        hidden = tuple(n for n, block in enumerate(blocks) if block.is_ours)
        return Leg(tuple(block.piece() for block in blocks), hidden)

    def _count(self, told: dict[str, Any]) -> None:
        usage = member(told, "usage")
        self.usage.update({name: value for name, value in usage.items() if value is not None})


def block_of(piece: str) -> dict[str, Any]:
    """The content block that a piece of a leg is; empty where it is no block."""
    block = read_json(piece.encode())
    return block if isinstance(block, dict) else {}


def is_ours(block: Mapping[str, Any]) -> bool:
    """Whether this content block calls our own tool."""
    return block.get("type") == CALLING and block.get("name") == TOOL


def is_thinking(block: Mapping[str, Any]) -> bool:
    """Whether this content block is thinking, open or sealed."""
    return block.get("type") in _THINKING


def is_blank(block: Mapping[str, Any]) -> bool:
    """Whether this is a text that says nothing: given by models now and then, but not taken.

    Anthropic: "text content blocks must contain non-whitespace text" (400, 2026-08).
    """
    return block.get("type") == "text" and not text_at(block, "text").strip()


def result(call_id: str, text: str) -> str:
    """The answer to a call, as a content block."""
    return encoded({"type": "tool_result", "tool_use_id": call_id, "content": text})


def unanswered(leg: Leg) -> Leg:
    """The leg, with the answer that there is none to each call of ours."""
    ids = [text_at(block_of(leg.pieces[n]), "id") for n in leg.hidden]
    return Leg(leg.pieces, leg.hidden, tuple(result(name, NO_ANSWER) for name in ids if name))


def notes(legs: Sequence[Leg], reason: str) -> tuple[str, ...]:
    """The block with which a turn ends that could not be sent back without it, if there must be.

    That is one that has said nothing, or thinking last (Anthropic: "The final block in an
    assistant message cannot be `thinking`", 400, 2025-12); unless it is still to go on.
    """
    blocks = map(block_of, visible_pieces(legs))
    said = [block for block in blocks if not is_blank(block)]
    if reason == _PAUSED or (said and not is_thinking(said[-1])):
        return ()
    return (encoded({"type": "text", "text": NOTHING_SAID}),)


def given_back(leg: Leg, *, thinking: bool = True) -> list[str]:
    """The pieces of a leg as its provider takes them; without thinking if so."""
    blocks = ((piece, block_of(piece)) for piece in leg.pieces)
    return [
        piece
        for piece, block in blocks
        if not is_blank(block) and (thinking or not is_thinking(block))
    ]


def asking(pieces: Sequence[str], answers: Sequence[str]) -> str:
    """Two messages: what the assistant said, and the answers to its calls."""
    said = encoded({"role": "assistant", "content": [raw(piece) for piece in pieces]})
    return f"{said},{answering(answers)}"


def answering(answers: Sequence[str]) -> str:
    """A message with the answers to calls."""
    return encoded({"role": "user", "content": [raw(answer) for answer in answers]})


def next_body(sent: bytes, leg: Leg, reply_id: str, container: str = "") -> bytes:
    """The body that tells the provider the answers to the calls of *leg*, and asks it to go on.

    *container* is the id of that in which the provider's own tools have run, if they have.
    """
    document = Document.read(sent)
    changes = _in_container(document, container)
    if document.get("thread"):
        # The provider keeps this history: only what is new is sent, and it refuses the system
        # prompt and tools when they are repeated (SDK 2.11.0, lib/threads/_thread_state.py).
        thread = {"type": "continue", "previous_message_id": reply_id}
        changes += [
            Replace(("thread",), encoded(thread).encode()),
            Replace(("messages",), listed([answering(leg.answers)]).encode()),
            *(Remove((name,)) for name in ("system", "tools") if document.member(name)),
        ]
        return document.rewrite(changes)
    at = len(document.elements("messages"))
    told = asking(given_back(leg), leg.answers)
    return document.rewrite([*changes, Insert(("messages",), at, told.encode())])


def echoed(legs: Legs, notes: Sequence[str]) -> bytes:
    """A body with the one turn that these legs are for the client."""
    content = [raw(piece) for piece in (*visible_pieces(legs), *notes)]
    return encoded({"messages": [{"role": "assistant", "content": content}]}).encode()


def _in_container(document: Document, container: str) -> list[Change]:
    """What makes the provider's own tools go on where they ran: they refuse to begin anew."""
    known = document.get("container")
    if not container or isinstance(known, str) or text_at(known or {}, "id"):
        return []
    value = encoded({**known, "id": container} if known else container).encode()
    if document.member("container"):
        return [Replace(("container",), value)]
    return [Put((), "container", value)]
