"""Turns of the Responses API, played against the scripted provider as the proxy would play them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import msgspec
import openai
import pytest
from openai.types.responses import Response

from headroom.conversation import Change
from headroom.formats.openai_responses_weaver import ResponsesWeaver
from headroom.formats.turns import Turn
from headroom.marker import TOOL
from headroom.wire.document import Document
from tests.upstream import Call, Provider, Received, Script, Think
from tests.upstream.script import say

WEAVER = ResponsesWeaver()

SHELL: dict[str, Any] = {
    "type": "function",
    "name": "shell",
    "parameters": {"type": "object", "properties": {}},
    "strict": False,
}

GO: dict[str, Any] = {"type": "message", "role": "user", "content": "Go."}

NEXT: dict[str, Any] = {"type": "message", "role": "user", "content": "Go on."}

ASKS: dict[str, Any] = {"model": "gpt-6.1-sol", "stream": True, "tools": [SHELL], "input": [GO]}
"""A request of a client, streamed, that brings one tool."""


def ours(name: str = "call_ours") -> Call:
    """A call of our tool."""
    return Call(TOOL, {"hash": "0" * 24}, id=name)


def theirs(name: str = "call_theirs") -> Call:
    """A call of the client's tool."""
    return Call("shell", {"command": "ls"}, id=name)


TURNS: dict[str, tuple[Script, ...]] = {
    "a word": (say("Done."),),
    "ours alone": (say(Think("Hm."), ours()), say(Think("So."), "Done.")),
    "ours, bare": (say(ours()), say("Done.")),
    "text and ours": (say("Let me see.", ours()), say("Done.")),
    "ours before the client's": (say(Think("Hm."), ours(), theirs()),),
    "ours behind the client's": (say(Think("Hm."), theirs(), ours()),),
    "ours between the client's": (say(theirs("c1"), ours(), theirs("c2"), "Go on."),),
    "two of ours": (say(Think("Hm."), ours("o1"), ours("o2")), say("Done.")),
    "three legs": (
        say(Think("1"), ours("o1")),
        say("Look: ", Think("2"), ours("o2")),
        say(Think("3"), ours("o3"), theirs(), "End."),
    ),
    "nothing said": (say(ours("o1")), say(Think("Hm."))),
    "cut": (say("Let me see.", Think("Hm."), ours(), stop="incomplete"),),
    "cut, nothing said": (say(Think("Hm."), ours(), stop="incomplete"),),
    "cut in the second leg": (say(ours("o1")), say(Think("Hm."), ours("o2"), stop="incomplete")),
}

every_turn = pytest.mark.parametrize("scripts", TURNS.values(), ids=TURNS)
streaming_or_not = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@dataclass
class Played:
    """A turn that was played: what the client got, and what the provider was sent."""

    turn: Turn
    told: bytes = b""
    sent: list[bytes] = field(default_factory=list)
    legs: list[bytes] = field(default_factory=list)
    """What the provider said, leg by leg."""

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that the client got."""
        return events_in(self.told)

    @property
    def response(self) -> dict[str, Any]:
        """The whole response as the client has it in the end."""
        if self.told.startswith(b"{"):
            return dict(msgspec.json.decode(self.told))
        return dict(self.events[-1]["response"])


def play(provider: Provider, body: Any, *changes: Change, chunk: int = 0) -> Played:
    """The turn that answers *body*, with our tool in it; each call is answered with a text.

    *chunk* is how many bytes come at once; all by default.
    """
    document = Document.read(msgspec.json.encode(body))
    offer = WEAVER.offer(document)
    sent = document.rewrite([*changes, *((offer,) if offer else ())])
    played = Played(WEAVER.turn(document, streaming=body.get("stream", False)))
    turn = played.turn
    while True:
        played.sent.append(sent)
        played.legs.append(said_by(provider, sent))
        played.told += fed(turn, played.legs[-1], chunk=chunk)
        if turn.calls:
            turn.answer({call.id: f"text of {call.id}" for call in turn.calls})
        if not turn.goes_on:
            played.told += turn.finish()
            return played
        sent = turn.ask(sent)


def fed(turn: Turn, body: bytes, *, chunk: int = 0) -> bytes:
    """What the client gets of one leg."""
    size = chunk or len(body) or 1
    chunks = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join([*(turn.feed(each) for each in chunks), turn.end_leg()])


def said_by(provider: Provider, sent: bytes) -> bytes:
    """What the provider says to this body, which it takes."""
    headers = ((b"authorization", b"Bearer key"),)
    reply = provider(Received("POST", b"/v1/responses", headers, sent))
    assert reply.status == 200, reply.body
    return reply.body


def scripted(*scripts: Script) -> Provider:
    """A provider that says these, one after the other."""
    provider = Provider()
    provider.next(*scripts)
    return provider


def events_in(stream: bytes) -> list[dict[str, Any]]:
    """The events of a stream; each names its type twice."""
    events = []
    for frame in stream.decode().split("\n\n")[:-1]:
        name, data = frame.split("\n", 1)
        events.append(msgspec.json.decode(data.removeprefix("data: ")))
        assert name == f"event: {events[-1]['type']}"
    return events


def without(names: Iterable[str], items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """These items without the members of these names."""
    left_out = set(names)
    return [{k: v for k, v in item.items() if k not in left_out} for item in items]


def as_the_sdk_sees(stream: bytes) -> Response:
    """The response in the SDK's last event; it raises when the events do not fit."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=stream)

    transport = httpx2.MockTransport(answer)
    with (
        openai.OpenAI(
            base_url="http://provider/v1",
            api_key="key",
            http_client=httpx2.Client(transport=transport),
        ) as client,
        client.responses.stream(model="gpt-6.1-sol", input="Go.") as events,
    ):
        *_, last = events
    assert last.type in ("response.completed", "response.incomplete")
    return last.response


def outputs_for(items: list[Any]) -> list[Any]:
    """What the client's tools say to the calls among these items."""
    calls = [item["call_id"] for item in items if item["type"] == "function_call"]
    return [{"type": "function_call_output", "call_id": call, "output": "a.py"} for call in calls]


def next_request(played: Played, *, keeping: Callable[[Any], Any] = lambda item: item) -> list[Any]:
    """The items that a client sends after this turn; *keeping* makes of each what is kept."""
    output = [keeping(item) for item in played.response["output"]]
    kept = [item for item in output if item]
    return [GO, *kept, *outputs_for(kept), NEXT]


def assert_taken(provider: Provider, items: list[Any], **more: Any) -> None:
    """Send these items; the provider must take them."""
    body = {**ASKS, "stream": False, "input": items, **more}
    said_by(provider, msgspec.json.encode(body))
