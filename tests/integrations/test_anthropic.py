"""The `anthropic` Python SDK with Headroom inside works as without, and sends less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from headroom.integrations.anthropic import with_headroom
from tests.proxy.talks import conversation, log, messages_of, results, texts_of
from tests.upstream import Call, Failure, Provider, Say, Script, Think, running

ROUTE = "/v1/messages"


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def url(provider: Provider) -> Iterator[str]:
    with running(provider) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=url, api_key="key", max_retries=2) as client:
        yield client


def talk(texts: list[str], **members: Any) -> Any:
    return conversation(ROUTE, texts, **members)


def is_short(body: bytes) -> bool:
    """Whether the results in it are less than half of what tools said."""
    return sum(map(len, texts_of(ROUTE, body))) < sum(map(len, results(6))) / 2


def test_A2_all_but_the_texts_is_what_the_client_sends_without_it(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    for one in (client, with_headroom(client)):
        one.beta.messages.create(**talk(results(6)), betas=["own-2026-01-01"])

    plain, short = provider.received
    assert is_short(short.body)
    told = {**dict(plain.headers), b"Content-Length": str(len(short.body)).encode()}
    assert list(short.headers) == list(told.items())
    assert {**plain.json(), "messages": 0} == {**short.json(), "messages": 0}


def test_a_request_that_needs_nothing_is_sent_byte_for_byte(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    for one in (client, with_headroom(client)):
        one.messages.create(**talk(["fine"]))

    assert provider.received[0].body == provider.received[1].body


def test_a_stream_comes_whole(client: anthropic.Anthropic, provider: Provider) -> None:
    provider.next(Script((Think("Hm."), Say("Hello, dear world."), Call("Bash"))))

    with with_headroom(client).messages.stream(**talk(results(6))) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()

    assert "".join(pieces) == "Hello, dear world."
    assert [block.type for block in final.content] == ["thinking", "text", "tool_use"]
    assert is_short(provider.received[0].body)


async def test_the_awaited_client_sends_the_same(url: str, provider: Provider) -> None:
    with anthropic.Anthropic(base_url=url, api_key="key") as waiting:
        with_headroom(waiting).messages.create(**talk(results(6)))
    async with anthropic.AsyncAnthropic(base_url=url, api_key="key") as client:
        await with_headroom(client).messages.create(**talk(results(6)))

    assert provider.received[0].body == provider.received[1].body


def test_law_2_bound_thinking_stays_valid_turn_after_turn(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    provider.bind_thinking()
    short = with_headroom(client)
    body = talk([])
    for number in range(4):
        call = Call("Bash", {"command": f"run {number}"})
        provider.next(Script((Think(f"Step {number}."), call)))
        reply = short.messages.create(**body)
        result = {"type": "tool_result", "tool_use_id": reply.content[1].id, "content": log(number)}
        # As people do it: the reply's blocks are put into the history as they are.
        body["messages"] += [
            {"role": "assistant", "content": reply.content},
            {"role": "user", "content": [result]},
        ]

    assert len(messages_of(provider.received[3].body)) == 7
    assert len(provider.received[3].body) < 4 * len(log(1))


def test_a_retry_sends_the_same_bytes(client: anthropic.Anthropic, provider: Provider) -> None:
    provider.next(Failure(529, "Overloaded.", retry_after="0"))

    with_headroom(client).messages.create(**talk(results(6)))

    assert provider.received[0].body == provider.received[1].body


def test_tokens_are_counted_of_what_would_be_sent(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    body = talk(results(6))
    del body["max_tokens"]

    counted = [one.messages.count_tokens(**body) for one in (client, with_headroom(client))]

    assert counted[1].input_tokens < counted[0].input_tokens


def test_bedrock_signs_what_is_sent() -> None:
    sent: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(400, json={"message": "no"})

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    signed: list[bytes] = []

    class Signing(anthropic.AnthropicBedrock):
        """One that notes what it would sign: signing itself needs boto3, which is not here."""

        def _prepare_request(self, request: httpx2.Request) -> None:
            signed.append(request.read())

    client = Signing(http_client=http, max_retries=0, aws_region="us-east-1")
    with pytest.raises(anthropic.BadRequestError):
        with_headroom(client).messages.create(**talk(results(6)))

    assert [request.read() for request in sent] == signed
    assert is_short(signed[0])


def test_what_is_no_client_is_refused() -> None:
    with pytest.raises(TypeError, match="Anthropic or AsyncAnthropic, not str"):
        with_headroom("claude")
