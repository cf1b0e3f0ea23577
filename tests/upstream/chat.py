"""The dialect of `/v1/chat/completions`: requests judged, scripts turned into replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tests.upstream.memory import Memory, PromptUsage, Segment, canonical
from tests.upstream.openai import CREATED, error_of, headers_of
from tests.upstream.script import Failure, Say, Script, Think, pieces_of
from tests.upstream.validate import chat_problem
from tests.upstream.wire import Reply

Json = Mapping[str, Any]


def completion(body: Json, script: Script, memory: Memory) -> Reply | Failure:
    """The reply of `/v1/chat/completions`, streamed when the request says so."""
    problem = chat_problem(body)
    if problem is not None:
        return problem
    message = _message(script, memory)
    prompt = memory.bill_automatic(segments_of(body))
    head = {
        "id": memory.new_id("chatcmpl-"),
        "created": CREATED,
        "model": body["model"],
        "service_tier": "default",
        "system_fingerprint": "fp_simulated",
    }
    finish = script.stop or ("tool_calls" if script.calls else "stop")
    usage = _usage(prompt, memory.count(canonical(message)), script)
    headers = (*headers_of(memory), *script.headers)
    if body.get("stream"):
        wanted = bool((body.get("stream_options") or {}).get("include_usage"))
        chunks = _Chunks(head, include_usage=wanted)
        return script.stream(chunks.all(message, finish, usage, script), headers)
    whole = {
        **head,
        "object": "chat.completion",
        "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": finish},
        ],
        "usage": usage,
    }
    return script.whole(msgspec.json.encode(whole), headers)


def segments_of(body: Json) -> list[Segment]:
    """The prompt in the order in which it is cached: tools, then messages."""
    tools = [Segment(canonical(tool)) for tool in body.get("tools") or ()]
    return [*tools, *(Segment(canonical(message)) for message in body["messages"])]


def _message(script: Script, memory: Memory) -> dict[str, Any]:
    said = "".join(part.text for part in script.parts if isinstance(part, Say))
    message: dict[str, Any] = {
        "role": "assistant",
        "content": said or None,
        "refusal": None,
        "annotations": [],
    }
    if script.calls:
        message["tool_calls"] = [
            {
                "id": call.id or memory.new_id("call_"),
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": msgspec.json.encode(call.arguments).decode(),
                },
            }
            for call in script.calls
        ]
    return message


def _usage(prompt: PromptUsage, written: int, script: Script) -> dict[str, Any]:
    reasoning = sum(len(part.text) // 4 for part in script.parts if isinstance(part, Think))
    return {
        "prompt_tokens": prompt.total,
        "completion_tokens": written + reasoning,
        "total_tokens": prompt.total + written + reasoning,
        "prompt_tokens_details": {"cached_tokens": prompt.read, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


class _Chunks:
    """Writes the chunks of one stream."""

    def __init__(self, head: dict[str, Any], *, include_usage: bool) -> None:
        self._head = {**head, "object": "chat.completion.chunk"}
        self._include_usage = include_usage

    def all(
        self, message: dict[str, Any], finish: str, usage: dict[str, Any], script: Script
    ) -> tuple[bytes, ...]:
        """Every chunk up to `[DONE]`, or up to the script's error."""
        opening = {"role": "assistant", "content": "", "refusal": None}
        chunks = [self._delta({**opening, "content": "" if message["content"] else None})]
        if message["content"]:
            chunks += [self._delta({"content": p}) for p in _split(message["content"], script)]
        for index, call in enumerate(message.get("tool_calls", ())):
            chunks += self._call(index, call, script)
        chunks.append(self._delta({}, finish))
        if self._include_usage:
            chunks.append(self._chunk([], usage))
        if script.error is not None:
            error = msgspec.json.encode({"error": error_of(script.error)})
            return (*chunks[: script.cut_after], b"data: %s\n\n" % error)
        return (*chunks, b"data: [DONE]\n\n")

    def _call(self, index: int, call: dict[str, Any], script: Script) -> list[bytes]:
        function = call["function"]
        opened = {**call, "index": index, "function": {**function, "arguments": ""}}
        pieces = _split(function["arguments"], script)
        return [
            self._delta({"tool_calls": [opened]}),
            *(
                self._delta({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
                for piece in pieces
            ),
        ]

    def _delta(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self._chunk([choice], None)

    def _chunk(self, choices: list[Any], usage: dict[str, Any] | None) -> bytes:
        value = {**self._head, "choices": choices}
        if self._include_usage:
            value["usage"] = usage
        return b"data: %s\n\n" % msgspec.json.encode(value)


def _split(text: str, script: Script) -> tuple[str, ...]:
    return pieces_of(text, script.piece)
