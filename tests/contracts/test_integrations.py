"""What holds for every integration: the same bytes turn after turn, and nothing lost.

Each drives the real package, against a simulated provider that tells what it was sent.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import anthropic
import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import headroom
from headroom.integrations import INTEGRATIONS
from headroom.integrations.anthropic import with_headroom as with_anthropic
from headroom.integrations.asgi import Headroom
from headroom.integrations.openai import with_headroom as with_openai
from headroom.wire.document import Document
from tests.gateways.environment import PYTHON, answering
from tests.integrations.relaying import post, relay
from tests.proxy.talks import body_of, conversation, log, messages_of, results, rows, texts_of
from tests.upstream import Provider, running

Ask = Callable[[Mapping[str, Any]], object]


@contextmanager
def openai_chat(url: str) -> Iterator[Ask]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="key", max_retries=0) as client:
        short = with_openai(client)
        yield lambda body: short.chat.completions.create(**body)


@contextmanager
def openai_responses(url: str) -> Iterator[Ask]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="key", max_retries=0) as client:
        short = with_openai(client)
        yield lambda body: short.responses.create(**body)


@contextmanager
def anthropic_messages(url: str) -> Iterator[Ask]:
    with anthropic.Anthropic(base_url=url, api_key="key", max_retries=0) as client:
        short = with_anthropic(client)
        yield lambda body: short.messages.create(**body)


@contextmanager
def langchain(url: str) -> Iterator[Ask]:
    with answering("langchain_turns", url) as send:
        yield lambda body: send({"body": body})


@contextmanager
def litellm(url: str) -> Iterator[Ask]:
    with answering("litellm_turns", url) as send:
        yield lambda body: send({"body": body})


@contextmanager
def asgi(url: str) -> Iterator[Ask]:
    app = Headroom(relay(url))
    yield lambda body: asyncio.run(post(app, "/v1/messages", body))


@dataclass(frozen=True, slots=True)
class Driver:
    """How one integration is driven, and in which dialect its provider is spoken to."""

    integration: str
    route: str
    opened: Callable[[str], AbstractContextManager[Ask]]


DRIVERS = (
    Driver("openai", "/v1/chat/completions", openai_chat),
    Driver("openai", "/v1/responses", openai_responses),
    Driver("anthropic", "/v1/messages", anthropic_messages),
    Driver("langchain", "/v1/chat/completions", langchain),
    Driver("litellm", "/v1/chat/completions", litellm),
    Driver("asgi", "/v1/messages", asgi),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A provider, and a program with Headroom inside that asks it."""

    driver: Driver
    provider: Provider
    url: str
    ask: Ask

    def sent(self, texts: list[str], **members: Any) -> bytes:
        """The body that comes to the provider after tools have said these texts."""
        begun = len(self.provider.received)
        answer = self.ask(conversation(self.driver.route, texts, **members))
        assert not (isinstance(answer, dict) and "raised" in answer), answer
        [received] = self.provider.received[begun:]
        return received.body

    def said(self, texts: list[str]) -> list[bytes]:
        """The messages in it, as bytes."""
        name = "input" if self.driver.route == "/v1/responses" else "messages"
        return [element.raw for element in Document.read(self.sent(texts)).elements(name)]


def _named(driver: Driver) -> str:
    return f"{driver.integration} {driver.route}"


@pytest.fixture(scope="module", params=DRIVERS, ids=_named)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    driver: Driver = request.param
    if driver.opened in (langchain, litellm) and not PYTHON.exists():
        pytest.skip("the gateways' packages are not installed (make test does it)")
    provider = Provider()
    with running(provider) as url, driver.opened(url) as ask:
        yield Scene(driver, provider, url, ask)


@st.composite
def outputs(draw: st.DrawFn) -> str:
    """What a tool says: a log, a table, words, something odd, or a piece of another one."""
    number = draw(st.integers(0, 5))
    text = draw(
        st.sampled_from(
            [
                log(number, 30),
                rows(number, 20),
                f"ok {number}",
                " \u2028\u0000é漢🙂" * (number + 1),
                log(number, 40) + "\nTraceback: it failed",
            ]
        )
    )
    return text[: draw(st.integers(1, len(text)))] if draw(st.booleans()) else text


def test_each_integration_is_driven() -> None:
    assert {driver.integration for driver in DRIVERS} == set(INTEGRATIONS)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(outputs(), min_size=2, max_size=6))
def test_law_2_each_turn_is_sent_with_the_bytes_of_the_turn_before(
    scene: Scene, texts: list[str]
) -> None:
    turns = [scene.said(texts[:count]) for count in range(1, len(texts) + 1)]

    for before, after in itertools.pairwise(turns):
        assert after[: len(before)] == before


def test_law_2_the_bytes_are_the_same_when_a_program_begins_anew(scene: Scene) -> None:
    first = scene.sent(results(6))

    with scene.driver.opened(scene.url) as ask:
        begun = len(scene.provider.received)
        ask(conversation(scene.driver.route, results(6)))
        again = scene.provider.received[begun].body

    assert again == first


def test_it_says_what_the_library_would_say(scene: Scene) -> None:
    texts = results(6)
    route = scene.driver.route
    said = messages_of(body_of(route, texts))

    sent = texts_of(route, scene.sent(texts))

    shorter = headroom.compress(said).messages
    assert sent == texts_of(route, json.dumps({"messages": shorter}).encode())
    assert sum(map(len, sent)) < sum(map(len, texts)) / 2


def test_law_1_what_has_no_tool_results_is_sent_as_it_is(scene: Scene) -> None:
    once = scene.said([])

    assert len(once) == 1
    assert scene.said([]) == once


def test_law_4_small_results_stay_as_they_are(scene: Scene) -> None:
    assert texts_of(scene.driver.route, scene.sent(["fine", "ok"])) == ["fine", "ok"]
