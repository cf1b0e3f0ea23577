"""Turns in Anthropic's dialect, played against the scripted provider as a client would see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import anthropic
import httpx2
import msgspec
import pytest

from headroom.conversation import Change
from headroom.formats.anthropic_weaver import AnthropicWeaver
from headroom.formats.turns import Turn
from headroom.marker import TOOL
from headroom.wire.document import Document
from tests.formats.streams import anthropic_block, named
from tests.upstream import Call, Script, Think
from tests.upstream.anthropic import message
from tests.upstream.memory import Memory
from tests.upstream.script import Failure, say
from tests.upstream.validate import anthropic_problem, broken_bindings

WEAVER = AnthropicWeaver()

BASH_TOOL: dict[str, Any] = {"name": "Bash", "input_schema": {"type": "object"}}
GO: dict[str, Any] = {"role": "user", "content": "How many errors are there?"}
NEXT: dict[str, Any] = {"role": "user", "content": "And warnings?"}
ASKS: dict[str, Any] = {
    "model": "claude-opus-5-5",
    "max_tokens": 1000,
    "stream": True,
    "tools": [BASH_TOOL],
    "messages": [GO],
}
"""A request of a client, streamed, that brings one tool."""


def ours(name: str = "toolu_ours") -> Call:
    """A call of our tool."""
    return Call(TOOL, {"hash": "0123456789abcdef01234567"}, id=name)


def theirs(name: str = "toolu_bash") -> Call:
    """A call of the client's tool."""
    return Call("Bash", {"command": "ls"}, id=name)


TURNS: dict[str, tuple[Script, ...]] = {
    "a word": (say("Done."),),
    "ours alone": (say(Think("Hm."), ours()), say(Think("So."), "Done.")),
    "ours, bare": (say(ours()), say("Done.")),
    "text and ours": (say("Let me see.", ours()), say("Done.")),
    "text behind ours": (say(Think("Hm."), ours(), "Wait."), say("Done.")),
    "ours before the client's": (say(Think("Hm."), "Look:", ours(), theirs()),),
    "ours behind the client's": (say(Think("Hm."), theirs(), ours()),),
    "ours between the client's": (say(theirs("t1"), ours(), theirs("t2")),),
    "nothing but ours before the client's": (say("Hm.", ours("o1")), say(ours("o2"), theirs())),
    "two of ours": (say(Think("Hm."), ours("o1"), ours("o2")), say("Done.")),
    "ours twice, one after the other": (say("Hm.", ours("o1")), say(ours("o2")), say("Done.")),
    "three legs": (
        say(Think("1"), ours("o1")),
        say(Think("2"), "Look:", ours("o2")),
        say(Think("3"), "Ah.", ours("o3"), theirs()),
    ),
    "four legs, three unseen": (say(ours("o1")), say(ours("o2")), say(ours("o3")), say("Done.")),
    "nothing said in the end": (say("Let me see.", ours("o1")), Script(())),
    "nothing said in the end, twice": (say("Hm.", ours("o1")), say(ours("o2")), Script(())),
    "nothing said at all": (say(ours("o1")), Script(())),
    "thinking in the end": (say("Let me see.", ours("o1")), say(Think("Hm."))),
    "nothing but thinking": (say(Think("Hm."), ours("o1")), say(Think("So."))),
    "cut": (say(Think("Hm."), "Let me see.", ours(), stop="max_tokens"),),
    "cut in the second leg": (say(Think("Hm."), ours("o1")), say("See", ours(), stop="max_tokens")),
    "refused": (say("Let me see.", ours("o1")), say("I", stop="refusal")),
    "paused": (say(Think("Hm."), ours("o1")), say("Wait", stop="pause_turn")),
}

every_turn = pytest.mark.parametrize("scripts", TURNS.values(), ids=TURNS)
streaming_or_not = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@dataclass
class Played:
    """A turn that was played: what the client got, and what the provider was sent."""

    turn: Turn
    memory: Memory
    told: bytes = b""
    sent: list[bytes] = field(default_factory=list)
    legs: list[bytes] = field(default_factory=list)
    """What the provider said, leg by leg."""

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that the client got."""
        return events_in(self.told)

    @property
    def message(self) -> dict[str, Any]:
        """The reply as the client has it in the end."""
        return message_in(self.told)

    @property
    def content(self) -> list[dict[str, Any]]:
        """The blocks that a client keeps."""
        return list(self.message["content"])

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The messages that the provider was sent last."""
        return list(msgspec.json.decode(self.sent[-1])["messages"])


def play(
    body: dict[str, Any], *legs: Script | bytes, chunk: int = 0, memory: Memory | None = None
) -> Played:
    """The turn in which the provider says this, leg by leg; each call is answered with a text.

    Its replies come in chunks of *chunk* bytes, or whole.  Thinking is bound to its prefix.
    """
    document = Document.read(msgspec.json.encode(body))
    offer = WEAVER.offer(document)
    sent = document.rewrite([offer] if offer else [])
    stream = bool(body.get("stream"))
    played = Played(WEAVER.turn(document, streaming=stream), memory or Memory(), sent=[sent])
    turn = played.turn
    for number, leg in enumerate(legs):
        if number:
            assert turn.goes_on
            played.sent.append(turn.ask(played.sent[-1]))
        reply = leg if isinstance(leg, bytes) else said_by(played.memory, leg, played.sent[-1])
        played.legs.append(reply)
        played.told += fed(turn, reply, chunk=chunk)
        is_last = number == len(legs) - 1
        if turn.calls and not (turn.goes_on and is_last):
            turn.answer({call.id: f"text of {call.id}" for call in turn.calls})
    played.told += turn.finish()
    return played


def fed(turn: Turn, body: bytes, *, chunk: int = 0) -> bytes:
    """What the client gets of one leg."""
    size = chunk or len(body) or 1
    chunks = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join([*(turn.feed(each) for each in chunks), turn.end_leg()])


def said_by(memory: Memory, script: Script, sent: bytes) -> bytes:
    """What the provider says to this body, which it takes."""
    reply = message(msgspec.json.decode(sent), script, memory, bound=True)
    assert not isinstance(reply, Failure), reply.message
    return reply.body


def assert_taken(memory: Memory, messages: Sequence[Any]) -> None:
    """The provider must take these messages, with all thinking in its place."""
    offered = Document.read(msgspec.json.encode(ASKS))
    offer = WEAVER.offer(offered)
    assert offer is not None
    body = {**msgspec.json.decode(offered.rewrite([offer])), "messages": list(messages)}
    assert anthropic_problem(body, memory) is None
    assert broken_bindings(body, memory) == []
    for each in messages:
        if each["role"] == "assistant" and isinstance(each["content"], list):
            assert each["content"][-1]["type"] not in ("thinking", "redacted_thinking")


def restored(messages: Sequence[Any], at: int, turn: Turn, *more: Change) -> list[Any]:
    """These messages with the turn that begins at *at* as it was made."""
    document = Document.read(msgspec.json.encode({**ASKS, "messages": list(messages)}))
    changes = WEAVER.put_back(document, at, turn.legs) if turn.legs else ()
    return list(msgspec.json.decode(document.rewrite([*changes, *more]))["messages"])


def results_for(content: Sequence[Any]) -> list[dict[str, Any]]:
    """What the client's tools say to the calls in this content."""
    calls = [block["id"] for block in content if block["type"] == "tool_use"]
    return [{"type": "tool_result", "tool_use_id": call, "content": "a.py"} for call in calls]


def next_messages(played: Played) -> list[Any]:
    """The messages that a client sends after this turn."""
    results = results_for(played.content)
    answer = {"role": "user", "content": results} if results else NEXT
    return [GO, {"role": "assistant", "content": played.content}, answer]


def events_in(stream: bytes) -> list[dict[str, Any]]:
    """The events of a stream; each names its type twice."""
    events = []
    for frame in stream.decode().split("\n\n")[:-1]:
        name, data = frame.split("\n", 1)
        events.append(msgspec.json.decode(data.removeprefix("data: ")))
        assert name == f"event: {events[-1]['type']}"
    return events


def message_in(told: bytes) -> dict[str, Any]:
    """The message that the SDK makes of a reply; it raises when the events do not fit."""
    if told.startswith(b"{"):
        return dict(msgspec.json.decode(told))

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=told)

    transport = httpx2.MockTransport(answer)
    with (
        anthropic.Anthropic(
            base_url="http://provider",
            api_key="key",
            http_client=httpx2.Client(transport=transport),
        ) as client,
        client.messages.stream(
            model="claude-opus-5-5", max_tokens=9, messages=[{"role": "user", "content": "Go."}]
        ) as events,
    ):
        final = events.get_final_message()
    return final.to_dict(mode="json", exclude_unset=True)


def stream_of(
    *blocks: Sequence[Any],
    reason: str = "tool_use",
    name: str = "msg_1",
    started: dict[str, Any] | None = None,
    used: dict[str, Any] | None = None,
    **more: Any,
) -> bytes:
    """A stream of these blocks, written by hand; *started* and *used* are its usage."""
    begun: dict[str, Any] = {
        "id": name,
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
    }
    begun |= {"stop_reason": None, "usage": started or {"input_tokens": 1, "output_tokens": 1}}
    ended = {
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": None, **more},
    }
    if used is not None:
        ended["usage"] = used
    inner = [event for block in blocks for event in block]
    begin = {"type": "message_start", "message": begun}
    return named(begin, *inner, ended, {"type": "message_stop"})


def call_block(index: int, call: Call | None = None) -> Sequence[Any]:
    """The events of a call; of ours by default."""
    call = call or ours()
    arguments = msgspec.json.encode(call.arguments).decode()
    return anthropic_block(
        index,
        {"type": "tool_use", "id": call.id, "name": call.name, "input": {}},
        {"type": "input_json_delta", "partial_json": arguments[:7]},
        {"type": "input_json_delta", "partial_json": arguments[7:]},
    )


def text_block(index: int, text: str) -> Sequence[Any]:
    """The events of a text."""
    return anthropic_block(
        index, {"type": "text", "text": ""}, {"type": "text_delta", "text": text}
    )
