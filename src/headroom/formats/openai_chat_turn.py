"""A turn in the dialect of chat completions: one message over all its legs.

Clients add deltas up, so a later leg must not say its role again (SDK 3.52.0 makes
"assistantassistant" of it) nor leave a gap in the `index` of tool calls.  The usage tells the
output of all legs and the prompt of the last, by which agents measure their window.
Source: PROVIDERS 7.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headroom.conversation import Change, Insert, Leg, Path, Put, Remove, Replace
from headroom.errors import UnreadableBody
from headroom.formats.openai_chat_leg import (
    CALLING,
    StreamedLeg,
    answered,
    calls_in,
    calls_of_ours,
    counted,
    delivered,
    first_choice,
    is_ours,
    leg_of,
    merged,
    says_nothing,
)
from headroom.formats.replies import member, number, read_json, text_at
from headroom.formats.turns import (
    NOTHING_SAID,
    GrowingTurn,
    WholeTurn,
    encoded,
)
from headroom.wire.document import Document
from headroom.wire.frames import Frame, with_data

_CHOICE: Path = ("choices", 0)
_DELTA: Path = (*_CHOICE, "delta")
_MESSAGE: Path = (*_CHOICE, "message")
_FINISH: Path = (*_CHOICE, "finish_reason")
_DONE = b"[DONE]"
_STOPPED = Replace(_FINISH, b'"stop"')


class ChatStreamedTurn(GrowingTurn[StreamedLeg]):
    """A turn that is streamed."""

    def __init__(self) -> None:
        super().__init__(StreamedLeg)
        self._earlier = 0
        """Tokens written in the legs that have ended before this one."""
        self._head: dict[str, Any] = {}
        """By which the client knows the reply: what all its chunks begin with."""

    @property
    def reply_id(self) -> str:
        """See `Turn.reply_id`."""
        return text_at(self._head, "id")

    def ask(self, sent: bytes) -> bytes:
        """See `Turn.ask`."""
        body = next_body(sent, self._ended[-1])
        self._earlier += number(self._leg.usage, "completion_tokens")
        self._next_leg()
        return body

    def finish(self) -> bytes:
        """See `Turn.finish`."""
        ending = [self._ending(frame) for frame in self._held]
        if says_nothing(merged(self._ended)):
            ending.insert(0, self._note())
        return b"".join(ending)

    def echoed(self) -> bytes:
        """See `Turn.echoed`."""
        return echoed(self._ended)

    def _passed(self, frame: Frame) -> bytes:
        chunk = read_json(frame.data) if frame.data else None
        if isinstance(chunk, dict) and isinstance(chunk.get("choices"), list):
            return self._chunk(frame, chunk)
        self._failed = self._failed or (isinstance(chunk, dict) and "error" in chunk)
        if frame.data.strip() != _DONE or not self._holding:
            return frame.raw
        self._held.append(frame)
        return b""

    def _chunk(self, frame: Frame, chunk: dict[str, Any]) -> bytes:
        if not self.reply_id:
            self._head = {name: chunk[name] for name in ("id", "created") if name in chunk}
        owners = self._leg.see(chunk)
        if not self._holding:
            return frame.raw
        hidden = [n for n, call in enumerate(owners) if call is not None and call.is_ours]
        delta = member(first_choice(chunk), "delta")
        left = _left(delta, hidden, role=not self._ended)
        changes = [*self._renamed(chunk), *self._taken_out(delta, left, hidden)]
        says_something = any(left.values())
        if self._held or _ends(chunk):
            self._held.append(self._end(frame, chunk))
            return _opened(frame, chunk, changes) if says_something else b""
        if left != delta and not says_something and not chunk.get("usage"):
            return b""
        changes += counted(member(chunk, "usage"), self._earlier)
        return _changed(frame, changes).raw

    def _renamed(self, chunk: Mapping[str, Any]) -> list[Change]:
        """What puts the head of the first leg's chunks on a later leg's."""
        if not self._ended:
            return []
        return [
            Replace((name,), encoded(known).encode())
            for name, known in self._head.items()
            if name in chunk and chunk[name] != known
        ]

    def _taken_out(
        self, delta: Mapping[str, Any], left: Mapping[str, Any], hidden: Sequence[int]
    ) -> list[Change]:
        """What takes out of a delta all but what is left, and closes the gaps in numbers."""
        changes: list[Change] = [Remove((*_DELTA, name)) for name in delta if name not in left]
        if "tool_calls" not in left:
            return changes
        calls: Path = (*_DELTA, "tool_calls")
        for n, entry in enumerate(calls_in(delta)):
            index = entry.get("index") if isinstance(entry, dict) else None
            if n in hidden:
                changes.append(Remove((*calls, n)))
            elif type(index) is int and self._leg.place(index) != index:
                changes.append(Replace((*calls, n, "index"), b"%d" % self._leg.place(index)))
        return changes

    def _end(self, frame: Frame, chunk: Mapping[str, Any]) -> Frame:
        """The frame without what it says, to be sent when the turn ends."""
        choice = first_choice(chunk)
        changes = self._renamed(chunk)
        if choice.get("delta"):
            changes.append(Replace(_DELTA, b"{}"))
        if choice.get("logprobs"):
            changes.append(Replace((*_CHOICE, "logprobs"), b"null"))
        return _changed(frame, changes)

    def _ending(self, frame: Frame) -> bytes:
        """The held frame, as it ends the turn."""
        chunk = read_json(frame.data)
        changes = counted(member(chunk, "usage"), self._earlier)
        only_ours = self._leg.has_ours and not self._leg.calls_client
        if only_ours and _reason(chunk) in CALLING:
            # Our call is taken out, and there is none for the client to answer.
            changes.append(_STOPPED)
        return _changed(frame, changes).raw

    def _note(self) -> bytes:
        """A chunk for a turn that has said nothing."""
        for frame in self._held:
            chunk = read_json(frame.data)
            if _reason(chunk):
                said = encoded({"content": NOTHING_SAID}).encode()
                return _opened(frame, chunk, [_set(first_choice(chunk), _DELTA, said)])
        return b""

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        return answered(self._calls, answers)


class ChatWholeTurn(WholeTurn):
    """A turn that is not streamed."""

    def __init__(self) -> None:
        super().__init__()
        self._reply: dict[str, Any] = {}
        self._earlier = 0
        """Tokens written in the legs that have ended before this one."""

    def end_leg(self) -> bytes:
        """See `Turn.end_leg`."""
        reply = read_json(bytes(self._body))
        self._reply = reply if isinstance(reply, dict) else {}
        self.reply_id = text_at(self._reply, "id")
        self.calls, self.goes_on = (), False
        message = member(first_choice(self._reply), "message")
        calls = calls_in(message)
        hidden = tuple(n for n, call in enumerate(calls) if is_ours(call))
        if not message or not (hidden or self._ended):
            return b""
        self._ended.append(leg_of(message, hidden))
        self.calls = calls_of_ours(calls, _reason(self._reply))
        self.goes_on = bool(self.calls) and len(hidden) == len(calls)
        return b""

    def ask(self, sent: bytes) -> bytes:
        """See `Turn.ask`."""
        self._earlier += number(member(self._reply, "usage"), "completion_tokens")
        self._body.clear()
        return next_body(sent, self._ended[-1])

    def finish(self) -> bytes:
        """See `Turn.finish`."""
        body, choice = bytes(self._body), first_choice(self._reply)
        message = member(choice, "message")
        if not message or not self._ended:
            return body
        whole, hidden = delivered(self._ended), self._ended[-1].hidden
        changes = counted(member(self._reply, "usage"), self._earlier)
        changes += [
            _set(message, (*_MESSAGE, name), encoded(value).encode())
            for name, value in whole.items()
            if name != "tool_calls" and (value or None) != (message.get(name) or None)
        ]
        if hidden and "tool_calls" not in whole:
            changes.append(Remove((*_MESSAGE, "tool_calls")))
            if _reason(self._reply) in CALLING:
                changes.append(_STOPPED)
        else:
            changes += [Remove((*_MESSAGE, "tool_calls", n)) for n in hidden]
        return _spliced(body, changes)

    def echoed(self) -> bytes:
        """See `Turn.echoed`."""
        return echoed(self._ended)

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        return answered(self.calls, answers)


def next_body(sent: bytes, leg: Leg) -> bytes:
    """The body that tells the provider the answers to the calls of *leg*, and asks it to go on."""
    document = Document.read(sent)
    told = ",".join([*leg.pieces, *leg.answers]).encode()
    return document.rewrite([Insert(("messages",), len(document.elements("messages")), told)])


def echoed(legs: Sequence[Leg]) -> bytes:
    """A body with the one turn that these legs are for the client."""
    return encoded({"messages": [delivered(legs)]}).encode()


def _left(delta: Mapping[str, Any], hidden: Sequence[int], *, role: bool) -> dict[str, Any]:
    """What of a delta the client is to have: nothing of these calls, and the role if so."""
    left = {name: value for name, value in delta.items() if role or name != "role"}
    if hidden:
        left["tool_calls"] = [e for n, e in enumerate(delta["tool_calls"]) if n not in hidden]
        if not left["tool_calls"]:
            del left["tool_calls"]
    return left


def _ends(chunk: Mapping[str, Any]) -> bool:
    """Whether this chunk tells of the end of its leg."""
    return bool(_reason(chunk)) or bool(chunk.get("usage") and not chunk.get("choices"))


def _reason(reply: Any) -> str:
    """Why a reply ended, in a chunk or in the whole of it."""
    return text_at(first_choice(reply), "finish_reason") if isinstance(reply, dict) else ""


def _opened(frame: Frame, chunk: Mapping[str, Any], changes: Sequence[Change]) -> bytes:
    """The frame, changed, as one that does not end its leg."""
    ends: list[Change] = [Replace(_FINISH, b"null")] if _reason(chunk) else []
    if chunk.get("usage"):
        ends.append(Replace(("usage",), b"null"))
    return _changed(frame, [*changes, *ends]).raw


def _changed(frame: Frame, changes: Sequence[Change]) -> Frame:
    data = _spliced(frame.data, changes)
    return frame if data is frame.data else Frame(with_data(frame.raw, data), data)


def _spliced(body: bytes, changes: Sequence[Change]) -> bytes:
    """*body* with these changes, or as it is where that cannot be (a name that stands twice)."""
    if not changes:
        return body
    try:
        return Document.read(body).rewrite(changes)
    except UnreadableBody:
        return body


def _set(parent: Mapping[str, Any], path: Path, json: bytes) -> Change:
    """What gives *parent* the value *json* at *path*, whether it has one there or not."""
    name = str(path[-1])
    return Replace(path, json) if name in parent else Put(path[:-1], name, json)
