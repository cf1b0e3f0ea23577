"""The `anthropic` Python SDK works through the proxy as it does without it."""

from __future__ import annotations

from collections.abc import Iterator

import anthropic
import httpx2
import pytest
from anthropic.types import MessageParam, ToolParam, ToolResultBlockParam

from tests.upstream import Call, Cut, Failure, Provider, Reply, Say, Script, Think

HELLO: list[MessageParam] = [{"role": "user", "content": "Say hello."}]

LIST_FILES: ToolParam = {
    "name": "list_files",
    "description": "List the files of a folder.",
    "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}},
}

MODEL = "claude-sonnet-5-5"


@pytest.fixture
def client(url: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=url, api_key="key", max_retries=0) as client:
        yield client


@pytest.fixture
def async_client(url: str) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(base_url=url, api_key="key", max_retries=0)


def test_a_message_comes_back_with_its_usage(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    provider.next(Script((Say("Hello."),)))

    message = client.messages.create(model=MODEL, max_tokens=64, messages=HELLO)

    assert message.content[0].type == "text"
    assert message.content[0].text == "Hello."
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0


async def test_the_asynchronous_client_works(
    async_client: anthropic.AsyncAnthropic, provider: Provider
) -> None:
    provider.next(Script((Say("Hello."),)))

    async with async_client as client:
        message = await client.messages.create(model=MODEL, max_tokens=64, messages=HELLO)

    assert message.content[0].type == "text"
    assert message.content[0].text == "Hello."


def test_a_stream_arrives_piece_by_piece_and_adds_up(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    provider.next(Script((Think("Let me see."), Say("Hello, dear world."))))

    with client.messages.stream(model=MODEL, max_tokens=64, messages=HELLO) as stream:
        pieces = list(stream.text_stream)
        message = stream.get_final_message()

    assert len(pieces) > 1
    assert "".join(pieces) == "Hello, dear world."
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.usage.output_tokens > 1


async def test_an_asynchronous_stream_adds_up(
    async_client: anthropic.AsyncAnthropic, provider: Provider
) -> None:
    provider.next(Script((Say("Hello, dear world."),)))

    async with (
        async_client as client,
        client.messages.stream(model=MODEL, max_tokens=64, messages=HELLO) as stream,
    ):
        text = await stream.get_final_text()

    assert text == "Hello, dear world."


def test_a_tool_round_trip_with_bound_thinking_is_accepted(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    provider.bind_thinking()
    provider.next(
        Script((Think("I must look."), Call("list_files", {"path": "src"}))),
        Script((Think("Two files."), Say("There are two files."))),
    )
    messages = list(HELLO)

    asked = client.messages.create(
        model=MODEL, max_tokens=64, messages=messages, tools=[LIST_FILES]
    )
    call = asked.content[1]
    assert call.type == "tool_use"
    messages.append({"role": "assistant", "content": asked.content})
    result: ToolResultBlockParam = {
        "type": "tool_result",
        "tool_use_id": call.id,
        "content": "a.py\nb.py\n" * 300,
    }
    messages.append({"role": "user", "content": [result]})
    with client.messages.stream(
        model=MODEL, max_tokens=64, messages=messages, tools=[LIST_FILES]
    ) as stream:
        answered = stream.get_final_message()
    messages.append({"role": "assistant", "content": answered.content})
    messages.append({"role": "user", "content": "Thanks. Which is larger?"})
    last = client.messages.create(model=MODEL, max_tokens=64, messages=messages, tools=[LIST_FILES])

    assert call.input == {"path": "src"}
    assert asked.stop_reason == "tool_use"
    assert answered.content[1].type == "text"
    assert last.stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, anthropic.BadRequestError),
        (401, anthropic.AuthenticationError),
        (403, anthropic.PermissionDeniedError),
        (404, anthropic.NotFoundError),
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
        (504, anthropic.GatewayTimeoutError),
        (529, anthropic.OverloadedError),
    ],
)
def test_the_providers_errors_become_the_exceptions_of_the_sdk(
    client: anthropic.Anthropic,
    provider: Provider,
    status: int,
    expected: type[anthropic.APIStatusError],
) -> None:
    provider.next(Failure(status, "As the provider said it.", retry_after="7"))

    with pytest.raises(expected, match=r"As the provider said it\.") as raised:
        client.messages.create(model=MODEL, max_tokens=64, messages=HELLO)

    assert raised.value.status_code == status
    assert raised.value.response.headers["retry-after"] == "7"
    assert raised.value.request_id == "req_000001"


def test_a_wrong_key_is_refused_by_the_provider(url: str, provider: Provider) -> None:
    with (
        anthropic.Anthropic(base_url=url, api_key="invalid", max_retries=0) as client,
        pytest.raises(anthropic.AuthenticationError, match="invalid x-api-key"),
    ):
        client.messages.create(model=MODEL, max_tokens=64, messages=HELLO)


def test_an_overloaded_provider_is_asked_again_by_the_sdk(url: str, provider: Provider) -> None:
    again = (("retry-after-ms", "1"),)
    provider.next(
        Failure(529, headers=again), Failure(429, headers=again), Script((Say("Hello."),))
    )

    with anthropic.Anthropic(base_url=url, api_key="key", max_retries=2) as client:
        message = client.messages.create(model=MODEL, max_tokens=64, messages=HELLO)

    assert message.content[0].type == "text"
    assert len(provider.received) == 3


def test_an_error_in_mid_stream_is_raised(client: anthropic.Anthropic, provider: Provider) -> None:
    provider.next(Script((Say("Hello, dear world."),), cut_after=4, error=Failure(529)))

    with (
        pytest.raises(anthropic.APIStatusError, match="Overloaded"),
        client.messages.stream(model=MODEL, max_tokens=64, messages=HELLO) as stream,
    ):
        stream.get_final_message()


def test_a_stream_that_breaks_off_looks_broken(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    provider.next(Script((Say("Hello, dear world."),), cut_after=4))

    with (
        pytest.raises((httpx2.RemoteProtocolError, anthropic.APIError)),
        client.messages.stream(model=MODEL, max_tokens=64, messages=HELLO) as stream,
    ):
        stream.get_final_message()


def test_a_reply_that_breaks_off_looks_broken(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    headers = (("content-type", "application/json"), ("content-length", "1000"))
    provider.next(Reply(200, headers, (b'{"id":"msg_1","type":', Cut())))

    with pytest.raises(anthropic.APIConnectionError):
        client.messages.create(model=MODEL, max_tokens=64, messages=HELLO)


def test_a_compressed_reply_is_understood(client: anthropic.Anthropic, provider: Provider) -> None:
    provider.next(Script((Say("Hello."),), encoding="gzip"))

    reply = client.messages.with_raw_response.create(model=MODEL, max_tokens=64, messages=HELLO)

    assert reply.headers["content-encoding"] == "gzip"
    assert reply.parse().stop_reason == "end_turn"


def test_tokens_are_counted_by_the_provider(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    count = client.messages.count_tokens(model=MODEL, messages=HELLO)

    assert count.input_tokens > 0
    assert provider.received[-1].path == "/v1/messages/count_tokens"


def test_models_are_listed(client: anthropic.Anthropic, provider: Provider) -> None:
    models = client.models.list(limit=1000)

    assert [model.id for model in models] == ["claude-opus-5-5", "claude-haiku-5-5"]


def test_beta_headers_and_queries_reach_the_provider(
    client: anthropic.Anthropic, provider: Provider
) -> None:
    client.messages.create(
        model=MODEL,
        max_tokens=64,
        messages=HELLO,
        extra_query={"beta": "true"},
        extra_headers={"anthropic-beta": "context-management-2025-06-27"},
    )

    received = provider.received[-1]
    assert received.target == b"/v1/messages?beta=true"
    assert received.header("anthropic-beta") == "context-management-2025-06-27"
    assert received.header("authorization") == "Bearer key"
