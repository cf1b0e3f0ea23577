"""A turn in Anthropic's dialect: content blocks counted on over its legs, usage added up.

The client's SDK takes a gap in `index` for an error, so blocks are numbered anew behind a
hidden one; the last `message_delta` tells the output of all legs and the input of the last, by
which agents measure their window.  Source: PROVIDERS 6.5, from the SDK 2.11.0 and the docs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headroom.conversation import Change, Insert, Leg, Legs, Put, Replace
from headroom.formats.base import CallMade
from headroom.formats.replies import member, number, read_json, text_at
from headroom.formats.turns import (
    MOST_REWRITTEN_BYTES,
    NOTHING_SAID,
    StreamedTurn,
    encoded,
    kept_legs,
    listed,
    raw,
    read_document,
    visible_pieces,
)
from headroom.marker import TOOL
from headroom.wire.document import Document
from headroom.wire.frames import Frame, framed, with_data

_INPUT_SIDE = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_CALLING = "tool_use"
_ENDED = "end_turn"


class AnthropicStreamedTurn(StreamedTurn):
    """A turn that is streamed."""

    def __init__(self) -> None:
        super().__init__()
        self._leg = _StreamedLeg()
        self._visible = 0
        self._output_tokens = 0
        """Of the legs that have ended before this one."""
        self.reply_id = ""

    @property
    def goes_on(self) -> bool:
        """See `Turn.goes_on`."""
        return bool(self._calls) and not self._leg.calls_client

    @property
    def last_id(self) -> str:
        """See `Turn.last_id`."""
        return self._leg.id

    def end_leg(self) -> bytes:
        """See `Turn.end_leg`."""
        rest = b"".join(frame.raw for frame in self._frames.close())
        if not self._holding:
            return rest
        self._calls = self._leg.calls_of_ours()
        self._ended.append(self._leg.leg())
        return b""

    def ask(self, sent: bytes) -> bytes:
        """See `Turn.ask`."""
        body = next_body(sent, self._ended[-1], self._leg.id)
        self._output_tokens += number(self._leg.usage, "output_tokens")
        self._leg = _StreamedLeg()
        self._calls = ()
        self._held.clear()
        return body

    def finish(self) -> bytes:
        """See `Turn.finish`."""
        if not self._held:
            return b""
        said = b"" if self._visible else _note()
        return said + b"".join(self._ending(frame) for frame in self._held)

    def echoed(self) -> bytes:
        """See `Turn.echoed`."""
        return echoed(self._ended)

    @property
    def _holding(self) -> bool:
        """Whether the end of this leg may not be the end of the turn, or not as it is."""
        return bool(self._ended) or bool(self._leg.ours)

    def _passed(self, frame: Frame) -> bytes:
        event = read_json(frame.data) if frame.data else None
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(event, dict) or not isinstance(kind, str):
            return frame.raw
        if kind.startswith("content_block_"):
            return self._block(frame, kind, event)
        if kind == "message_start":
            return self._begin(frame, member(event, "message"))
        if kind not in ("message_delta", "message_stop"):
            return frame.raw
        self._leg.end(kind, event)
        if not self._holding:
            return frame.raw
        self._held.append(frame)
        return b""

    def _begin(self, frame: Frame, message: dict[str, Any]) -> bytes:
        self._leg.id = text_at(message, "id")
        self._leg.usage.update(_known(member(message, "usage")))
        if self._ended:
            return b""
        self.reply_id = self._leg.id
        return frame.raw

    def _block(self, frame: Frame, kind: str, event: dict[str, Any]) -> bytes:
        index = event.get("index")
        if type(index) is not int:
            return frame.raw
        if kind == "content_block_start":
            block = _Block(member(event, "content_block"))
            self._leg.blocks[index] = block
            if block.is_ours:
                self._frames.limit = MOST_REWRITTEN_BYTES
                return b""
            block.place = self._visible
            self._visible += 1
        elif kind == "content_block_delta" and index in self._leg.blocks:
            self._leg.blocks[index].add(member(event, "delta"))
        return self._in_place(frame, index)

    def _in_place(self, frame: Frame, index: int) -> bytes:
        """The frame under the number by which the client knows its block."""
        block = self._leg.blocks.get(index)
        if block is None or block.place == index:
            return frame.raw
        return b"" if block.is_ours else _renumbered(frame, block.place)

    def _ending(self, frame: Frame) -> bytes:
        document = read_document(frame.data)
        event = read_json(frame.data)
        if document is None or event.get("type") != "message_delta":
            return frame.raw
        changes = self._counted(member(event, "usage"))
        if self._calls and not self._ended[-1].answers and not self._leg.calls_client:
            # Its call is taken out, and there is none for the client to answer.
            changes.append(Replace(("delta", "stop_reason"), encoded(_ENDED).encode()))
        return with_data(frame.raw, document.rewrite(changes)) if changes else frame.raw

    def _counted(self, usage: dict[str, Any]) -> list[Change]:
        if not self._output_tokens or not usage:
            return []
        output = self._output_tokens + number(usage, "output_tokens")
        told = self._leg.usage
        missing = [name for name in _INPUT_SIDE if name in told and name not in usage]
        puts = [Put(("usage",), name, b"%d" % number(told, name)) for name in missing]
        if "output_tokens" not in usage:
            return [*puts]
        return [Replace(("usage", "output_tokens"), b"%d" % output), *puts]

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(result(call.id, answers[call.id]) for call in self._calls)


class AnthropicWholeTurn:
    """A turn that is not streamed: each leg is one JSON object."""

    def __init__(self) -> None:
        self._body = bytearray()
        self._reply: Document | None = None
        self._ended: list[Leg] = []
        self._output_tokens = 0
        self.calls: Sequence[CallMade] = ()
        self.goes_on = False
        self.reply_id = ""

    @property
    def last_id(self) -> str:
        """See `Turn.last_id`."""
        return self.reply_id

    @property
    def legs(self) -> Legs:
        """See `Turn.legs`."""
        return kept_legs(self._ended)

    def feed(self, chunk: bytes) -> bytes:
        """See `Turn.feed`."""
        self._body += chunk
        return b""

    def end_leg(self) -> bytes:
        """See `Turn.end_leg`."""
        self._reply = read_document(bytes(self._body))
        self.calls, self.goes_on = (), False
        if self._reply is None:
            return b""
        self.reply_id = _text(self._reply.get("id"))
        content = self._reply.elements("content")
        blocks = [block.value if isinstance(block.value, dict) else {} for block in content]
        ours = tuple(index for index, block in enumerate(blocks) if is_ours(block))
        if not ours and not self._ended:
            return b""
        self._ended.append(Leg(tuple(block.raw.decode() for block in content), ours))
        if self._reply.get("stop_reason") == _CALLING:
            self.calls = tuple(_call(blocks[index]) for index in ours)
            calling = [block for block in blocks if block.get("type") == _CALLING]
            self.goes_on = bool(ours) and len(calling) == len(ours)
        return b""

    def answer(self, answers: Mapping[str, str]) -> None:
        """See `Turn.answer`."""
        last = self._ended[-1]
        told = tuple(result(call.id, answers[call.id]) for call in self.calls)
        self._ended[-1] = Leg(last.pieces, last.hidden, told)

    def ask(self, sent: bytes) -> bytes:
        """See `Turn.ask`."""
        self._output_tokens += self._spoken()
        self._body.clear()
        return next_body(sent, self._ended[-1], self.reply_id)

    def finish(self) -> bytes:
        """See `Turn.finish`."""
        if self._reply is None or not self._ended:
            return bytes(self._body)
        changes: list[Change] = [Replace(("content",), listed(_said(self._ended)).encode())]
        if self._output_tokens:
            output = self._output_tokens + self._spoken()
            changes.append(Replace(("usage", "output_tokens"), b"%d" % output))
        if self.goes_on and not self._ended[-1].answers:
            changes.append(Replace(("stop_reason",), encoded(_ENDED).encode()))
        return self._reply.rewrite(changes)

    def echoed(self) -> bytes:
        """See `Turn.echoed`."""
        return echoed(self._ended)

    def _spoken(self) -> int:
        usage = self._reply.get("usage") if self._reply else None
        return number(usage, "output_tokens") if isinstance(usage, dict) else 0


class _Block:
    """A content block while its deltas come in."""

    __slots__ = ("_arguments", "_begun", "_grown", "is_ours", "place")

    def __init__(self, begun: dict[str, Any]) -> None:
        self._begun = begun
        self._grown: dict[str, list[str]] = {}
        self._arguments: list[str] = []
        self.is_ours = is_ours(begun)
        self.place = -1
        """The number by which the client knows it."""

    @property
    def calls_client(self) -> bool:
        """Whether this is a call that the client has to answer."""
        return self._begun.get("type") == _CALLING and not self.is_ours

    def add(self, delta: dict[str, Any]) -> None:
        """More of it.  A kind of delta that is not known grows the members that it names."""
        for name, value in delta.items():
            if name == "partial_json":
                self._arguments.append(str(value))
            elif name == "citation":
                self._begun["citations"] = [*(self._begun.get("citations") or ()), value]
            elif isinstance(value, str) and name != "type":
                self._grown.setdefault(name, []).append(value)
            elif name != "type":
                self._begun[name] = value

    def call(self) -> CallMade:
        """It, as the call that it is."""
        return CallMade(text_at(self._begun, "id"), text_at(self._begun, "name"), self._input())

    def piece(self) -> str:
        """The whole block."""
        block = dict(self._begun)
        for name, parts in self._grown.items():
            block[name] = text_at(block, name) + "".join(parts)
        if self._arguments:
            block["input"] = raw(self._input())
        return encoded(block)

    def _input(self) -> str:
        text = "".join(self._arguments) or encoded(self._begun.get("input") or {})
        return text if isinstance(read_json(text.encode()), dict) else "{}"


class _StreamedLeg:
    """What one leg has said so far."""

    __slots__ = ("blocks", "id", "reason", "usage", "whole")

    def __init__(self) -> None:
        self.blocks: dict[int, _Block] = {}
        self.id = ""
        self.reason = ""
        self.usage: dict[str, Any] = {}
        self.whole = False

    @property
    def ours(self) -> tuple[int, ...]:
        """Which of its blocks, counted from 0, are calls of ours."""
        return tuple(n for n, block in enumerate(self.blocks.values()) if block.is_ours)

    @property
    def calls_client(self) -> bool:
        """Whether it calls a tool of the client's."""
        return any(block.calls_client for block in self.blocks.values())

    def end(self, kind: str, event: dict[str, Any]) -> None:
        """Take in one of its last two events."""
        self.reason = text_at(member(event, "delta"), "stop_reason") or self.reason
        self.usage.update(_known(member(event, "usage")))
        self.whole = self.whole or kind == "message_stop"

    def calls_of_ours(self) -> tuple[CallMade, ...]:
        """Those that were made to their end."""
        if not self.whole or self.reason != _CALLING:
            return ()
        return tuple(block.call() for block in self.blocks.values() if block.is_ours)

    def leg(self) -> Leg:
        """All of it."""
        return Leg(tuple(block.piece() for block in self.blocks.values()), self.ours)


def is_ours(block: Mapping[str, Any]) -> bool:
    """Whether this content block calls our own tool."""
    return block.get("type") == _CALLING and block.get("name") == TOOL


def result(call_id: str, text: str) -> str:
    """The answer to a call, as a content block."""
    return encoded({"type": "tool_result", "tool_use_id": call_id, "content": text})


def next_body(sent: bytes, leg: Leg, reply_id: str) -> bytes:
    """The body that tells the provider the answers to the calls of *leg*, and asks it to go on."""
    document = Document.read(sent)
    told = encoded({"role": "user", "content": [raw(answer) for answer in leg.answers]})
    if document.get("thread"):
        # The provider keeps this history: only what is new is sent.
        thread = {"type": "continue", "previous_message_id": reply_id}
        return document.rewrite(
            [
                Replace(("thread",), encoded(thread).encode()),
                Replace(("messages",), listed([told]).encode()),
            ]
        )
    said = encoded({"role": "assistant", "content": [raw(piece) for piece in leg.pieces]})
    at = len(document.elements("messages"))
    return document.rewrite([Insert(("messages",), at, f"{said},{told}".encode())])


def echoed(legs: Sequence[Leg]) -> bytes:
    """A body with the one turn that these legs are for the client."""
    content = [raw(piece) for piece in _said(legs)]
    return encoded({"messages": [{"role": "assistant", "content": content}]}).encode()


def _said(legs: Sequence[Leg]) -> Sequence[str]:
    return visible_pieces(legs) or (encoded({"type": "text", "text": NOTHING_SAID}),)


def _call(block: Mapping[str, Any]) -> CallMade:
    arguments = block.get("input")
    return CallMade(
        text_at(block, "id"),
        TOOL,
        encoded(arguments) if isinstance(arguments, dict) else "{}",
    )


def _known(usage: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in usage.items() if value is not None}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _renumbered(frame: Frame, index: int) -> bytes:
    data = Document.read(frame.data).rewrite([Replace(("index",), b"%d" % index)])
    return with_data(frame.raw, data)


def _note() -> bytes:
    """Events of a text block, for a turn that has said nothing."""
    begun = {"type": "text", "text": ""}
    events: list[dict[str, Any]] = [
        {"type": "content_block_start", "index": 0, "content_block": begun},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": NOTHING_SAID},
        },
        {"type": "content_block_stop", "index": 0},
    ]
    return b"".join(framed(msgspec.json.encode(event), event["type"]) for event in events)
