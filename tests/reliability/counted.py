"""A provider that notes what it has reported for each call, and random calls to it.

Every call has a number; it stands in the text of the request, which the provider reads, and in a
header of ours, which becomes a tag of the record: so both sides of the books can be compared.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from typing import Any

from headroom.outcome import Usage
from tests.proxy.house import post
from tests.proxy.talks import table
from tests.upstream.wire import Cut, Received, Reply, json_reply

MODELS = ("claude-opus-4-7", "claude-haiku-4-5", "made-up <b>model</b>\\n")
KINDS = (
    *("whole", "streamed", "chat", "chat_streamed", "chat_silent"),
    *("overloaded", "cut", "bypassed", "again", "malformed"),
)
"""`chat_silent` reports no usage; `again` asks what was asked before and may be repeated."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call."""

    number: int
    kind: str
    model: str
    rows: int

    @property
    def request(self) -> bytes:
        """Its bytes."""
        path, body = self._chat() if "chat" in self.kind else self._messages()
        headers = [b"x-headroom-run: %d" % self.number, b"x-api-key: key-%d" % (self.number % 3)]
        if self.kind == "bypassed":
            headers.append(b"x-headroom-bypass: true")
        if self.kind != "again":
            headers.append(b"cache-control: no-store")
        text = json.dumps(body).encode()
        return post(path, text[:-1] if self.kind == "malformed" else text, *headers)

    def _messages(self) -> tuple[bytes, dict[str, Any]]:
        asks = f"kind <{self.kind}> call <{0 if self.kind == 'again' else self.number}>"
        messages: list[dict[str, Any]] = [{"role": "user", "content": asks}]
        if self.rows:
            call = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}}
            result = {
                "type": "tool_result",
                "tool_use_id": "toolu_1",
                "content": table(self.number, self.rows),
            }
            messages += [
                {"role": "assistant", "content": [call]},
                {"role": "user", "content": [result]},
            ]
        body = {"model": self.model, "max_tokens": 100, "messages": messages}
        return b"/v1/messages", {**body, "stream": self.kind in ("streamed", "cut")}

    def _chat(self) -> tuple[bytes, dict[str, Any]]:
        asks = f"kind <{self.kind}> call <{self.number}>"
        body: dict[str, Any] = {
            "model": "gpt-5.5",
            "messages": [{"role": "user", "content": asks}],
            "stream": self.kind != "chat",
        }
        if self.kind == "chat_streamed":
            body["stream_options"] = {"include_usage": True}
        return b"/v1/chat/completions", body


def calls(chance: random.Random, first: int, count: int) -> list[Asked]:
    """Random calls, numbered from *first* on."""
    return [
        Asked(
            number,
            chance.choice(KINDS),
            chance.choice(MODELS),
            chance.choice((0, 0, 12, 60)),
        )
        for number in range(first, first + count)
    ]


@dataclass
class Books:
    """The provider: what it reported, by the number of the call."""

    chance: random.Random
    reported: dict[int, Usage] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)

    def __call__(self, received: Received) -> Reply:
        found = re.search(rb"kind <(\w+)> call <(\d+)>", received.body)
        assert found is not None, received
        kind, number = found[1].decode(), int(found[2])
        if kind == "malformed":
            return _error(400)
        if kind == "overloaded":
            return _error(529)
        read, written = self.chance.randrange(0, 5_000), self.chance.randrange(0, 500)
        used = Usage(
            self.chance.randrange(1, 900) + read + written,
            self.chance.randrange(1, 100),
            cache_read_tokens=read,
            cache_write_5m_tokens=written,
        )
        if kind == "chat_silent":
            self.silent.add(number)
        else:
            self.reported[number] = used
        return _chat(kind, used) if "chat" in kind else _message(kind, used)


def _error(status: int) -> Reply:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "not now"}}
    return json_reply(error, status)


def _message(kind: str, used: Usage) -> Reply:
    usage = {
        "input_tokens": used.uncached_tokens,
        "cache_read_input_tokens": used.cache_read_tokens,
        "cache_creation_input_tokens": used.cache_write_5m_tokens,
        "output_tokens": used.output_tokens,
    }
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-4-7",
        "content": [{"type": "text", "text": "Done."}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }
    if kind not in ("streamed", "cut"):
        return json_reply(message)
    begun = {**message, "content": [], "stop_reason": None}
    start = {"type": "content_block_start", "index": 0}
    delta = {"type": "content_block_delta", "index": 0}
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": begun},
        {**start, "content_block": {"type": "text", "text": ""}},
        {**delta, "delta": {"type": "text_delta", "text": "Done."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": end, "usage": {"output_tokens": used.output_tokens}},
        {"type": "message_stop"},
    ]
    told = tuple(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events
    )
    head = (("content-type", "text/event-stream"),)
    if kind == "cut":
        return Reply(200, head, (*told[:4], Cut()), chunked=True)
    return Reply(200, head, told, chunked=True)


def _chat(kind: str, used: Usage) -> Reply:
    usage = {
        "prompt_tokens": used.input_tokens,
        "completion_tokens": used.output_tokens,
        "total_tokens": used.input_tokens + used.output_tokens,
        "prompt_tokens_details": {"cached_tokens": used.cache_read_tokens},
    }
    shared = {"id": "chatcmpl-1", "created": 1, "model": "gpt-5.5"}
    if kind == "chat":
        said = {"role": "assistant", "content": "Done."}
        choice = {"index": 0, "message": said, "finish_reason": "stop"}
        whole = {**shared, "object": "chat.completion", "choices": [choice], "usage": usage}
        return json_reply(whole)
    chunk = {**shared, "object": "chat.completion.chunk"}
    delta = {"index": 0, "delta": {"role": "assistant", "content": "Done."}}
    chunks: list[dict[str, Any]] = [
        {**chunk, "choices": [{**delta, "finish_reason": None}]},
        {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    if kind == "chat_streamed":
        chunks.append({**chunk, "choices": [], "usage": usage})
    told = [f"data: {json.dumps(one)}\n\n".encode() for one in chunks]
    head = (("content-type", "text/event-stream"),)
    return Reply(200, head, (*told, b"data: [DONE]\n\n"), chunked=True)
