"""Google's Gemini: `generateContent` and its stream.

The model and whether it streams stand in the path (`Route`), not in the body.  A call may lack
an id; then the results that follow answer the calls of their name in order.
Source: PROVIDERS 8; ai.google.dev/api/generate-content, 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headroom.conversation import Conversation, Facts, Path, ToolCall
from headroom.formats import gemini_shapes
from headroom.formats.base import (
    CallMade,
    Finished,
    ReplyEvent,
    ReplyReader,
    TextSaid,
    UsageReported,
)
from headroom.formats.gemini_shapes import CONTENTS, PARTS, inner, is_thought, name_in, parts_of
from headroom.formats.gemini_weaver import GeminiWeaver
from headroom.formats.reading import Reading, canonical, read_fixed
from headroom.formats.recall import Recall
from headroom.formats.replies import StreamedReply, WholeReply, member, objects, text_at
from headroom.formats.turns import Weaver
from headroom.wire.document import Document

SHORT_CHARACTERS = 200
"""Of a text deep within a result: shorter ones are values, and stay with what they stand beside."""
DEEPEST = 6
MOST_TEXTS = 64
"""In one result."""

ANSWER_ROLES = ("user", "function")


class Gemini:
    """The dialect of `/v1beta/models/MODEL:generateContent`."""

    name = "gemini"
    provider = "gemini"
    routes = ("/v1beta/models/*:generateContent", "/v1beta/models/*:streamGenerateContent")
    weaver: Weaver = GeminiWeaver()

    def read(self, document: Document, recall: Recall | None = None) -> Conversation:
        """The conversation in this body; see `Format.read`."""
        reading = Reading(declares_tools=bool(document.get("tools")))
        reading.read_each(
            CONTENTS, document.elements(CONTENTS), _read_content, recall, dialect=self.name
        )
        fixed = read_fixed(document, "tools", "systemInstruction", "system_instruction")
        marked = any(document.get(name) for name in ("cachedContent", "cached_content"))
        facts = Facts(cache_marks=marked, always_cached=True, binding="dropped")
        return reading.conversation(document, fixed, facts)

    def reply_reader(self, *, streaming: bool) -> ReplyReader:
        """A watcher for the reply to one request."""
        reply = _Reply()
        if streaming:
            return StreamedReply(reply.see, at_end=reply.end)
        # A stream without `alt=sse` is one list.
        return WholeReply(reply.see, at_end=reply.end)

    def error_body(self, status: int, message: str, *, retry_after_s: float | None = None) -> bytes:
        """An error of ours in this provider's shape, as JSON bytes."""
        return gemini_shapes.error_body(status, message, retry_after_s)

    def error_event(self, message: str, *, status: int = 500) -> bytes:
        """The same as the last event of a stream that has begun."""
        return b"data: " + self.error_body(status, message) + b"\r\n\r\n"


def _read_content(reading: Reading, path: Path, content: Any) -> None:
    role = content.get("role", "user") if isinstance(content, dict) else None
    parts = content.get(PARTS) if isinstance(content, dict) else None
    if role not in ("model", *ANSWER_ROLES) or not isinstance(parts, list):
        reading.keep(path, "assistant" if role == "model" else "user", content)
        return
    read_part = _read_said if role == "model" else _read_told
    for index, part in enumerate(parts):
        read_part(reading, (*path, PARTS, index), part)


def _read_said(reading: Reading, path: Path, part: Any) -> None:
    """A part of what the model has said."""
    if is_thought(part):
        reading.think(path, part)
    elif name_in(part, "functionCall") if isinstance(part, dict) else "":
        _read_call(reading, path, part)
    elif _is_text(part):
        reading.say((*path, "text"), "assistant", part["text"])
    else:
        reading.keep(path, "assistant", part)
    if isinstance(part, dict) and name_in(part, "thoughtSignature"):
        # It is bound to what stands before it, and goes back on the part that it came with.
        reading.thinks_until = len(reading.blocks)


def _read_call(reading: Reading, path: Path, part: dict[str, Any]) -> None:
    called = inner(part, "functionCall")
    name = text_at(called, "name")
    if not name:
        reading.use_tools()
        reading.keep(path, "assistant", part)
        return
    args = called.get("args")
    call = ToolCall(text_at(called, "id"), name, "{}" if args is None else canonical(args))
    reading.make_call(path, call, {"name": name, "args": args, "id": call.id})
    reading.also_known_as(reading.numbered("call", name), call)


def _read_told(reading: Reading, path: Path, part: Any) -> None:
    """A part of what the model was told."""
    named = name_in(part, "functionResponse") if isinstance(part, dict) else ""
    if named:
        _read_result(reading, (*path, named), part, part[named])
    elif _is_text(part):
        reading.say((*path, "text"), "user", part["text"])
    else:
        reading.keep(path, "user", part)


def _is_text(part: Any) -> bool:
    """Whether there is nothing in this part but a text, and what is told of that."""
    return (
        isinstance(part, dict)
        and isinstance(part.get("text"), str)
        and part.keys() <= {"text", "thoughtSignature", "thought_signature", "thought"}
    )


def _read_result(reading: Reading, path: Path, part: Any, result: Any) -> None:
    reading.use_tools()
    name = text_at(result, "name") if isinstance(result, dict) else ""
    nameless = reading.numbered("answer", name)
    call_id = result.get("id") if isinstance(result, dict) else None
    call = reading.call_answered(call_id) or reading.call_answered(nameless)
    if call is None and name:
        call = ToolCall(call_id if isinstance(call_id, str) else "", name)
    response = result.get("response") if isinstance(result, dict) else None
    texts = dict(_texts(response)) if isinstance(response, dict) else {}
    is_error = isinstance(response, dict) and bool(response.get("error"))
    others = _without(response, texts) if texts else part
    if others:
        reading.keep((*path, "response") if texts else path[:-1], "tool", others, call)
    for place, text in texts.items():
        reading.answer((*path, "response", *place), text, call, is_error=is_error)


def _texts(response: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """The texts of a result and where they stand, as far as they may be shortened.

    Those at its top are what the tool has said; deeper ones are, where they are long.
    """
    waiting: list[tuple[Path, Any]] = [((), response)]
    found = 0
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str) and (len(path) == 1 or len(value) >= SHORT_CHARACTERS):
            yield path, value
            found += 1
            if found == MOST_TEXTS:
                return
        elif len(path) == DEEPEST:
            continue
        elif isinstance(value, dict):
            waiting += [((*path, name), each) for name, each in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [((*path, n), value[n]) for n in reversed(range(len(value)))]


def _without(value: Any, texts: dict[Path, str], path: Path = ()) -> Any:
    """What else there is in a result."""
    if isinstance(value, dict):
        inside = {name: _without(each, texts, (*path, name)) for name, each in value.items()}
        return {name: each for name, each in inside.items() if (*path, name) not in texts}
    if isinstance(value, list):
        inner_values = [_without(each, texts, (*path, n)) for n, each in enumerate(value)]
        return [each for n, each in enumerate(inner_values) if (*path, n) not in texts]
    return value


class _Reply:
    """What a reply has said of its end, in one object or in many."""

    def __init__(self) -> None:
        self._reason = ""
        self._usage: UsageReported | None = None

    def see(self, chunk: dict[str, Any]) -> Iterator[ReplyEvent]:
        """What this object completes."""
        for candidate in objects(chunk.get("candidates")):
            yield from _said(candidate)
            if candidate.get("index", 0) == 0:
                self._reason = text_at(candidate, "finishReason") or self._reason
        blocked = text_at(member(chunk, "promptFeedback"), "blockReason")
        self._reason = self._reason or blocked
        told = member(chunk, "usageMetadata")
        if told:
            yield UsageReported(gemini_shapes.usage(told))

    def end(self) -> Iterator[ReplyEvent]:
        """The reply is whole, if a reason to finish was given."""
        if self._reason:
            yield Finished(self._reason)
            self._reason = ""


def _said(candidate: dict[str, Any]) -> Iterator[ReplyEvent]:
    for part in objects(parts_of(candidate)):
        text = text_at(part, "text")
        if text:
            yield TextSaid(text)
        called = member(part, "functionCall")
        if text_at(called, "name"):
            arguments = canonical(called.get("args") or {})
            yield CallMade(text_at(called, "id"), text_at(called, "name"), arguments)
