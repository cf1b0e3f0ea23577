"""LiteLLM's library with Headroom inside, in the gateways' environment."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from headroom.marker import TOOL, find_markers
from tests.gateways.environment import answering, needed
from tests.integrations.test_langchain import Stage
from tests.proxy.talks import conversation, results, texts_of
from tests.upstream import Provider, Say, Script, running

CHAT = "/v1/chat/completions"
WAYS = {
    "acompletion": CHAT,
    "completion": CHAT,
    "stream": CHAT,
    "aresponses": "/v1/responses",
    "anthropic": "/v1/messages",
}

pytestmark = needed


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    provider = Provider()
    with running(provider) as url, answering("litellm_turns", url) as send:
        yield Stage(provider, send)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_call_it_sends_less_and_says_the_same(stage: Stage, way: str) -> None:
    stage.provider.next(Script((Say("Hello, dear world."),)))

    short, told = stage.sent(conversation(WAYS[way], results(6)), way=way)

    assert told["said"] == "Hello, dear world."
    assert sum(map(len, texts_of(WAYS[way], short))) < sum(map(len, results(6))) / 2


@pytest.mark.parametrize("way", ["acompletion", "aresponses", "anthropic"])
def test_law_1_all_but_the_tools_texts_is_sent_as_without_it(stage: Stage, way: str) -> None:
    route = WAYS[way]
    body = conversation(route, results(6))

    plain, short = (stage.sent(body, way=way, model=model)[0] for model in ("plain", "short"))

    assert texts_of(route, plain) == results(6)
    told = json.loads(plain)
    for old, new in zip(texts_of(route, plain), texts_of(route, short), strict=True):
        told = json.loads(json.dumps(told).replace(json.dumps(old), json.dumps(new), 1))
    assert told == json.loads(short)


def test_law_2_the_waiting_and_the_awaited_send_the_same_texts(stage: Stage) -> None:
    body = conversation(CHAT, results(6))

    sent = [texts_of(CHAT, stage.sent(body, way=way)[0]) for way in ("acompletion", "completion")]

    assert sent[0] == sent[1]


def test_law_3_what_leaves_is_kept_and_named(stage: Stage) -> None:
    rows = json.dumps([{"id": n, "level": "INFO", "text": f"request {n}"} for n in range(300)])
    body = conversation(CHAT, [rows])
    body["tools"].append({"type": "function", "function": {"name": TOOL, "parameters": {}}})

    short, told = stage.sent(body, model="kept")

    [text] = texts_of(CHAT, short)
    assert [told["kept"][marker.key] for marker in find_markers(text)] == [rows]
