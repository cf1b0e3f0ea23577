"""A turn in Gemini's dialect: one content over all its legs.

Its parts come whole, calls too, and any of its objects may tell of the end.  The usage tells the
output of all legs and the prompt of the last, by which agents measure their window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headroom.conversation import Change, Insert, Leg, Path, Put, Remove, Replace
from headroom.errors import UnreadableBody
from headroom.formats.gemini_leg import (
    GrowingLeg,
    answered,
    answering,
    asked,
    delivered,
    echoed,
    is_ours,
    parts_in,
    says_nothing,
    seen_of,
)
from headroom.formats.gemini_shapes import CONTENTS, PARTS, first_candidate, parts_of
from headroom.formats.replies import member, number, read_json, text_at
from headroom.formats.turns import NOTHING_SAID, GrowingTurn, WholeTurn, encoded
from headroom.wire.document import Document
from headroom.wire.frames import Frame, with_data

_CANDIDATE: Path = ("candidates", 0)
_CONTENT: Path = (*_CANDIDATE, "content")
_PARTS: Path = (*_CONTENT, PARTS)
_USAGE = "usageMetadata"

_SAID = ("candidatesTokenCount", "thoughtsTokenCount")
"""What is written in one leg; the last is told for all."""


class GeminiStreamedTurn(GrowingTurn[GrowingLeg]):
    """A turn that is streamed."""

    def __init__(self) -> None:
        super().__init__(GrowingLeg)
        self._earlier: dict[str, int] = {}
        """Tokens written in the legs that have ended before this one."""
        self._id = ""

    @property
    def reply_id(self) -> str:
        """See `Turn.reply_id`."""
        return self._id

    def ask(self, sent: bytes) -> bytes:
        """See `Turn.ask`."""
        body = next_body(sent, self._ended[-1])
        self._earlier = _added(self._earlier, self._leg.usage)
        self._next_leg()
        return body

    def finish(self) -> bytes:
        """See `Turn.finish`."""
        frames = list(self._held)
        if frames and says_nothing(seen_of(self._ended)):
            note = encoded({"text": NOTHING_SAID}).encode()
            candidate = first_candidate(read_json(frames[0].data))
            # Who is told that the prompt was blocked is told enough.
            if candidate:
                frames[0] = _changed(frames[0], _with_parts(candidate, [note]))
        return b"".join(self._ending(frame) for frame in frames)

    def echoed(self) -> bytes:
        """See `Turn.echoed`."""
        return echoed(self._ended)

    def _passed(self, frame: Frame) -> bytes:
        chunk = read_json(frame.data) if frame.data else None
        if not isinstance(chunk, dict):
            return frame.raw
        if chunk.get("error"):
            self._failed = True
            return frame.raw
        parts = self._taken(chunk)
        if not self._holding:
            return frame.raw
        left = [part for part in parts if not is_ours(part)]
        changes = self._renamed(chunk)
        if self._held or _reason(chunk):
            # What it says is passed on at once, and that it ends, when the turn does.
            emptied = _with_parts(first_candidate(chunk), [])
            self._held.append(_changed(frame, [*changes, *emptied]))
            return self._opened(frame, chunk, left, changes) if left else b""
        if parts and not left:
            return b""
        changes += _less(parts, left)
        return _changed(frame, [*changes, *counted(chunk, self._earlier)]).raw

    def _taken(self, chunk: Mapping[str, Any]) -> list[Any]:
        """The parts that a chunk brings, noted with all else that it tells."""
        leg, candidate = self._leg, first_candidate(chunk)
        parts = parts_of(candidate)
        leg.id = leg.id or text_at(chunk, "responseId")
        self._id = self._id or leg.id
        leg.usage = member(chunk, _USAGE) or leg.usage
        leg.reason = _reason(chunk) or leg.reason
        leg.add(parts)
        return parts

    def _renamed(self, chunk: Mapping[str, Any]) -> list[Change]:
        """What puts the id of the first leg's chunks on a later leg's."""
        known = self._id
        if not self._ended or not known or text_at(chunk, "responseId") in ("", known):
            return []
        return [Replace(("responseId",), encoded(known).encode())]

    def _opened(
        self, frame: Frame, chunk: Mapping[str, Any], left: Sequence[Any], changes: Sequence[Change]
    ) -> bytes:
        """The frame with what is left of it, as one that does not end its leg."""
        ends = [
            Remove((*_CANDIDATE, name))
            for name in ("finishReason", "finishMessage")
            if name in first_candidate(chunk)
        ]
        less = _less(parts_of(first_candidate(chunk)), left)
        told = counted(chunk, self._earlier)
        return _changed(frame, [*changes, *less, *ends, *told]).raw

    def _ending(self, frame: Frame) -> bytes:
        """The held frame, as it ends the turn."""
        return _changed(frame, counted(read_json(frame.data), self._earlier)).raw

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        return answered(parts_in(self._ended[-1]), answers)


class GeminiWholeTurn(WholeTurn):
    """A turn that is not streamed."""

    def __init__(self) -> None:
        super().__init__()
        self._leg = GrowingLeg()
        self._reply: dict[str, Any] = {}
        self._earlier: dict[str, int] = {}
        """Tokens written in the legs that have ended before this one."""

    def end_leg(self) -> bytes:
        """See `Turn.end_leg`."""
        reply = read_json(bytes(self._body))
        self._reply = reply if isinstance(reply, dict) else {}
        candidate = first_candidate(self._reply)
        self._leg = leg = GrowingLeg()
        leg.reason = text_at(candidate, "finishReason")
        leg.add(parts_of(candidate))
        self.reply_id = text_at(self._reply, "responseId")
        self.calls, self.goes_on = (), False
        if not leg.has_ours and not self._ended:
            return b""
        self._ended.append(leg.leg())
        self.calls = leg.calls_of_ours()
        self.goes_on = bool(self.calls) and not leg.calls_client
        return b""

    def ask(self, sent: bytes) -> bytes:
        """See `Turn.ask`."""
        self._earlier = _added(self._earlier, member(self._reply, _USAGE))
        self._body.clear()
        return next_body(sent, self._ended[-1])

    def finish(self) -> bytes:
        """See `Turn.finish`."""
        body, candidate = bytes(self._body), first_candidate(self._reply)
        if not candidate or not self._ended:
            return body
        parts = [encoded(part).encode() for part in delivered(self._ended)]
        changes = [*_with_parts(candidate, parts), *counted(self._reply, self._earlier)]
        return _spliced(body, changes)

    def echoed(self) -> bytes:
        """See `Turn.echoed`."""
        return echoed(self._ended)

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        return answered(parts_in(self._ended[-1]), answers)


def _reason(chunk: Mapping[str, Any]) -> str:
    """Why the reply ends with this chunk, or never begins; empty where it goes on."""
    blocked = text_at(member(chunk, "promptFeedback"), "blockReason")
    return text_at(first_candidate(chunk), "finishReason") or blocked


def next_body(sent: bytes, leg: Leg) -> bytes:
    """The body that tells the provider the answers to the calls of *leg*, and asks it to go on."""
    document = Document.read(sent)
    told = f"{asked(leg)},{answering(leg.answers)}".encode()
    return document.rewrite([Insert((CONTENTS,), len(document.elements(CONTENTS)), told)])


def counted(reply: Any, earlier: Mapping[str, int]) -> list[Change]:
    """What makes the usage in a reply count what *earlier* legs have written, too."""
    told = member(reply, _USAGE)
    more = {name: count for name, count in earlier.items() if count and told}
    changes: list[Change] = [
        Replace((_USAGE, name), b"%d" % (number(told, name) + count))
        if name in told
        else Put((_USAGE,), name, b"%d" % count)
        for name, count in more.items()
    ]
    if more and "totalTokenCount" in told:
        total = number(told, "totalTokenCount") + sum(more.values())
        changes.append(Replace((_USAGE, "totalTokenCount"), b"%d" % total))
    return changes


def _added(earlier: Mapping[str, int], told: Mapping[str, Any]) -> dict[str, int]:
    return {name: earlier.get(name, 0) + number(told, name) for name in _SAID}


def _less(parts: Sequence[Any], left: Sequence[Any]) -> list[Change]:
    """What takes our calls out of a candidate's parts."""
    if len(left) == len(parts):
        return []
    return [Remove((*_PARTS, n)) for n, part in enumerate(parts) if is_ours(part)]


def _with_parts(candidate: Mapping[str, Any], parts: Sequence[bytes]) -> list[Change]:
    """What gives a candidate these parts."""
    told = b"[" + b",".join(parts) + b"]"
    content = candidate.get("content")
    if not isinstance(content, dict):
        whole = b'{"role":"model","parts":' + told + b"}"
        if "content" in candidate:
            return [Replace(_CONTENT, whole)]
        return [Put(_CANDIDATE, "content", whole)] if parts else []
    if PARTS in content:
        return [Replace(_PARTS, told)]
    return [Put(_CONTENT, PARTS, told)] if parts else []


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
