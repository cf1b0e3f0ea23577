"""The `openai` Python SDK with Headroom inside works as without, and sends less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from headroom.integrations.openai import with_headroom
from headroom.marker import TOOL, find_markers
from tests.proxy.talks import conversation, log, results, texts_of
from tests.upstream import Failure, Gate, Provider, Say, Script, running

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def url(provider: Provider) -> Iterator[str]:
    with running(provider) as url:
        yield f"{url}/v1"


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=url, api_key="key", max_retries=2) as client:
        yield client


def chat(texts: list[str], **members: Any) -> Any:
    return conversation(CHAT, texts, **members)


def test_A2_all_but_the_texts_is_what_the_client_sends_without_it(
    client: openai.OpenAI, provider: Provider
) -> None:
    client.chat.completions.create(**chat(results(6), seed=7, extra_body={"own": [1e30, "é"]}))
    with_headroom(client).chat.completions.create(
        **chat(results(6), seed=7, extra_body={"own": [1e30, "é"]})
    )

    plain, short = provider.received
    assert len(short.body) < len(plain.body) / 2
    told = {**dict(plain.headers), b"Content-Length": str(len(short.body)).encode()}
    assert list(short.headers) == list(told.items())
    assert plain.body.split(b'"messages"')[0] == short.body.split(b'"messages"')[0]
    assert plain.body.split(b'"tools"')[1] == short.body.split(b'"tools"')[1]


def test_a_request_that_needs_nothing_is_sent_byte_for_byte(
    client: openai.OpenAI, provider: Provider
) -> None:
    for one in (client, with_headroom(client)):
        one.chat.completions.create(**chat(["fine"]))

    assert provider.received[0].body == provider.received[1].body


def test_a_stream_flows_as_it_comes(client: openai.OpenAI, provider: Provider) -> None:
    gate = Gate()
    provider.next(Script((Say("Hello, dear world."),), hold_after=2, gate=gate))

    stream = with_headroom(client).chat.completions.create(**chat(results(4)), stream=True)
    first = next(iter(stream))
    gate.open()
    rest = list(stream)

    said = "".join(c.choices[0].delta.content or "" for c in [first, *rest] if c.choices)
    assert said == "Hello, dear world."


async def test_the_awaited_client_sends_the_same(url: str, provider: Provider) -> None:
    with openai.OpenAI(base_url=url, api_key="key") as waiting:
        with_headroom(waiting).chat.completions.create(**chat(results(6)))
    async with openai.AsyncOpenAI(base_url=url, api_key="key") as client:
        short = with_headroom(client)
        await short.chat.completions.create(**chat(results(6)))
        async with short.chat.completions.stream(**chat(results(6))) as stream:
            final = await stream.get_final_completion()

    assert provider.received[1].body == provider.received[0].body
    assert texts_of(CHAT, provider.received[2].body) == texts_of(CHAT, provider.received[0].body)
    assert final.choices[0].message.content == "Done."


def test_responses_become_shorter_too(client: openai.OpenAI, provider: Provider) -> None:
    short = with_headroom(client)

    reply = short.responses.create(**conversation(RESPONSES, results(6)))
    raw = short.responses.with_raw_response.create(**conversation(RESPONSES, results(6)))

    assert reply.output_text == "Done."
    assert raw.status_code == 200
    for received in provider.received:
        assert sum(map(len, texts_of(RESPONSES, received.body))) < sum(map(len, results(6))) / 2


def test_a_retry_sends_the_same_bytes(client: openai.OpenAI, provider: Provider) -> None:
    provider.next(Failure(500, "Try again.", retry_after="0"))

    with_headroom(client).chat.completions.create(**chat(results(6)))

    first, second = provider.received
    assert first.body == second.body
    assert len(first.body) < len(str(chat(results(6))))


def test_errors_come_as_the_provider_says_them(client: openai.OpenAI, provider: Provider) -> None:
    provider.next(Failure(400, "As the provider said it."))

    with pytest.raises(openai.BadRequestError, match=r"As the provider said it\."):
        with_headroom(client).chat.completions.create(**chat(results(2)))


def test_azure_s_client_works(url: str, provider: Provider) -> None:
    client = openai.AzureOpenAI(base_url=url, api_key="key", api_version="2026-01-01")
    with client, pytest.raises(openai.APIStatusError):
        # The simulated provider knows no key in Azure's header.
        with_headroom(client).chat.completions.create(**chat(results(6)))

    assert provider.received[0].header("api-key") == "key"
    assert sum(map(len, texts_of(CHAT, provider.received[0].body))) < sum(map(len, results(6))) / 2


def test_law_3_what_leaves_can_be_given_back_by_a_tool_of_the_program(
    client: openai.OpenAI, provider: Provider
) -> None:
    kept: dict[str, str] = {}
    text = "\n".join(f'{{"id": {n}, "level": "INFO", "text": "request {n}"}}' for n in range(400))
    body = chat([text])
    body["tools"].append({"type": "function", "function": {"name": TOOL, "parameters": {}}})

    with_headroom(client, originals=kept).chat.completions.create(**body)

    [short] = texts_of(CHAT, provider.received[0].body)
    assert [kept[marker.key] for marker in find_markers(short)] == [text]


def test_other_calls_are_left_alone(client: openai.OpenAI, provider: Provider) -> None:
    with_headroom(client).embeddings.create(model="m", input=log(1))

    assert provider.received[0].json()["input"] == log(1)
