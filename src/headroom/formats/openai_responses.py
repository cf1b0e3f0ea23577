"""OpenAI's Responses API.  Source: PROVIDERS 7.2, from the SDK 3.52.0 and the docs, 2026-11."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

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
from headroom.formats.openai_responses_weaver import ResponsesWeaver
from headroom.formats.reading import Reading, canonical, canonical_arguments, read_fixed
from headroom.formats.recall import Recall
from headroom.formats.replies import StreamedReply, WholeReply, member, objects, text_at
from headroom.formats.turns import Weaver
from headroom.outcome import Terms, Usage
from headroom.wire.document import Document

_TEXT_PARTS = frozenset(("input_text", "output_text", "text"))

_ROLES: Mapping[str, Role] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
    "developer": "system",
}

# Items that hold a call which the client runs, and the member that holds its arguments.
_ARGUMENTS: Mapping[str, str] = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "local_shell_call": "action",
    "shell_call": "action",
    "apply_patch_call": "operation",
}

# The others have the name of their one tool: `local_shell`.
_NAMED = frozenset(("function_call", "custom_tool_call"))

_RESULTS = frozenset(f"{name}_output" for name in _ARGUMENTS)

# What a client may leave out of an item of the model's making, or write differently: what such
# an item is told apart by stays.  (Codex 0.171 writes an absent content of reasoning as null.)
_RETOLD = frozenset(("status",))
_RETOLD_OF_CALLS = frozenset(("status", "id"))

# Items of the model's making that are not named `…_call`.
_OF_THE_MODEL = frozenset(("reasoning", "mcp_list_tools", "mcp_approval_request", "program"))

_SPOKEN = frozenset(
    (
        "response.output_text.delta",
        "response.refusal.delta",
        "response.reasoning_text.delta",
        "response.reasoning_summary_text.delta",
    )
)

_FINAL = frozenset(("completed", "incomplete", "failed", "cancelled"))

_LAST = frozenset(f"response.{status}" for status in _FINAL)


class OpenAIResponses:
    """The dialect of `/v1/responses`."""

    name = "openai_responses"
    provider = "openai"
    routes = ("/v1/responses", "/responses")
    weaver: Weaver = ResponsesWeaver()

    def read(self, document: Document, recall: Recall | None = None) -> Conversation:
        """The conversation in this body; see `Format.read`."""
        reading = Reading(declares_tools=bool(document.get("tools")))
        whole = document.member("input")
        if whole is not None and whole.raw.startswith(b'"'):
            reading.exact = whole.exact
            reading.say(("input",), "user", str(whole.value))
        reading.read_each(
            "input", document.elements("input"), _read_item, recall, dialect=self.name
        )
        fixed = read_fixed(document, "tools", "instructions")
        return reading.conversation(document, fixed, _facts(document))

    def reply_reader(self, *, streaming: bool) -> ReplyReader:
        """A watcher for the reply to one request."""
        return StreamedReply(said_in) if streaming else WholeReply(_whole_reply)

    def error_body(self, status: int, message: str, *, retry_after_s: float | None = None) -> bytes:
        """An error of ours in this provider's shape, as JSON bytes."""
        return openai_shapes.error_body(status, message)

    def error_event(self, message: str, *, status: int = 500) -> bytes:
        """The same as the last event of a stream that has begun."""
        # `error` is what the SDKs look for in any stream, the members beside it are the
        # documented shape of this one; the number says that the event is not of the series.
        error = openai_shapes.error(status, message)
        code = error["error"]["code"]
        told = {"type": "error", "code": code, "message": message, "param": None}
        event = msgspec.json.encode({**told, "sequence_number": -1, **error})
        return b"event: error\ndata: " + event + b"\n\n"


def _facts(document: Document) -> Facts:
    held = document.get("previous_response_id") or document.get("conversation")
    forgets = document.get("truncation") == "auto" or document.get("context_management")
    return Facts(
        cache_marks=document.get("cache_control") is not None,
        server_held_history=bool(held),
        may_forget=bool(forgets),
        always_cached=True,
        cache_ttl_s=openai_shapes.cache_ttl_s(document),
        binding="dropped",
    )


def _read_item(reading: Reading, path: Path, item: Any) -> None:
    kind = item.get("type", "message") if isinstance(item, dict) else None
    if not isinstance(kind, str):
        reading.keep(path, "user", item)
    elif kind == "message":
        _read_message(reading, path, item)
    elif kind in _ARGUMENTS:
        _read_call(reading, path, item)
    elif kind in _RESULTS:
        _read_result(reading, path, item)
    elif kind == "reasoning":
        reading.think(path, _plain(item, without=_RETOLD))
    else:
        reading.keep(path, _role_of(kind), item)


def _plain(item: dict[str, Any], *, without: Collection[str]) -> dict[str, Any]:
    """The item as it is the same from whatever client: less what says nothing in it."""
    return {
        name: value
        for name, value in item.items()
        if value is not None and (name, value) != ("content", []) and name not in without
    }


def _role_of(kind: str) -> Role:
    """Who stands behind an item that is not understood."""
    if kind.endswith("_output"):
        return "tool"
    return "assistant" if kind.endswith("_call") or kind in _OF_THE_MODEL else "user"


def _read_message(reading: Reading, path: Path, item: dict[str, Any]) -> None:
    said_role, content = item.get("role"), item.get("content")
    role = _ROLES.get(said_role) if isinstance(said_role, str) else None
    if role is None:
        reading.keep(path, "user", item)
    elif isinstance(content, str):
        _read_text(reading, (*path, "content"), role, content)
    elif isinstance(content, list):
        for index, part in enumerate(content):
            _read_part(reading, (*path, "content", index), role, part)
    else:
        reading.keep(path, role, item)


def _read_part(reading: Reading, path: Path, role: Role, part: Any) -> None:
    text = _text_of_part(reading, part)
    if text is None:
        reading.keep(path, role, part)
    else:
        _read_text(reading, (*path, "text"), role, text)


def _read_text(reading: Reading, path: Path, role: Role, text: str) -> None:
    if role == "system":
        reading.tell_system(path, text)
    else:
        reading.say(path, role, text)


def _text_of_part(reading: Reading, part: Any) -> str | None:
    if not isinstance(part, dict):
        return None
    reading.see_marks(part)
    kind, text = part.get("type"), part.get("text")
    understood = isinstance(kind, str) and kind in _TEXT_PARTS and isinstance(text, str)
    return text if understood else None


def _read_call(reading: Reading, path: Path, item: dict[str, Any]) -> None:
    call = _call_in(item)
    if call is None:
        reading.use_tools()
        reading.keep(path, "assistant", item)
        return
    plain = _plain(item, without=_RETOLD_OF_CALLS)
    if item["type"] == "function_call":
        plain["arguments"] = call.arguments
    reading.make_call(path, call, plain)
    if isinstance(item.get("id"), str):
        # The result of a local shell call names the item, not the call.
        reading.also_known_as(item["id"], call)


def _call_in(item: dict[str, Any]) -> ToolCall | None:
    """The call that the client has to run in this item, of a request or of a reply."""
    kind, call_id = text_at(item, "type"), item.get("call_id")
    if kind not in _ARGUMENTS or not isinstance(call_id, str):
        return None
    said = item.get(_ARGUMENTS[kind])
    if kind not in _NAMED:
        return ToolCall(call_id, kind.removesuffix("_call"), canonical(said))
    if not isinstance(item.get("name"), str):
        return None
    is_text = kind == "custom_tool_call"
    arguments = canonical({"input": said}) if is_text else canonical_arguments(said)
    return ToolCall(call_id, item["name"], arguments)


def _read_result(reading: Reading, path: Path, item: dict[str, Any]) -> None:
    call = reading.call_answered(item.get("call_id")) or reading.call_answered(item.get("id"))
    output = item.get("output")
    path = (*path, "output")
    if isinstance(output, str):
        reading.answer(path, output, call)
    elif isinstance(output, list):
        for index, piece in enumerate(output):
            _read_piece(reading, (*path, index), piece, call)
    else:
        reading.use_tools()
        reading.keep(path[:-1], "tool", item, call)


def _read_piece(reading: Reading, path: Path, piece: Any, call: ToolCall | None) -> None:
    text = _text_of_part(reading, piece)
    if text is not None:
        reading.answer((*path, "text"), text, call)
        return
    streams = _shell_streams(piece)
    for name, text in streams:
        reading.answer((*path, name), text, call)
    if not streams:
        reading.use_tools()
        reading.keep(path, "tool", piece, call)


def _shell_streams(piece: Any) -> list[tuple[str, str]]:
    """What a shell command wrote, if this is how a `shell_call_output` says it."""
    if not isinstance(piece, dict) or "type" in piece:
        return []
    streams = [(name, piece.get(name)) for name in ("stdout", "stderr")]
    return [(name, text) for name, text in streams if isinstance(text, str)]


def said_in(event: dict[str, Any]) -> Iterator[ReplyEvent]:
    """What an event of a stream completes; unknown events complete nothing."""
    kind = event.get("type")
    if kind == "response.output_item.done":
        yield from _made(member(event, "item"))
    elif isinstance(kind, str) and kind in _SPOKEN:
        text = text_at(event, "delta")
        if text:
            yield TextSaid(text)
    elif isinstance(kind, str) and kind in _LAST:
        yield from _ending(member(event, "response"))


def _whole_reply(reply: dict[str, Any]) -> Iterator[ReplyEvent]:
    for item in objects(reply.get("output")):
        yield from _made(item)
        for part in (*objects(item.get("summary")), *objects(item.get("content"))):
            text = text_at(part, "text") or text_at(part, "refusal")
            if text:
                yield TextSaid(text)
    yield from _ending(reply)


def _made(item: dict[str, Any]) -> Iterator[ReplyEvent]:
    call = _call_in(item)
    if call is None or item.get("status") == "incomplete":
        return
    arguments = call.arguments
    if item.get("type") == "function_call":
        arguments = text_at(item, "arguments") or "{}"
    yield CallMade(call.id, call.name, arguments)


def used(reported: Mapping[str, Any]) -> Usage:
    """Usage as Responses report it, and images, sound and Realtime with them."""
    return openai_shapes.usage(reported, "input_tokens", "input_tokens_details", "output_tokens")


def _ending(response: dict[str, Any]) -> Iterator[ReplyEvent]:
    usage = member(response, "usage")
    if usage:
        yield UsageReported(used(usage), Terms.of(response))
    status = text_at(response, "status")
    if status in _FINAL:
        yield Finished(text_at(member(response, "incomplete_details"), "reason") or status)
