"""Cache marks of ours, where much else goes on: hidden legs, several processes, odd requests."""

from __future__ import annotations

import dataclasses
import json
import random
import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

import anthropic
import pytest

from headroom.marker import TOOL
from tests.proxy.agents import AnthropicAgent, AskingModel
from tests.proxy.house import House, house_of, post
from tests.proxy.marked_talks import KEY, MARK, Json, agent, chat, marks, without_marks
from tests.proxy.process import Process, process_of
from tests.proxy.talks import house_before, planning_of
from tests.reliability.test_retrieval import assert_no_bust, talk
from tests.support.outage import Down
from tests.upstream import Provider, running
from tests.upstream.anthropic import segments_of
from tests.upstream.validate import Refused

TURNS = 8
TEXT = "It was a long day, and nobody looked. " * 80


@dataclasses.dataclass
class PlainAgent(AnthropicAgent):
    """One that knows nothing of cache marks."""

    def asked(self) -> Json:
        asked: Json = without_marks(super().asked() | {"messages": self.history})
        return asked


@pytest.mark.parametrize("refuses", ["", "auto", "blocks"])
async def test_hidden_legs_and_bound_thinking_bear_them(refuses: Refused, tmp_path: Path) -> None:
    model = AskingModel(TURNS)
    provider = Provider(otherwise=model, bound_thinking=True, refuses=refuses)
    async with house_before(
        provider, workspace_dir=tmp_path, ccr_offer="always", stop_at_loss=False, toin=False
    ) as opened:
        url = f"http://127.0.0.1:{opened.port}"
        async with anthropic.AsyncAnthropic(base_url=url, api_key="k", max_retries=0) as client:
            plain = PlainAgent(client)
            await talk(plain, range(TURNS + 1))

    assert len(model.asked) >= TURNS - 2
    assert_no_bust(provider.received)
    assert TOOL not in json.dumps(plain.history)
    assert bool(marks(provider.received[-1])) is (refuses != "blocks")


@pytest.mark.parametrize("refuses", ["", "auto"])
async def test_they_go_on_in_another_process_and_after_a_kill(
    refuses: Refused, tmp_path: Path
) -> None:
    provider = Provider(refuses=refuses)
    with running(provider) as url:
        async with process_of(url, tmp_path) as one, process_of(url, tmp_path) as other:
            await ask(one, agent(0, task="Something else."))
            for turn in range(6):
                await ask((one, other)[turn % 2], chat(turn))
                await ask((other, one)[turn % 2], agent(turn))
            one.stop(signal.SIGKILL)
        async with process_of(url, tmp_path) as again:
            for turn in range(6, 8):
                await ask(again, chat(turn))
                await ask(again, agent(turn))

    taken = provider.received[1:] if refuses else provider.received
    chats = [one.json()["messages"] for one in taken if "tools" not in one.json()]
    agents = [one.json()["messages"] for one in taken if "tools" in one.json()][1:]
    for talks in (chats, agents):
        assert len(talks) == 8
        for before, now in pairwise(map(without_marks, talks)):
            assert now[: len(before)] == before
    assert all(marks(one) for one in taken[3:])


@pytest.mark.parametrize("refuses", ["", "auto"])
async def test_they_go_on_while_the_store_is_down_and_after_that(
    refuses: Refused, tmp_path: Path
) -> None:
    provider = Provider(refuses=refuses)
    with running(provider) as url:
        async with house_of(anthropic_api_url=url, workspace_dir=tmp_path) as opened:
            await ask(opened, agent(0, task="Something else."))
            ledger = planning_of(opened).ledger
            store = ledger._store
            for turn in range(9):
                ledger._store = Down() if 3 <= turn < 6 else store
                await ask(opened, chat(turn))
        async with house_of(anthropic_api_url=url, workspace_dir=tmp_path) as opened:
            await ask(opened, chat(9))

    chats = [one for one in provider.received if "tools" not in one.json()]
    assert [bool(marks(one)) for one in chats] == [False] + [True] * 9
    for before, now in pairwise(without_marks(one.json()["messages"]) for one in chats):
        assert now[: len(before)] == before


@pytest.mark.parametrize("refuses", ["", "auto"])
async def test_odd_requests_are_answered_as_without_them(refuses: Refused, tmp_path: Path) -> None:
    marked, plain = Provider(refuses=refuses), Provider()
    odd = random.Random(7)
    async with (
        house_before(marked, workspace_dir=tmp_path / "marked") as one,
        house_before(plain, workspace_dir=tmp_path / "plain", auto_cache=False) as other,
    ):
        await ask(one, agent(0, task="Something else."))
        for _ in range(80):
            asked = odd_request(odd)
            request = post(b"/v1/messages", json.dumps(asked).encode(), KEY)
            mine, theirs = await one.ask(request), await other.ask(request)

            assert mine.status == theirs.status, asked
            sent, alone = marked.received[-1].json(), plain.received[-1].json()
            assert segments(sent) == segments(alone)
            if "cache_control" in json.dumps(asked):
                assert marked.received[-1].body == plain.received[-1].body

    assert sum(bool(marks(each)) for each in marked.received[2:]) > 20


def odd_request(odd: random.Random) -> Json:
    """A request as no client sends it, but for chance."""
    asked: Json = {"model": "claude-opus-5-5", "max_tokens": 9}
    systems: list[Any] = [None, "", TEXT, [], [text(TEXT)], [text(TEXT), text("")]]
    if (system := odd.choice(systems)) is not None:
        asked["system"] = system
    if odd.random() < 0.5:
        tools: list[Json] = [{"name": "a", "input_schema": {}}, {"type": "web_search", "name": "b"}]
        asked["tools"] = odd.sample([*tools, {**tools[0], "defer_loading": True, "name": "c"}], 2)
    if odd.random() < 0.2:
        asked["tool_choice"] = odd.choice([{"type": "auto"}, {"type": "tool", "name": "a"}, "x"])
    roles = ["user", *odd.choices(["user", "assistant", "system"], k=odd.randrange(5))]
    asked["messages"] = [{"role": role, "content": odd_content(odd)} for role in roles]
    if odd.random() < 0.15:
        mark_something(odd, asked)
    return asked


def odd_content(odd: random.Random) -> Any:
    if odd.random() < 0.4:
        return odd.choice([TEXT, " ", "a \ud800 b", "kurz"])
    blocks = [
        text(TEXT),
        text("kurz"),
        text(" "),
        {"type": "image", "source": {"type": "url", "url": "http://x"}},
        {"type": "thinking", "thinking": "", "signature": "x"},
        {"type": "of the future", "content": [text("x")]},
    ]
    return odd.choices(blocks, k=odd.randrange(4))


def mark_something(odd: random.Random, asked: Json) -> None:
    messages = asked["messages"]
    places = [asked, *(b for m in messages for b in m["content"] if isinstance(b, dict))]
    odd.choice(places)["cache_control"] = odd.choice([MARK, None])


def text(words: str) -> Json:
    return {"type": "text", "text": words}


def segments(asked: Json) -> list[bytes]:
    """What is cached of a request, without its marks."""
    return [segment.content for segment in segments_of(asked)]


async def ask(house: House | Process, asked: Json) -> None:
    answer = await house.ask(post(b"/v1/messages", json.dumps(asked).encode(), KEY))
    assert (answer if isinstance(answer, int) else answer.status) == 200
