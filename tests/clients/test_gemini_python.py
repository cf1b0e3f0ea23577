"""The `google-genai` Python SDK works through the proxy as it does without it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from tests.proxy.talks import results
from tests.upstream import Call, Failure, Provider, Say, Script, Think
from tests.upstream.memory import canonical

MODEL = "gemini-2.5-pro"
DECLARED = types.FunctionDeclaration(
    name="run_shell",
    parameters=types.Schema(
        type=types.Type.OBJECT, properties={"command": types.Schema(type=types.Type.STRING)}
    ),
)
CONFIG = types.GenerateContentConfig(
    tools=[types.Tool(function_declarations=[DECLARED])],
    system_instruction="You are careful.",
    automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
)
TURNS = 20

either = pytest.mark.parametrize("streaming", [True, False], ids=["streamed", "whole"])


def client_at(url: str) -> genai.Client:
    return genai.Client(api_key="key", http_options=types.HttpOptions(base_url=url))


@pytest.fixture
def client(url: str) -> Iterator[genai.Client]:
    client = client_at(url)
    yield client
    client.close()


def test_a_reply_comes_back_with_its_usage(client: genai.Client, provider: Provider) -> None:
    provider.next(Script((Say("Hello."),)))

    reply = client.models.generate_content(model=MODEL, contents="Say hello.")

    assert reply.text == "Hello."
    assert reply.usage_metadata is not None
    assert (reply.usage_metadata.prompt_token_count or 0) > 0


def test_a_stream_comes_piece_by_piece(client: genai.Client, provider: Provider) -> None:
    provider.next(Script((Think("Hm."), Say("Hello, dear world."))))

    pieces = list(client.models.generate_content_stream(model=MODEL, contents="Say hello."))

    assert len(pieces) > 2
    assert "".join(piece.text or "" for piece in pieces) == "Hello, dear world."


async def test_the_asynchronous_client_works(url: str, provider: Provider) -> None:
    provider.next(Script((Say("Hello."),)))

    async with client_at(url).aio as client:
        reply = await client.models.generate_content(model=MODEL, contents="Say hello.")

    assert reply.text == "Hello."


def test_tokens_are_counted(client: genai.Client, provider: Provider) -> None:
    del provider

    told = client.models.count_tokens(model=MODEL, contents="Say hello.")

    assert (told.total_tokens or 0) > 0


def test_an_error_is_the_providers_own(client: genai.Client, provider: Provider) -> None:
    provider.next(Failure(429, "Resource has been exhausted."))

    with pytest.raises(errors.ClientError, match="Resource has been exhausted") as told:
        client.models.generate_content(model=MODEL, contents="Say hello.")

    assert told.value.code == 429
    assert told.value.status == "RESOURCE_EXHAUSTED"


def talk(url: str, provider: Provider, *, streaming: bool) -> list[Any]:
    """A chat in which each turn calls a tool; the bodies that the provider got."""
    texts = results(TURNS)
    for number in range(TURNS):
        call = Call("run_shell", {"command": f"deploy {number}"})
        provider.next(Script((Say(f"Step {number}. "), call)))
    provider.next(Script((Say("It is done."),)))
    client = client_at(url)
    chat = client.chats.create(model=MODEL, config=CONFIG)
    said: Any = "Please find out why the nightly job is slow."
    for text in [*texts, None]:
        last = _asked(chat, said, streaming=streaming)
        if text is not None:
            assert last is not None
            response = types.FunctionResponse(
                id=last.id, name="run_shell", response={"output": text}
            )
            said = types.Part(function_response=response)
    client.close()
    return [received.json() for received in provider.received]


def _asked(chat: Any, said: Any, *, streaming: bool) -> types.FunctionCall | None:
    replies = chat.send_message_stream(said) if streaming else [chat.send_message(said)]
    calls = [call for reply in replies for call in reply.function_calls or ()]
    return calls[-1] if calls else None


@either
def test_a_conversation_of_20_turns_is_shorter_and_each_turn_begins_the_next(
    direct: str, proxied: str, provider: Provider, streaming: bool
) -> None:
    without = talk(direct, provider, streaming=streaming)
    provider.received.clear()
    through = talk(proxied, provider, streaming=streaming)

    assert len(through) == len(without) == TURNS + 1
    for before, after in pairwise(through):
        assert after["contents"][: len(before["contents"])] == before["contents"]
        assert (after["tools"], after["systemInstruction"]) == (
            before["tools"],
            before["systemInstruction"],
        )
    assert sum(map(len, map(canonical, through))) < 0.7 * sum(map(len, map(canonical, without)))
    # What is said, called and signed is as it was.
    assert _model_said(through[-1]) == _model_said(without[-1])


def _model_said(body: Any) -> list[Any]:
    parts = [p for c in body["contents"] if c["role"] == "model" for p in c["parts"]]
    return [(p.get("text"), (p.get("functionCall") or {}).get("args")) for p in parts]
