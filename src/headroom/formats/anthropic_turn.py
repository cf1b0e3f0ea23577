"""A turn in Anthropic's dialect: content blocks counted on over its legs, usage added up.

The client's SDK takes a gap in `index` for an error, so blocks are numbered anew behind a
hidden one; the last `message_delta` tells the usage of the whole turn.  The reply is that of the
first leg, its model and id included: clients drop thinking where the model changes.
Source: PROVIDERS 6.5, from the SDK 2.11.0 and the docs.

A call of ours that cannot be answered (the leg was cut short, or nobody fetches any more) is
taken out for good: nothing stands in the history that was not answered.  Only where the
provider keeps the history (a message thread) it has the call, and is told that there is no
answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headroom.conversation import Change, Leg, Replace
from headroom.errors import UnreadableBody
from headroom.formats.anthropic_leg import (
    CALLING,
    StreamedLeg,
    block_of,
    echoed,
    is_ours,
    next_body,
    notes,
    result,
    unanswered,
)
from headroom.formats.anthropic_usage import added, counted
from headroom.formats.base import CallMade
from headroom.formats.replies import member, read_json, text_at
from headroom.formats.turns import (
    StreamedTurn,
    WholeTurn,
    encoded,
    listed,
    read_document,
    visible_pieces,
)
from headroom.wire.document import Document
from headroom.wire.frames import Frame, framed, with_data

_LAST = ("message_delta", "message_stop")
_ENDED = encoded("end_turn").encode()


class AnthropicStreamedTurn(StreamedTurn):
    """A turn that is streamed; *kept* says that the provider keeps the history."""

    def __init__(self, *, kept: bool = False) -> None:
        super().__init__()
        self._kept = kept
        self._leg = StreamedLeg()
        self._visible = 0
        """How many blocks the client has been given."""
        self._spent: dict[str, Any] = {}
        """What the legs that have ended before this one have cost."""
        self.reply_id = ""

    @property
    def goes_on(self) -> bool:
        """See `Turn.goes_on`."""
        return bool(self._calls) and not self._leg.calls_client

    @property
    def last_id(self) -> str:
        """See `Turn.last_id`."""
        return self._leg.id

    @property
    def is_cut(self) -> bool:
        """See `Turn.is_cut`."""
        return bool(self._ended) and not self._leg.whole and not self._failed

    def end_leg(self) -> bytes:
        """See `Turn.end_leg`."""
        rest = self._last_frames()
        if not self._holding:
            return rest
        self._calls = self._leg.calls_of_ours()
        leg = self._leg.leg()
        self._ended.append(unanswered(leg) if self._kept else leg)
        return rest

    def ask(self, sent: bytes) -> bytes:
        """See `Turn.ask`."""
        leg = self._leg
        self._spent = added(self._spent, leg.usage)
        self._leg = StreamedLeg()
        self._calls = ()
        self._held.clear()
        return next_body(sent, self._ended[-1], leg.id, leg.container)

    def finish(self) -> bytes:
        """See `Turn.finish`."""
        if not self._held:
            return b""
        note = b"".join(_events(self._visible, piece) for piece in self._notes())
        return note + b"".join(self._ending(frame) for frame in self._held)

    def echoed(self) -> bytes:
        """See `Turn.echoed`."""
        return echoed(tuple(self._ended), self._notes())

    @property
    def _holding(self) -> bool:
        """Whether the end of this leg may not be the end of the turn, or not as it is."""
        return bool(self._ended) or self._leg.has_ours

    def _forget(self) -> None:
        self._leg = StreamedLeg()

    def _passed(self, frame: Frame) -> bytes:
        event = read_json(frame.data) if frame.data else None
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(event, dict) or not isinstance(kind, str):
            return frame.raw
        if kind.startswith("content_block_"):
            return self._block(frame, kind, event)
        if kind == "message_start":
            return self._begin(frame, member(event, "message"))
        if kind in _LAST:
            self._leg.end(kind, event)
            if self._holding:
                self._held.append(frame)
                return b""
        elif kind == "error":
            self._failed = True
            if self._held:
                self._held.append(frame)
                return b""
        return frame.raw

    def _begin(self, frame: Frame, message: dict[str, Any]) -> bytes:
        self._leg.begin(message)
        if self._ended:
            return b""
        self.reply_id = self._leg.id
        return frame.raw

    def _block(self, frame: Frame, kind: str, event: dict[str, Any]) -> bytes:
        index = event.get("index")
        if type(index) is not int:
            return frame.raw
        if kind == "content_block_start":
            block = self._leg.block(index, member(event, "content_block"))
            if not block.is_ours:
                block.place = self._visible
                self._visible += 1
        elif kind == "content_block_delta":
            self._leg.add(index, member(event, "delta"))
        return self._in_place(frame, index)

    def _in_place(self, frame: Frame, index: int) -> bytes:
        """The frame under the number by which the client knows its block."""
        block = self._leg.blocks.get(index)
        if block is None or block.place == index:
            return frame.raw
        if block.is_ours:
            return b""
        return _changed(frame, [Replace(("index",), b"%d" % block.place)])

    def _ending(self, frame: Frame) -> bytes:
        event = read_json(frame.data)
        if event.get("type") != "message_delta":
            return frame.raw
        changes = counted(event, self._leg.usage, self._spent) if len(self._ended) > 1 else []
        reason = text_at(member(event, "delta"), "stop_reason")
        if reason == CALLING and self._leg.has_ours and not self._leg.calls_client:
            # Our call is taken out, and there is none for the client to answer.
            changes.append(Replace(("delta", "stop_reason"), _ENDED))
        return _changed(frame, changes)

    def _notes(self) -> tuple[str, ...]:
        return notes(self._ended, self._leg.reason) if self._leg.whole else ()

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(result(call.id, answers[call.id]) for call in self._calls)


class AnthropicWholeTurn(WholeTurn):
    """A turn that is not streamed; *kept* says that the provider keeps the history."""

    def __init__(self, *, kept: bool = False) -> None:
        super().__init__()
        self._kept = kept
        self._reply: Document | None = None
        self._spent: dict[str, Any] = {}

    def end_leg(self) -> bytes:
        """See `Turn.end_leg`."""
        self.calls, self.goes_on = (), False
        self._reply = _message(bytes(self._body))
        if self._reply is None:
            return b""
        self.reply_id = self._text("id")
        content = self._reply.elements("content")
        blocks = [block.value if isinstance(block.value, dict) else {} for block in content]
        ours = tuple(index for index, block in enumerate(blocks) if is_ours(block))
        if not ours and not self._ended:
            return b""
        leg = Leg(tuple(block.raw.decode("utf-8", "replace") for block in content), ours)
        self._ended.append(unanswered(leg) if self._kept else leg)
        calls = tuple(_call(blocks[index]) for index in ours)
        if self._text("stop_reason") == CALLING and all(call.id for call in calls):
            self.calls = calls
            self.goes_on = bool(ours) and not self._calls_client()
        return b""

    def ask(self, sent: bytes) -> bytes:
        """See `Turn.ask`."""
        container = self._reply.get("container") if self._reply else None
        self._spent = added(self._spent, self._usage())
        self._body.clear()
        ran_in = text_at(container, "id") if isinstance(container, dict) else ""
        return next_body(sent, self._ended[-1], self.reply_id, ran_in)

    def finish(self) -> bytes:
        """See `Turn.finish`."""
        body = bytes(self._body)
        if self._reply is None or not self._ended:
            return body
        said = (*visible_pieces(self._ended), *self._notes())
        changes: list[Change] = [Replace(("content",), listed(said).encode())]
        if len(self._ended) > 1:
            usage = self._usage()
            has_it = {"usage": usage} if self._reply.member("usage") else {}
            changes += counted(has_it, usage, self._spent)
        if self._text("stop_reason") == CALLING and not self._calls_client():
            changes.append(Replace(("stop_reason",), _ENDED))
        return _rewritten(self._reply, changes)

    def echoed(self) -> bytes:
        """See `Turn.echoed`."""
        return echoed(tuple(self._ended), self._notes())

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(result(call.id, answers[call.id]) for call in self.calls)

    def _notes(self) -> tuple[str, ...]:
        return notes(self._ended, self._text("stop_reason"))

    def _calls_client(self) -> bool:
        """Whether the last leg calls a tool of the client's."""
        last = self._ended[-1]
        return any(block_of(piece).get("type") == CALLING for piece in visible_pieces([last]))

    def _usage(self) -> dict[str, Any]:
        usage = self._reply.get("usage") if self._reply else None
        return usage if isinstance(usage, dict) else {}

    def _text(self, name: str) -> str:
        value = self._reply.get(name) if self._reply else None
        return value if isinstance(value, str) else ""


def _message(body: bytes) -> Document | None:
    """The reply in *body*; None where it is none that can be taken apart (an error)."""
    reply = read_document(body)
    return reply if reply is not None and isinstance(reply.get("content"), list) else None


def _call(block: Mapping[str, Any]) -> CallMade:
    arguments = encoded(block["input"]) if isinstance(block.get("input"), dict) else "{}"
    return CallMade(text_at(block, "id"), text_at(block, "name"), arguments)


def _changed(frame: Frame, changes: Sequence[Change]) -> bytes:
    document = read_document(frame.data) if changes else None
    return frame.raw if document is None else with_data(frame.raw, _rewritten(document, changes))


def _rewritten(document: Document, changes: Sequence[Change]) -> bytes:
    """The document with these changes; as it came where that cannot be (a name stands twice)."""
    try:
        return document.rewrite(changes)
    except UnreadableBody:
        return document.body


def _events(index: int, piece: str) -> bytes:
    """The events of a block of text."""
    block = block_of(piece)
    delta = {"type": "text_delta", "text": block["text"]}
    begun = {**block, "text": ""}
    events: list[dict[str, Any]] = [
        {"type": "content_block_start", "index": index, "content_block": begun},
        {"type": "content_block_delta", "index": index, "delta": delta},
        {"type": "content_block_stop", "index": index},
    ]
    return b"".join(framed(msgspec.json.encode(event), event["type"]) for event in events)
