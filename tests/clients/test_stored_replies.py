"""The Python SDKs read a stored reply as they read the provider's own."""

from __future__ import annotations

import anthropic
import openai
from anthropic.types import Message

from tests.upstream import Provider, Say, Script, Think

CLAUDE, GPT = "claude-sonnet-5-5", "gpt-6.1-sol"
SAID = (Think("Let me see."), Say("Hello, dear world — 漢字 and 🙂."))
TEXT = "Hello, dear world — 漢字 and 🙂."


def two_scripts(provider: Provider) -> None:
    """What is said first must come twice."""
    provider.next(Script(SAID, piece=3), Script((Say("Something else."),)))


def test_anthropic_messages_come_again(provider: Provider, proxied: str) -> None:
    two_scripts(provider)
    # Each a client of its own, as another process would be.
    replies = []
    for _ in range(2):
        with anthropic.Anthropic(base_url=proxied, api_key="key", max_retries=0) as client:
            replies.append(
                client.messages.with_raw_response.create(
                    model=CLAUDE, max_tokens=64, messages=[{"role": "user", "content": "Hello."}]
                )
            )

    assert [one.headers["x-headroom-cache"] for one in replies] == ["miss", "hit"]
    first, again = (one.parse() for one in replies)
    assert first == again
    assert again.content[1].type == "text"
    assert again.content[1].text == TEXT
    assert len(provider.received) == 1


def test_anthropic_streams_come_again(provider: Provider, proxied: str) -> None:
    two_scripts(provider)
    told: list[tuple[list[str], Message, str]] = []
    with anthropic.Anthropic(base_url=proxied, api_key="key", max_retries=0) as client:
        for _ in range(2):
            with client.messages.stream(
                model=CLAUDE, max_tokens=64, messages=[{"role": "user", "content": "Hello."}]
            ) as stream:
                pieces = list(stream.text_stream)
                use = stream.response.headers["x-headroom-cache"]
                told.append((pieces, stream.get_final_message(), use))

    (pieces, first, _), (pieces_again, again, _) = told
    assert [use for _, _, use in told] == ["miss", "hit"]
    assert pieces_again == pieces
    assert "".join(pieces) == TEXT
    assert again == first
    assert again.stop_reason == "end_turn"


def test_chat_completions_come_again(provider: Provider, proxied: str) -> None:
    two_scripts(provider)
    with openai.OpenAI(base_url=f"{proxied}/v1", api_key="key", max_retries=0) as client:
        replies = [
            client.chat.completions.with_raw_response.create(
                model=GPT, messages=[{"role": "user", "content": "Hello."}]
            )
            for _ in range(2)
        ]

    assert [one.headers["x-headroom-cache"] for one in replies] == ["miss", "hit"]
    assert replies[0].parse() == replies[1].parse()
    assert replies[1].parse().choices[0].message.content == TEXT


def test_streams_of_chat_come_again(provider: Provider, proxied: str) -> None:
    two_scripts(provider)
    with openai.OpenAI(base_url=f"{proxied}/v1", api_key="key", max_retries=0) as client:
        first, again = (
            list(
                client.chat.completions.create(
                    model=GPT,
                    messages=[{"role": "user", "content": "Hello."}],
                    stream=True,
                    stream_options={"include_usage": True},
                )
            )
            for _ in range(2)
        )

    assert again == first
    assert "".join(one.choices[0].delta.content or "" for one in again if one.choices) == TEXT
    assert again[-1].usage is not None
    assert len(provider.received) == 1


def test_responses_come_again_and_can_be_gone_on_from(provider: Provider, proxied: str) -> None:
    two_scripts(provider)
    with openai.OpenAI(base_url=f"{proxied}/v1", api_key="key", max_retries=0) as client:
        first, again = (client.responses.create(model=GPT, input="Hello.") for _ in range(2))
        further = client.responses.create(
            model=GPT, input="And now?", previous_response_id=again.id
        )

    assert again == first
    assert again.output_text == TEXT
    assert further.output_text == "Something else."
    assert len(provider.received) == 2


def test_streams_of_responses_come_again(provider: Provider, proxied: str) -> None:
    two_scripts(provider)
    with openai.OpenAI(base_url=f"{proxied}/v1", api_key="key", max_retries=0) as client:
        told = []
        for _ in range(2):
            with client.responses.stream(model=GPT, input="Hello.") as stream:
                events = list(stream)
                told.append((events, stream.get_final_response()))

    assert told[0] == told[1]
    assert told[1][1].output_text == TEXT
    assert len(provider.received) == 1
