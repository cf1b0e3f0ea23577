"""The turns on the page about hidden legs are such as providers and clients take."""

from __future__ import annotations

from typing import Any

import anthropic as sdk
import httpx2
import msgspec
import pytest

from headroom.marker import TOOL
from headroom.wire.document import Document
from scripts.hidden_legs import anthropic, chat, responses
from scripts.hidden_legs.play import Example, encode, offered, play, put_back
from tests.formats.chat_turns import message_in
from tests.formats.responses_turns import as_the_sdk_sees
from tests.upstream.memory import Memory
from tests.upstream.validate import anthropic_problem, chat_problem, responses_problem

EXAMPLES = {
    "anthropic": anthropic.EXAMPLE,
    "beside": anthropic.BESIDE,
    "chat": chat.EXAMPLE,
    "responses": responses.EXAMPLE,
}

every = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


def problem(example: Example, body: bytes) -> object:
    """What the provider would refuse in this body."""
    value = msgspec.json.decode(body)
    if example.format.name == "anthropic":
        return anthropic_problem(value, Memory())
    if example.format.name == "openai_chat":
        return chat_problem(value)
    return responses_problem(value, Memory())


def later(example: Example) -> tuple[bytes, bytes]:
    """The request after the turn: as the client sends it, and as it goes on."""
    *_, keep = play(example).kept
    echoed = msgspec.json.decode(keep.echoed)
    came = Document.read(encode(example.next_request(example.request, echoed)))
    return came.body, put_back(example, came, keep)


def history(body: bytes) -> list[Any]:
    """The messages, or items, of a request."""
    value = msgspec.json.decode(body)
    return list(value.get("messages") or value["input"])


def message_of_anthropic(stream: bytes) -> Any:
    """The message that the SDK makes of a stream."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=stream)

    transport = httpx2.MockTransport(answer)
    with (
        sdk.Anthropic(api_key="key", http_client=httpx2.Client(transport=transport)) as client,
        client.messages.stream(
            model="claude-opus-5-5", max_tokens=1, messages=[{"role": "user", "content": "Go."}]
        ) as reply,
    ):
        return reply.get_final_message()


@every
def test_what_is_sent_is_what_the_provider_takes(example: Example) -> None:
    played = play(example)

    came, sent = later(example)

    assert [problem(example, body) for body in (*played.sent, came, sent)] == [None] * (
        len(played.sent) + 2
    )


@every
def test_the_client_sees_nothing_of_our_tool(example: Example) -> None:
    assert TOOL.encode() not in play(example).reply


@pytest.mark.parametrize("name", ["anthropic", "chat", "responses"])
def test_the_next_request_begins_as_the_second_leg_was_asked_for(name: str) -> None:
    asked = history(play(EXAMPLES[name]).sent[-1])

    _, sent = later(EXAMPLES[name])

    assert history(sent)[: len(asked)] == asked


@every
def test_the_request_after_the_turn_keeps_what_was_sent_before(example: Example) -> None:
    first = offered(example.format, Document.read(encode(example.request)))

    _, sent = later(example)

    assert history(sent)[: example.place] == history(first)


def test_the_sdk_of_anthropic_reads_the_turn_that_the_client_sends_back() -> None:
    message = message_of_anthropic(play(anthropic.EXAMPLE).reply)

    said = history(later(anthropic.EXAMPLE)[0])[anthropic.EXAMPLE.place]
    told = [block.to_dict() for block in message.content]
    assert [{**block, **own} for block, own in zip(told, said["content"], strict=True)] == told
    assert message.usage.output_tokens == 109
    assert message.usage.input_tokens == 1049


def test_the_sdk_of_openai_reads_the_chat_turn_that_the_client_sends_back() -> None:
    message = message_in(play(chat.EXAMPLE).reply)

    assert message == history(later(chat.EXAMPLE)[0])[chat.EXAMPLE.place]


def test_the_sdk_of_openai_reads_the_items_that_the_client_sends_back() -> None:
    response = as_the_sdk_sees(play(responses.EXAMPLE).reply)

    said = history(later(responses.EXAMPLE)[0])[responses.EXAMPLE.place : -1]
    told = [item.to_dict() for item in response.output]
    assert [{**item, **own} for item, own in zip(told, said, strict=True)] == told
