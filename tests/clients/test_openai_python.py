"""The `openai` Python SDK works through the proxy as it does without it."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest
from openai.types.chat import (
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageParam,
)
from openai.types.responses import FunctionToolParam, ResponseInputParam

from tests.upstream import Call, Failure, Provider, Say, Script, Think

MODEL = "gpt-6.1-sol"

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Say hello."}]

LIST_FILES: ChatCompletionFunctionToolParam = {
    "type": "function",
    "function": {
        "name": "list_files",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
    },
}

LIST_FILES_FLAT: FunctionToolParam = {
    "type": "function",
    "name": "list_files",
    "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
    "strict": False,
}


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="key", max_retries=0) as client:
        yield client


@pytest.fixture
def async_client(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="key", max_retries=0)


def test_a_completion_comes_back_with_its_usage(client: openai.OpenAI, provider: Provider) -> None:
    provider.next(Script((Say("Hello."),)))

    completion = client.chat.completions.create(model=MODEL, messages=HELLO)

    assert completion.choices[0].message.content == "Hello."
    assert completion.usage is not None
    assert completion.usage.prompt_tokens > 0


async def test_the_asynchronous_client_works(
    async_client: openai.AsyncOpenAI, provider: Provider
) -> None:
    provider.next(Script((Say("Hello."),)))

    async with async_client as client:
        completion = await client.chat.completions.create(model=MODEL, messages=HELLO)

    assert completion.choices[0].message.content == "Hello."


def test_the_address_without_v1_works_too(url: str, provider: Provider) -> None:
    with openai.OpenAI(base_url=url, api_key="key", max_retries=0) as client:
        completion = client.chat.completions.create(model=MODEL, messages=HELLO)

    assert completion.choices[0].message.content == "Done."


def test_a_stream_ends_with_usage_when_asked_for(client: openai.OpenAI, provider: Provider) -> None:
    provider.next(Script((Say("Hello, dear world."),)))

    stream = client.chat.completions.create(
        model=MODEL, messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)

    said = [c.choices[0].delta.content or "" for c in chunks if c.choices]
    assert "".join(said) == "Hello, dear world."
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_a_stream_has_no_usage_when_not_asked_for(
    client: openai.OpenAI, provider: Provider
) -> None:
    chunks = list(client.chat.completions.create(model=MODEL, messages=HELLO, stream=True))

    assert all(chunk.usage is None for chunk in chunks)
    assert all(chunk.choices for chunk in chunks)


async def test_an_asynchronous_stream_adds_up(
    async_client: openai.AsyncOpenAI, provider: Provider
) -> None:
    provider.next(Script((Say("Hello, dear world."),)))

    async with async_client as client:
        stream = await client.chat.completions.create(model=MODEL, messages=HELLO, stream=True)
        said = [chunk.choices[0].delta.content or "" async for chunk in stream]

    assert "".join(said) == "Hello, dear world."


def test_a_tool_round_trip_is_accepted(client: openai.OpenAI, provider: Provider) -> None:
    provider.next(
        Script((Call("list_files", {"path": "a"}), Call("list_files", {"path": "b"}))),
        Script((Say("There are two files."),)),
    )
    messages = list(HELLO)

    with client.chat.completions.stream(
        model=MODEL, messages=messages, tools=[LIST_FILES]
    ) as stream:
        asked = stream.get_final_completion().choices[0].message
    assert asked.tool_calls is not None
    messages.append(asked.model_dump(exclude_none=True))  # type: ignore[arg-type]  # a dict
    messages.extend(
        {"role": "tool", "tool_call_id": call.id, "content": "a.py\nb.py\n" * 300}
        for call in asked.tool_calls
    )
    answered = client.chat.completions.create(model=MODEL, messages=messages, tools=[LIST_FILES])

    assert [call.function.arguments for call in asked.tool_calls] == [
        '{"path":"a"}',
        '{"path":"b"}',
    ]
    assert answered.choices[0].message.content == "There are two files."


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_the_providers_errors_become_the_exceptions_of_the_sdk(
    client: openai.OpenAI,
    provider: Provider,
    status: int,
    expected: type[openai.APIStatusError],
) -> None:
    provider.next(Failure(status, "As the provider said it.", code="a_code", retry_after="7"))

    with pytest.raises(expected, match=r"As the provider said it\.") as raised:
        client.chat.completions.create(model=MODEL, messages=HELLO)

    assert raised.value.status_code == status
    assert raised.value.code == "a_code"
    assert raised.value.response.headers["retry-after"] == "7"
    assert raised.value.request_id == "req_000001"


def test_a_rate_limited_call_is_asked_again_by_the_sdk(url: str, provider: Provider) -> None:
    again = (("retry-after-ms", "1"),)
    provider.next(Failure(429, headers=again), Failure(500, headers=again))

    with openai.OpenAI(base_url=f"{url}/v1", api_key="key", max_retries=2) as client:
        completion = client.chat.completions.create(model=MODEL, messages=HELLO)

    assert completion.choices[0].message.content == "Done."
    assert len(provider.received) == 3


def test_an_error_in_mid_stream_is_raised(client: openai.OpenAI, provider: Provider) -> None:
    provider.next(Script((Say("Hello, dear world."),), cut_after=2, error=Failure(500)))

    stream = client.chat.completions.create(model=MODEL, messages=HELLO, stream=True)

    with pytest.raises(openai.APIError, match="The server had an error"):
        list(stream)


def test_a_stream_that_breaks_off_looks_broken(client: openai.OpenAI, provider: Provider) -> None:
    provider.next(Script((Say("Hello, dear world."),), cut_after=2))

    stream = client.chat.completions.create(model=MODEL, messages=HELLO, stream=True)

    with pytest.raises(openai.APIError):
        list(stream)


def test_a_response_comes_back_and_can_be_continued(
    client: openai.OpenAI, provider: Provider
) -> None:
    provider.next(
        Script((Think("I must look."), Call("list_files", {"path": "src"}))),
        Script((Say("There are two files."),)),
    )

    asked = client.responses.create(model=MODEL, input="Look.", tools=[LIST_FILES_FLAT])
    call = asked.output[-1]
    assert call.type == "function_call"
    output = "a.py\nb.py\n" * 300
    answered = client.responses.create(
        model=MODEL,
        previous_response_id=asked.id,
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": output}],
        tools=[LIST_FILES_FLAT],
    )

    assert asked.output[0].type == "reasoning"
    assert answered.output_text == "There are two files."
    assert answered.previous_response_id == asked.id


def test_a_stateless_conversation_of_responses_is_accepted(
    client: openai.OpenAI, provider: Provider
) -> None:
    provider.next(
        Script((Think("I must look."), Call("list_files", {"path": "src"}))),
        Script((Say("There are two files."),)),
    )
    items: ResponseInputParam = [{"role": "user", "content": "Look."}]

    asked = client.responses.create(model=MODEL, input=items, tools=[LIST_FILES_FLAT], store=False)
    call = asked.output[-1]
    assert call.type == "function_call"
    items = [*items, *(item.to_dict() for item in asked.output)]  # type: ignore[list-item]
    output = "a.py\nb.py\n" * 300
    items.append({"type": "function_call_output", "call_id": call.call_id, "output": output})
    answered = client.responses.create(
        model=MODEL, input=items, tools=[LIST_FILES_FLAT], store=False
    )

    assert answered.output_text == "There are two files."


def test_a_stream_of_response_events_adds_up(client: openai.OpenAI, provider: Provider) -> None:
    provider.next(
        Script((Think("Hm."), Say("Hello, dear world."), Call("list_files", {"path": "src"})))
    )

    with client.responses.stream(model=MODEL, input="Look.", tools=[LIST_FILES_FLAT]) as stream:
        events = list(stream)
        response = stream.get_final_response()

    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert [item.type for item in response.output] == ["reasoning", "message", "function_call"]
    assert response.output_text == "Hello, dear world."


def test_a_lost_response_cannot_be_continued(client: openai.OpenAI, provider: Provider) -> None:
    with pytest.raises(openai.BadRequestError, match="not found") as raised:
        client.responses.create(model=MODEL, previous_response_id="resp_lost", input="Go on.")

    assert raised.value.code == "previous_response_not_found"


def test_models_are_listed(client: openai.OpenAI, provider: Provider) -> None:
    assert [model.id for model in client.models.list()] == ["gpt-6.1-sol", "gpt-5.5"]


def test_embeddings_come_back(client: openai.OpenAI, provider: Provider) -> None:
    reply = client.embeddings.create(model="text-embedding-3-small", input=["hello", "world!"])

    assert [row.embedding for row in reply.data] == [[0.625, 0.5, -0.25], [0.75, 0.5, -0.25]]
