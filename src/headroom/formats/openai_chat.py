"""OpenAI's Chat Completions, and whoever speaks it.  Source: PROVIDERS 7.1, SDK 3.52.0, 2026-11."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from headroom.conversation import Conversation, Facts, Path, Role, ToolCall
from headroom.formats import openai_shapes
from headroom.formats.base import (
    CallMade,
    Finished,
    ReplyEvent,
    ReplyReader,
    TextSaid,
    UsageReported,
)
from headroom.formats.openai_chat_weaver import ChatWeaver
from headroom.formats.reading import Reading, canonical, canonical_arguments, read_fixed
from headroom.formats.recall import Recall
from headroom.formats.replies import (
    CallPieces,
    StreamedReply,
    WholeReply,
    member,
    objects,
    text_at,
)
from headroom.formats.turns import Weaver
from headroom.outcome import Terms, Usage
from headroom.wire.document import Document

# What reasoning models of several vendors add to an assistant message, beside its content.
_REASONING = ("reasoning_content", "reasoning", "reasoning_details")
_ASIDES = (*_REASONING, "refusal", "audio")


class OpenAIChat:
    """The dialect of `/v1/chat/completions`."""

    name = "openai_chat"
    provider = "openai"
    routes = ("/v1/chat/completions", "/chat/completions")
    weaver: Weaver = ChatWeaver()

    def read(self, document: Document, recall: Recall | None = None) -> Conversation:
        """The conversation in this body; see `Format.read`."""
        declares_tools = bool(document.get("tools")) or bool(document.get("functions"))
        reading = Reading(declares_tools=declares_tools)
        reading.read_each(
            "messages", document.elements("messages"), _read_message, recall, dialect=self.name
        )
        fixed = read_fixed(document, "tools", "functions")
        return reading.conversation(document, fixed, _facts(document))

    def reply_reader(self, *, streaming: bool) -> ReplyReader:
        """A watcher for the reply to one request."""
        if not streaming:
            return WholeReply(_read_reply)
        stream = _Stream()
        return StreamedReply(stream.see, at_end=stream.end)

    def error_body(self, status: int, message: str, *, retry_after_s: float | None = None) -> bytes:
        """An error of ours in this provider's shape, as JSON bytes."""
        return openai_shapes.error_body(status, message)

    def error_event(self, message: str, *, status: int = 500) -> bytes:
        """The same as the last event of a stream that has begun."""
        return b"data: " + self.error_body(status, message) + b"\n\n"


def _facts(document: Document) -> Facts:
    return Facts(
        cache_marks=document.get("cache_control") is not None,
        server_held_history=bool(document.get("previous_response_id")),
        may_forget=bool(document.get("context_management")),
        always_cached=True,
        cache_ttl_s=openai_shapes.cache_ttl_s(document),
        binding="dropped",
    )


def _read_message(reading: Reading, path: Path, message: Any) -> None:
    role = message.get("role") if isinstance(message, dict) else None
    if role == "tool":
        _read_result(reading, path, message)
    elif role == "assistant":
        _read_assistant(reading, path, message)
    elif role == "user":
        _read_content(reading, path, "user", message)
    elif role in ("system", "developer"):
        _read_content(reading, path, "system", message)
    elif role == "function":
        _read_function_result(reading, path, message)
    else:
        reading.keep(path, "user", message)


def _read_assistant(reading: Reading, path: Path, message: dict[str, Any]) -> None:
    for name in _ASIDES:
        aside = message.get(name)
        if aside:
            place = (*path, name)
            if name in _REASONING:
                reading.think(place, aside)
            else:
                reading.keep(place, "assistant", aside)
    if message.get("content") is not None:
        _read_content(reading, path, "assistant", message)
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        for index, call in enumerate(calls):
            _read_call(reading, (*path, "tool_calls", index), call)
    elif calls is not None:
        reading.keep((*path, "tool_calls"), "assistant", calls)
    if message.get("function_call") is not None:
        _read_function_call(reading, (*path, "function_call"), message["function_call"])


def _read_content(reading: Reading, path: Path, role: Role, message: dict[str, Any]) -> None:
    reading.see_marks(message)
    content = message.get("content")
    if isinstance(content, str):
        _read_text(reading, (*path, "content"), role, content)
    elif isinstance(content, list):
        for index, part in enumerate(content):
            text = _text_of_part(reading, part)
            if text is None:
                reading.keep((*path, "content", index), role, part)
            else:
                _read_text(reading, (*path, "content", index, "text"), role, text)
    else:
        reading.keep(path, role, message)


def _read_text(reading: Reading, path: Path, role: Role, text: str) -> None:
    if role == "system":
        reading.tell_system(path, text)
    else:
        reading.say(path, role, text)


def _text_of_part(reading: Reading, part: Any) -> str | None:
    if not isinstance(part, dict):
        return None
    reading.see_marks(part)
    text = part.get("text")
    return text if part.get("type") == "text" and isinstance(text, str) else None


def _read_call(reading: Reading, path: Path, value: Any) -> None:
    call = _call_in(value)
    if call is None:
        reading.use_tools()
        reading.keep(path, "assistant", value)
    else:
        reading.make_call(path, call, _plain(value, call))


def _call_in(value: Any) -> ToolCall | None:
    """The call in one entry of `tool_calls`."""
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        return None
    function, custom = value.get("function"), value.get("custom")
    if isinstance(function, dict) and isinstance(function.get("name"), str):
        arguments = canonical_arguments(function.get("arguments"))
        return ToolCall(value["id"], function["name"], arguments)
    if isinstance(custom, dict) and isinstance(custom.get("name"), str):
        return ToolCall(value["id"], custom["name"], canonical({"input": custom.get("input")}))
    return None


def _plain(value: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """*value* with arguments that stay equal when a client parses and writes them again."""
    function = value.get("function")
    if not isinstance(function, dict):
        return value
    return {**value, "function": {**function, "arguments": call.arguments}}


def _read_function_call(reading: Reading, path: Path, value: Any) -> None:
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str):
        reading.use_tools()
        reading.keep(path, "assistant", value)
        return
    call = ToolCall("", name, canonical_arguments(value.get("arguments")))
    reading.make_call(path, call, {**value, "arguments": call.arguments})
    reading.also_known_as(f"function {name}", call)


def _read_result(reading: Reading, path: Path, message: dict[str, Any]) -> None:
    reading.see_marks(message)
    call = reading.call_answered(message.get("tool_call_id")) or _named(message)
    content = message.get("content")
    if isinstance(content, str):
        reading.answer((*path, "content"), content, call)
    elif isinstance(content, list):
        for index, part in enumerate(content):
            text = _text_of_part(reading, part)
            if text is None:
                reading.use_tools()
                reading.keep((*path, "content", index), "tool", part, call)
            else:
                reading.answer((*path, "content", index, "text"), text, call)
    else:
        reading.use_tools()
        reading.keep(path, "tool", message, call)


def _named(message: dict[str, Any]) -> ToolCall | None:
    """What a result says of its call by itself, when the call is not in sight."""
    call_id, name = message.get("tool_call_id"), message.get("name")
    if isinstance(call_id, str) and isinstance(name, str):
        return ToolCall(call_id, name)
    return None


def _read_function_result(reading: Reading, path: Path, message: dict[str, Any]) -> None:
    # Legacy functions answer by name, with one call at a time; they are read, not edited.
    call = reading.call_answered(f"function {message.get('name')}")
    content = message.get("content")
    if isinstance(content, str):
        reading.answer((*path, "content"), content, call, editable=False)
    else:
        reading.use_tools()
        reading.keep(path, "tool", message, call)


class _Stream:
    """What has been said of calls and of the end, from the first chunk to `[DONE]`."""

    def __init__(self) -> None:
        self._calls = CallPieces()
        self._reason = ""
        self._ended = False

    def see(self, chunk: dict[str, Any]) -> Iterator[ReplyEvent]:
        """What this chunk completes."""
        for choice in objects(chunk.get("choices")):
            number = choice.get("index", 0)
            delta = member(choice, "delta")
            yield from _said(delta)
            if type(number) is int:
                yield from self._pieces(number, delta)
                yield from self._finish(number, text_at(choice, "finish_reason"))
        yield from _reported(chunk)

    def end(self) -> Iterator[ReplyEvent]:
        """The reply is whole, if a reason to finish was given."""
        if self._reason and not self._ended:
            self._ended = True
            yield Finished(self._reason)

    def _pieces(self, choice: int, delta: dict[str, Any]) -> Iterator[ReplyEvent]:
        legacy = delta.get("function_call")
        if isinstance(legacy, dict):
            yield from self._piece((choice, -1), {"function": legacy})
        for position, entry in enumerate(objects(delta.get("tool_calls"))):
            index = entry.get("index")
            # Some servers that speak this dialect leave the index out.
            yield from self._piece((choice, index if type(index) is int else position), entry)

    def _piece(self, key: tuple[int, int], entry: dict[str, Any]) -> Iterator[ReplyEvent]:
        call_id, name, piece = _call_written(entry)
        known_id = self._calls.id_at(key)
        # Others give each call the same index, whole, with an id of its own.
        if known_id is None or (call_id and call_id != known_id):
            yield from self._end(key)
            self._calls.begin(key, call_id, name, is_text="custom" in entry)
        self._calls.add(key, piece)

    def _finish(self, choice: int, reason: str) -> Iterator[ReplyEvent]:
        if not reason:
            return
        self._reason = reason if choice == 0 else self._reason or reason
        for key in self._calls.begun():
            if isinstance(key, tuple) and key[0] == choice:
                yield from self._end(key)

    def _end(self, key: Hashable) -> Iterator[ReplyEvent]:
        call = self._calls.end(key)
        if call is not None and call.name:
            yield call


def _call_written(entry: dict[str, Any]) -> tuple[str, str, str]:
    """Id, name and arguments of a call, or of a piece of one, as they came."""
    custom = member(entry, "custom")
    if custom:
        return text_at(entry, "id"), text_at(custom, "name"), text_at(custom, "input")
    function = member(entry, "function")
    return text_at(entry, "id"), text_at(function, "name"), text_at(function, "arguments")


def _said(message: dict[str, Any]) -> Iterator[ReplyEvent]:
    for name in ("reasoning_content", "reasoning", "content", "refusal"):
        text = text_at(message, name)
        if text:
            yield TextSaid(text)


def used(reported: Mapping[str, Any]) -> Usage:
    """Usage as Chat Completions report it, and whatever counts in `prompt_tokens`."""
    return openai_shapes.usage(
        reported, "prompt_tokens", "prompt_tokens_details", "completion_tokens"
    )


def _reported(reply: dict[str, Any]) -> Iterator[ReplyEvent]:
    usage = member(reply, "usage")
    if usage:
        yield UsageReported(used(usage), Terms.of(reply))


def _read_reply(reply: dict[str, Any]) -> Iterator[ReplyEvent]:
    choices = objects(reply.get("choices"))
    for choice in choices:
        message = member(choice, "message")
        yield from _said(message)
        entries = objects(message.get("tool_calls"))
        legacy = member(message, "function_call")
        for entry in [*entries, {"function": legacy}] if legacy else entries:
            call_id, name, arguments = _call_written(entry)
            if "custom" in entry:
                arguments = canonical({"input": arguments})
            if name:
                yield CallMade(call_id, name, arguments or "{}")
    yield from _reported(reply)
    if choices:
        yield Finished(text_at(choices[0], "finish_reason"))
