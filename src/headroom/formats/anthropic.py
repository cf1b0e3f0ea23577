"""Anthropic's Messages API.  Source: PROVIDERS 6, from the SDK 2.11.0 and the docs, 2026-11."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from headroom.conversation import Binding, Conversation, Facts, Path, Role, ToolCall
from headroom.formats.anthropic_weaver import AnthropicWeaver
from headroom.formats.base import (
    CallMade,
    Finished,
    ReplyEvent,
    ReplyReader,
    TextSaid,
    UsageReported,
    Weaver,
)
from headroom.formats.reading import Reading, canonical, read_fixed, ttl_of
from headroom.formats.recall import Recall
from headroom.formats.replies import (
    CallPieces,
    StreamedReply,
    WholeReply,
    member,
    number,
    objects,
    text_at,
)
from headroom.outcome import TERMS, Terms, Usage
from headroom.wire.document import Document

_THINKING = ("thinking", "redacted_thinking")

# Models whose thinking is not bound to what stands before it; newer ones, and those that are
# not known, bind it (PROVIDERS 0.1 and 10.1, from the docs, 2026-11).
_UNBOUND = re.compile(
    r"claude-(?:2|3|instant|(?:opus|sonnet|haiku)-4|(?:opus|sonnet|fable|mythos|haiku)-5(?![-.]?\d\b))"
)

# PROVIDERS 6.6, from the docs, 2026-11.
_ERRORS: Mapping[int, str] = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class Anthropic:
    """The dialect of `/v1/messages`."""

    name = "anthropic"
    provider = "anthropic"
    routes = ("/v1/messages",)
    weaver: Weaver = AnthropicWeaver()

    def read(self, document: Document, recall: Recall | None = None) -> Conversation:
        """The conversation in this body; see `Format.read`."""
        reading = Reading(declares_tools=_declares_tools(document))
        reading.read_each(
            "messages", document.elements("messages"), _read_message, recall, dialect=self.name
        )
        fixed = read_fixed(document, "tools", "system")
        return reading.conversation(document, fixed, _facts(document))

    def reply_reader(self, *, streaming: bool) -> ReplyReader:
        """A watcher for the reply to one request."""
        return StreamedReply(_Stream().see) if streaming else WholeReply(_read_reply)

    def error_body(self, status: int, message: str, *, retry_after_s: float | None = None) -> bytes:
        """An error of ours in this provider's shape, as JSON bytes."""
        kind = _ERRORS.get(status, "api_error" if status >= 500 else "invalid_request_error")
        return msgspec.json.encode({"type": "error", "error": {"type": kind, "message": message}})

    def error_event(self, message: str, *, status: int = 500) -> bytes:
        """The same as the last event of a stream that has begun."""
        return b"event: error\ndata: " + self.error_body(status, message) + b"\n\n"


def _declares_tools(document: Document) -> bool:
    return bool(document.get("tools")) or bool(document.get("mcp_servers"))


def _facts(document: Document) -> Facts:
    management = document.get("context_management")
    edits = management.get("edits") if isinstance(management, dict) else management
    mark = document.get("cache_control")
    return Facts(
        cache_marks=mark is not None,
        cache_ttl_s=0.0 if mark is None else ttl_of({"cache_control": mark}),
        binding=_binding(document),
        server_held_history=bool(document.get("thread")),
        may_forget=bool(edits) or bool(document.get("compaction")),
    )


def _binding(document: Document) -> Binding:
    """What becomes of thinking when something before it has changed."""
    model = document.get("model")
    if isinstance(model, str) and _UNBOUND.search(model):
        return ""
    thinking = document.get("thinking")
    asked = thinking.get("block_binding") if isinstance(thinking, dict) else None
    behavior = asked.get("prefix_mismatch_behavior") if isinstance(asked, dict) else None
    return "dropped" if behavior == "drop_block" else "refused"


def _read_message(reading: Reading, path: Path, message: Any) -> None:
    role = message.get("role") if isinstance(message, dict) else None
    if role not in ("user", "assistant", "system"):
        reading.keep(path, "user", message)
        return
    reading.see_marks(message)
    content = message.get("content")
    path = (*path, "content")
    if isinstance(content, str):
        _read_text(reading, path, role, content)
    elif isinstance(content, list):
        for index, part in enumerate(content):
            _read_part(reading, (*path, index), role, part)
    else:
        reading.keep(path[:-1], role, message)


def _read_part(reading: Reading, path: Path, role: Role, part: Any) -> None:
    if not isinstance(part, dict):
        reading.keep(path, role, part)
        return
    reading.see_marks(part)
    kind = part.get("type")
    if kind == "text" and isinstance(part.get("text"), str):
        _read_text(reading, (*path, "text"), role, part["text"])
    elif kind == "tool_result" and role == "user":
        _read_result(reading, path, part)
    elif kind == "tool_use" and role == "assistant":
        _read_call(reading, path, part)
    elif kind in _THINKING or "signature" in part:
        reading.think(path, part)
    else:
        reading.keep(path, role, part)


def _read_text(reading: Reading, path: Path, role: Role, text: str) -> None:
    if role == "system":
        reading.tell_system(path, text)
    else:
        reading.say(path, role, text)


def _read_call(reading: Reading, path: Path, part: dict[str, Any]) -> None:
    call_id, name = part.get("id"), part.get("name")
    if not isinstance(call_id, str) or not isinstance(name, str):
        reading.use_tools()
        reading.keep(path, "assistant", part)
        return
    reading.make_call(path, ToolCall(call_id, name, canonical(part.get("input", {}))), part)


def _read_result(reading: Reading, path: Path, part: dict[str, Any]) -> None:
    call = reading.call_answered(part.get("tool_use_id"))
    is_error = part.get("is_error") is True
    content = part.get("content")
    if isinstance(content, str):
        reading.answer((*path, "content"), content, call, is_error=is_error)
    elif isinstance(content, list):
        for index, piece in enumerate(content):
            _read_result_piece(reading, (*path, "content", index), piece, call, is_error=is_error)
    elif content is None:
        reading.answer(path, "", call, is_error=is_error)
    else:
        reading.use_tools()
        reading.keep(path, "tool", part, call)


def _read_result_piece(
    reading: Reading, path: Path, piece: Any, call: ToolCall | None, *, is_error: bool
) -> None:
    text = piece.get("text") if isinstance(piece, dict) and piece.get("type") == "text" else None
    if isinstance(piece, dict):
        reading.see_marks(piece)
    if not isinstance(text, str):
        reading.use_tools()
        reading.keep(path, "tool", piece, call)
        return
    # Citations point into the text by character; they would no longer fit.
    free = not piece.get("citations")
    reading.answer((*path, "text"), text, call, is_error=is_error, editable=free)


class _Stream:
    """What has been said of usage and calls, from `message_start` to `message_stop`."""

    def __init__(self) -> None:
        self._usage: dict[str, Any] = {}
        self._reason = ""
        self._calls = CallPieces()

    def see(self, event: dict[str, Any]) -> Iterable[ReplyEvent]:
        """What this event completes; unknown events complete nothing."""
        kind = event.get("type")
        if kind == "content_block_delta":
            return self._delta(event.get("index"), member(event, "delta"))
        if kind == "content_block_start":
            return self._start(event.get("index"), member(event, "content_block"))
        if kind == "content_block_stop":
            return self._stop(event.get("index"))
        if kind == "message_start":
            return self._report(member(member(event, "message"), "usage"))
        if kind == "message_delta":
            self._reason = text_at(member(event, "delta"), "stop_reason") or self._reason
            return self._report(member(event, "usage"))
        return (Finished(self._reason),) if kind == "message_stop" else ()

    def _start(self, index: Any, block: dict[str, Any]) -> Iterable[ReplyEvent]:
        if block.get("type") != "tool_use":
            return _said(block)
        if type(index) is int:
            self._calls.begin(index, text_at(block, "id"), text_at(block, "name"))
            if block.get("input"):
                self._calls.add(index, canonical(block["input"]))
        return ()

    def _delta(self, index: Any, delta: dict[str, Any]) -> Iterable[ReplyEvent]:
        piece = delta.get("partial_json")
        if isinstance(piece, str) and type(index) is int:
            self._calls.add(index, piece)
        return _said(delta)

    def _stop(self, index: Any) -> Iterable[ReplyEvent]:
        call = self._calls.end(index) if type(index) is int else None
        return () if call is None else (call,)

    def _report(self, usage: dict[str, Any]) -> Iterable[ReplyEvent]:
        if not usage:
            return ()
        # Later counts are cumulative, but may leave out the input side.
        said = {name: value for name, value in usage.items() if value is not None}
        self._usage = {name: said.get(name, self._usage.get(name)) for name in _TOLD}
        return (_reported(self._usage),)


_TOLD = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation",
    *TERMS,
)


def _reported(usage: Mapping[str, Any]) -> UsageReported:
    return UsageReported(used(usage), Terms.of(usage))


def used(reported: Mapping[str, Any]) -> Usage:
    """Usage as Anthropic reports it, in replies of any kind."""
    # Anthropic counts cached tokens apart from input_tokens.
    lifetimes = reported.get("cache_creation")
    lifetimes = lifetimes if isinstance(lifetimes, dict) else {}
    five_minutes = number(lifetimes, "ephemeral_5m_input_tokens")
    one_hour = number(lifetimes, "ephemeral_1h_input_tokens")
    written = max(number(reported, "cache_creation_input_tokens"), five_minutes + one_hour)
    if not five_minutes and not one_hour:
        five_minutes = written  # the only lifetime there was before replies told them apart
    read = number(reported, "cache_read_input_tokens")
    return Usage(
        input_tokens=number(reported, "input_tokens") + written + read,
        output_tokens=number(reported, "output_tokens"),
        cache_read_tokens=read,
        cache_write_5m_tokens=five_minutes,
        cache_write_1h_tokens=one_hour,
        cache_write_other_tokens=written - five_minutes - one_hour,
    )


def _said(block: dict[str, Any]) -> Iterable[ReplyEvent]:
    text = text_at(block, "text") or text_at(block, "thinking")
    return (TextSaid(text),) if text else ()


def _read_reply(reply: dict[str, Any]) -> Iterator[ReplyEvent]:
    for block in objects(reply.get("content")):
        if block.get("type") == "tool_use":
            arguments = canonical(block.get("input", {}))
            yield CallMade(text_at(block, "id"), text_at(block, "name"), arguments)
        else:
            yield from _said(block)
    usage = member(reply, "usage")
    if usage:
        yield _reported(usage)
    if reply.get("type") == "message":
        yield Finished(text_at(reply, "stop_reason"))
