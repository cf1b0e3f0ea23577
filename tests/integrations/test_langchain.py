"""A chat model of LangChain with Headroom inside, in the gateways' environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from headroom.marker import TOOL, find_markers
from tests.gateways.environment import Send, answering, needed
from tests.proxy.talks import conversation, results, texts_of
from tests.upstream import Provider, Say, Script, running

ROUTE = "/v1/chat/completions"
WAYS = ("invoke", "ainvoke", "stream", "astream")

pytestmark = needed


@dataclass(frozen=True, slots=True)
class Stage:
    provider: Provider
    send: Send

    def sent(self, body: Any, **how: str) -> tuple[bytes, Any]:
        """The body that came to the provider, and what the program said of it."""
        begun = len(self.provider.received)
        told = self.send({"body": body, **how})
        assert "raised" not in told, told
        [received] = self.provider.received[begun:]
        return received.body, told


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    provider = Provider()
    with running(provider) as url, answering("langchain_turns", url) as send:
        yield Stage(provider, send)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_call_the_model_sends_less_and_says_the_same(stage: Stage, way: str) -> None:
    body = conversation(ROUTE, results(6))
    stage.provider.next(Script((Say("Hello, dear world."),)))

    short, told = stage.sent(body, way=way)

    assert told["said"] == "Hello, dear world."
    assert sum(map(len, texts_of(ROUTE, short))) < sum(map(len, results(6))) / 2


def test_law_2_each_way_sends_the_same_texts(stage: Stage) -> None:
    body = conversation(ROUTE, results(6))

    sent = [texts_of(ROUTE, stage.sent(body, way=way)[0]) for way in WAYS]

    assert sent == [sent[0]] * 4


def test_messages_of_the_program_stay_whole(stage: Stage) -> None:
    _, told = stage.sent(conversation(ROUTE, results(6)))

    assert told["untouched"]
    assert told["class"] == "ChatOpenAI"


def test_law_1_all_but_the_tools_texts_is_sent_as_without_it(stage: Stage) -> None:
    body = conversation(ROUTE, results(6))

    plain, short = (json.loads(stage.sent(body, model=model)[0]) for model in ("plain", "short"))

    for one, text in zip(plain["messages"], short["messages"], strict=True):
        if one["role"] == "tool":
            one["content"] = text["content"]
    assert plain == short


def test_law_3_what_leaves_is_kept_and_named(stage: Stage) -> None:
    rows = json.dumps([{"id": n, "level": "INFO", "text": f"request {n}"} for n in range(300)])
    body = conversation(ROUTE, [rows])
    body["tools"].append({"type": "function", "function": {"name": TOOL, "parameters": {}}})

    short, told = stage.sent(body, model="kept")

    [text] = texts_of(ROUTE, short)
    assert [told["kept"][marker.key] for marker in find_markers(text)] == [rows]
