"""A request that was asked before, as clients and providers see it."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from headroom.proxy.repeats import CONTENT_HEADERS
from headroom.state.backends.memory import MemoryStore
from headroom.state.base import Key
from headroom.state.replies import Replies
from tests.proxy.house import Answer, house_of, post, replying
from tests.proxy.repeated import CHAT, MESSAGES, MINE, asked, body, saying_in_turn, use_of
from tests.proxy.talks import (
    GEMINI,
    GEMINI_MODEL,
    ROUTES,
    body_of,
    house_before,
    noting,
    results,
    target_of,
    with_planning,
)
from tests.support.clock import Clock
from tests.support.outage import Down
from tests.upstream import Call as ToolCall
from tests.upstream import Failure, Gate, Provider, Say, Script

FIRST, SECOND = Script((Say("Hello."),)), Script((Say("Hello again."),))
EITHER = pytest.mark.parametrize("stream", [False, True])
EVERY = pytest.mark.parametrize("route", ROUTES)


def head_of(answer: Answer) -> dict[bytes, bytes]:
    """The headers that must be the same in a hit."""
    return {name: value for name, value in answer.headers if name in CONTENT_HEADERS}


@EVERY
@EITHER
async def test_D2_the_same_request_gets_the_same_bytes_without_the_provider(
    route: str, stream: bool
) -> None:
    provider = saying_in_turn()
    async with house_before(provider) as house:
        first = await asked(house, route, stream=stream)
        again = await asked(house, route, stream=stream)

    assert (use_of(first), use_of(again)) == (b"miss", b"hit")
    assert len(provider.received) == 1
    assert again.status == 200
    assert again.body == first.body
    assert b"Hello, " in first.body
    assert head_of(again) == head_of(first)
    framed = b"transfer-encoding" if stream else b"content-length"
    assert again.values(framed)


@EVERY
async def test_a_packed_reply_is_given_packed_to_who_takes_it_packed(route: str) -> None:
    provider = Provider()
    provider.next(Script((Say("Hello. " * 50),), encoding="gzip"), SECOND)
    async with house_before(provider) as house:
        packed = b"accept-encoding: gzip"
        first = await asked(house, route, packed)
        again = await asked(house, route, packed)
        plain = await asked(house, route)

    assert again.values(b"content-encoding") == [b"gzip"]
    assert again.body == first.body
    assert b"Hello. Hello." in gzip.decompress(again.body)
    assert use_of(plain) == b"miss"
    assert b"Hello again." in plain.body


async def test_a_packed_stream_is_given_as_it_was() -> None:
    event = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    said = b'event: message_delta\ndata: {"delta":{"stop_reason":"end_turn"},'
    said += b'"type":"message_delta"}\n\n'
    packed = gzip.compress(said + event)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n"
    chunk = b"transfer-encoding: chunked\r\n\r\n%x\r\n" % len(packed) + packed + b"\r\n0\r\n\r\n"
    async with house_of(replying(head + chunk)) as house:
        first = await asked(house, MESSAGES, stream=True)
        again = await asked(house, MESSAGES, stream=True)

    assert use_of(again) == b"hit"
    assert again.body == first.body == packed
    assert again.values(b"content-encoding") == [b"gzip"]


async def test_a_hit_brings_nothing_of_the_call_that_it_was_made_by() -> None:
    provider = Provider()
    provider.next(
        Script(
            headers=(
                ("request-id", "req_1"),
                ("x-request-id", "req_2"),
                ("set-cookie", "__cf_bm=secret"),
                ("date", "Thu, 26 Nov 2026 10:00:00 GMT"),
                ("anthropic-ratelimit-requests-remaining", "7"),
                ("content-language", "en"),
            )
        )
    )
    async with house_before(provider) as house:
        first = await asked(house)
        again = await asked(house)

    assert first.values(b"set-cookie")
    ours = {b"x-headroom-request-id", b"x-headroom-cache", b"content-length"}
    assert {name for name, _ in again.headers} == {b"content-type", b"content-language", *ours}
    assert again.values(b"x-headroom-request-id") != first.values(b"x-headroom-request-id")


CHANGES: Mapping[str, dict[str, Any]] = {
    "model": {"model": "claude-opus-5-5"},
    "most tokens": {"max_tokens": 65},
    "what is asked": {"messages": [{"role": "user", "content": "Say hello!"}]},
    "one space": {"messages": [{"role": "user", "content": "Say  hello."}]},
    "how it is written": {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Say hello."}]}]
    },
    "system": {"system": "Be brief."},
    "temperature": {"temperature": 0.5},
    "top_p": {"top_p": 0.9},
    "top_k": {"top_k": 3},
    "stop sequences": {"stop_sequences": ["x"]},
    "stream": {"stream": True},
    "stream said to be off": {"stream": False},
    "metadata": {"metadata": {"user_id": "u"}},
    "service tier": {"service_tier": "standard_only"},
    "thinking": {"thinking": {"type": "disabled"}},
    "effort": {"output_config": {"effort": "low"}},
    "where": {"inference_geo": "us"},
    "how fast": {"speed": "fast"},
    "a mark": {"cache_control": {"type": "ephemeral"}},
    "a field of the future": {"future_field": None},
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
async def test_D2_a_request_with_one_field_changed_is_asked_anew(change: str) -> None:
    provider = saying_in_turn()
    async with house_before(provider) as house:
        await asked(house)
        changed = await asked(house, **CHANGES[change])
        as_before = await asked(house)

    assert (use_of(changed), use_of(as_before)) == (b"miss", b"hit")
    assert len(provider.received) == 2


HEADERS = (
    b"anthropic-beta: context-1m-2026-08-07", b"anthropic-version: 2023-06-01",
    b"accept: text/plain", b"accept-encoding: gzip", b"accept-language: de",
    b"content-type: text/plain", b"openai-organization: org", b"openai-project: p",
    b"cookie: a=b", b"x-forwarded-for: 10.0.0.1", b"idempotency-key: 1", b"x-future: 1",
    b"content-type: application/json; charset=utf-8",
)  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
async def test_D2_a_request_with_another_header_is_asked_anew(header: bytes) -> None:
    provider = saying_in_turn()
    async with house_before(provider) as house:
        await asked(house)
        changed = await asked(house, MESSAGES, header)

    assert use_of(changed) == b"miss"
    assert len(provider.received) == 2


@pytest.mark.parametrize(
    "header",
    [
        b"user-agent: another/2", b"x-stainless-retry-count: 1", b"traceparent: 00-1-1-01",
        b"x-request-id: 7", b"connection: keep-alive", b"x-headroom-session-id: s",
    ],
)  # fmt: skip
async def test_what_cannot_change_the_answer_costs_no_call(header: bytes) -> None:
    async with house_before(saying_in_turn()) as house:
        await asked(house)

        assert use_of(await asked(house, MESSAGES, header)) == b"hit"


async def test_D2_another_query_is_asked_anew() -> None:
    async with house_before(saying_in_turn()) as house:
        await asked(house)

        assert use_of(await asked(house, query=b"?beta=true")) == b"miss"
        assert use_of(await asked(house, query=b"?beta=true")) == b"hit"


@EVERY
@EITHER
async def test_D2_an_error_is_not_given_again(route: str, stream: bool) -> None:
    provider = Provider()
    provider.next(Failure(529), Failure(400, "No."), FIRST, SECOND)
    async with house_before(provider) as house:
        answers = [await asked(house, route, stream=stream) for _ in range(4)]

    assert [one.status for one in answers] == [529, 400, 200, 200]
    assert [use_of(one) for one in answers] == [b"miss", b"miss", b"miss", b"hit"]


@EVERY
@EITHER
async def test_D2_a_reply_that_was_cut_is_not_given_again(route: str, stream: bool) -> None:
    provider = Provider()
    provider.next(Script((Say("Hello, dear world."),), cut_after=3), SECOND)
    async with house_before(provider) as house:
        await house.say(post(route.encode(), body(route, stream=stream), MINE))
        again = await asked(house, route, stream=stream)

    assert use_of(again) == b"miss"
    assert b"again" in again.body


@EVERY
async def test_D2_a_stream_that_ends_in_an_error_is_not_given_again(route: str) -> None:
    provider = Provider()
    provider.next(Script((Say("Hello, dear world."),), cut_after=3, error=Failure(529)), SECOND)
    async with house_before(provider) as house:
        first = await asked(house, route, stream=True)
        again = await asked(house, route, stream=True)

    assert first.status == 200
    assert use_of(again) == b"miss"


REASONS = [
    (MESSAGES, "refusal"), (MESSAGES, "pause_turn"), (CHAT, "content_filter"), (CHAT, "error"),
]  # fmt: skip


@pytest.mark.parametrize(("route", "stop"), REASONS)
@EITHER
async def test_a_reply_that_need_be_asked_for_again_is(route: str, stop: str, stream: bool) -> None:
    provider = Provider()
    provider.next(Script(stop=stop), SECOND)
    async with house_before(provider) as house:
        await asked(house, route, stream=stream)

        assert use_of(await asked(house, route, stream=stream)) == b"miss"


@EVERY
async def test_a_reply_that_calls_a_tool_after_all_is_not_given_again(route: str) -> None:
    provider = Provider()
    provider.next(Script((ToolCall("Bash", {"command": "ls"}),)), SECOND)
    async with house_before(provider) as house:
        await asked(house, route)
        again = await asked(house, route)

    assert use_of(again) == b"miss"


@EVERY
async def test_D2_requests_that_bring_tools_ask_neither_the_store_nor_for_one_another(
    route: str,
) -> None:
    class Watched(MemoryStore):
        asked = 0

        async def get(self, keys: Sequence[Key], *, group: bytes = b"") -> Mapping[Key, bytes]:
            self.asked += 1
            return await super().get(keys, group=group)

    provider, store = saying_in_turn(), Watched()
    async with house_before(provider) as house:
        with_planning(house, replies=Replies(store, lifetime_s=60))
        tools = [
            await house.ask(post(route.encode(), body_of(route, results(1)), MINE))
            for _ in range(2)
        ]

    assert [use_of(one) for one in tools] == [b"bypass"] * 2
    assert len(provider.received) == 2
    assert store.asked == 0


BYPASSED = (b"x-headroom-bypass: true", b"x-headroom-mode: passthrough", b"cache-control: no-store")


@pytest.mark.parametrize("header", BYPASSED)
async def test_who_says_so_is_given_nothing_stored_and_nothing_of_theirs_is_stored(
    header: bytes,
) -> None:
    provider = saying_in_turn()
    async with house_before(provider) as house:
        first = await asked(house, MESSAGES, header)
        second = await asked(house)
        third = await asked(house, MESSAGES, header)

    assert [use_of(one) for one in (first, second, third)] == [b"bypass", b"miss", b"bypass"]
    assert len(provider.received) == 3


async def test_no_cache_asks_anew_and_stores_what_comes() -> None:
    async with house_before(saying_in_turn()) as house:
        await asked(house)
        anew = await asked(house, MESSAGES, b"cache-control: no-cache")
        again = await asked(house)

    assert (use_of(anew), use_of(again)) == (b"bypass", b"hit")
    assert b"Hello, 1." in anew.body
    assert again.body == anew.body


async def test_what_the_provider_lets_nobody_store_is_not_stored() -> None:
    provider = Provider()
    provider.next(
        Script(headers=(("cache-control", "private, no-store"),)),
        Script(headers=(("cache-control", "no-cache"),)),
    )
    async with house_before(provider) as house:
        answers = [await asked(house) for _ in range(3)]

    assert [use_of(one) for one in answers] == [b"miss", b"miss", b"hit"]


async def test_L9_a_reply_that_is_too_large_is_passed_on_and_not_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("headroom.proxy.repeats.LARGEST_BYTES", 2_000)
    provider = Provider()
    provider.next(Script((Say("Hello. " * 900),)), SECOND)
    async with house_before(provider) as house:
        first = await asked(house, stream=True)
        again = await asked(house, stream=True)

    assert first.body.count(b"content_block_delta") > 100
    assert use_of(again) == b"miss"
    assert b"again" in again.body


@pytest.mark.parametrize("route", ["/v1/messages/count_tokens", "/v1/embeddings"])
async def test_routes_that_are_not_planned_have_nothing_to_do_with_it(route: str) -> None:
    async with house_of() as house:
        for _ in range(2):
            answer = await house.ask(post(route.encode(), body(MESSAGES), MINE))
            assert use_of(answer) == b""

        assert len(house.upstream.seen) == 2


async def test_no_cache_at_all_says_nothing_and_stores_nothing() -> None:
    async with house_before(saying_in_turn(), cache=False) as house:
        answers = [await asked(house) for _ in range(2)]

    assert answers[0].body != answers[1].body
    assert [use_of(one) for one in answers] == [b"", b""]


async def test_it_works_without_optimizing_too() -> None:
    provider = saying_in_turn()
    async with house_before(provider, optimize=False) as house:
        answers = [await asked(house) for _ in range(2)]
        with_tools = await asked(house, tools=[{"name": "x", "input_schema": {"type": "object"}}])

    assert [use_of(one) for one in (*answers, with_tools)] == [b"miss", b"hit", b"bypass"]
    assert provider.received[0].body == body()


async def test_a_body_that_is_no_json_is_relayed_each_time() -> None:
    async with house_of() as house:
        for _ in range(2):
            answer = await house.ask(post(b"/v1/messages", b"{", MINE))
            assert use_of(answer) == b"bypass"

        assert len(house.upstream.seen) == 2


async def test_a_packed_request_is_told_from_a_plain_one_and_known_again() -> None:
    packed = gzip.compress(body(), mtime=0)
    provider = saying_in_turn()
    async with house_before(provider) as house:
        await asked(house)
        sent = post(MESSAGES.encode(), packed, MINE, b"content-encoding: gzip")
        answers = [await house.ask(sent) for _ in range(2)]

    assert [use_of(one) for one in answers] == [b"miss", b"hit"]


async def test_a_stored_reply_is_given_for_an_hour_and_no_longer() -> None:
    clock = Clock()
    async with house_before(saying_in_turn()) as house:
        with_planning(house, replies=Replies(MemoryStore(), lifetime_s=3600, clock=clock))
        first = await asked(house)
        clock.now += 3599
        soon = await asked(house)
        clock.now += 1
        late = await asked(house)

    assert [use_of(one) for one in (first, soon, late)] == [b"miss", b"hit", b"miss"]
    assert late.body != first.body


async def test_its_outcome_says_cached_and_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "headroom.requests")
    async with house_before(Provider()) as house:
        notebook = noting(house)
        await asked(house)
        paid = await notebook.next()
        await asked(house)
        free = await notebook.next()

        totals = house.app.totals
        assert (totals.requests, totals.tokens_saved) == (2, 0)

    assert paid.verdict == "planned"
    assert paid.cost
    assert (free.verdict, free.usage, free.cost) == ("cached", None, Decimal(0))
    assert not free.estimated
    assert (free.model, free.status, free.tokens_before) == ("claude-sonnet-5-5", 200, 0)
    assert "cached POST /v1/messages 200 claude-sonnet-5-5 +" in caplog.messages[-1]


async def test_a_store_that_is_down_is_a_miss_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider = saying_in_turn()
    async with house_before(provider) as house:
        with_planning(house, replies=Replies(Down(), lifetime_s=60))
        answers = [await asked(house) for _ in range(3)]

    assert [one.status for one in answers] == [200] * 3
    assert [use_of(one) for one in answers] == [b"miss"] * 3
    told = [one for one in caplog.messages if "stored" in one]
    assert len(told) == 2
    assert "the stored replies cannot be read: the disk is gone" in told[0]
    assert "a reply could not be stored: the disk is gone" in told[1]


async def test_a_hit_of_geminis_tells_the_model_that_the_path_names() -> None:
    told = {"contents": [{"role": "user", "parts": [{"text": "Say hello."}]}]}
    request = post(GEMINI.encode(), json.dumps(told).encode(), MINE)
    async with house_before(saying_in_turn()) as house:
        notebook = noting(house)
        answers = [await house.ask(request) for _ in range(2)]
        models = [(await notebook.next()).model for _ in range(2)]

    assert [use_of(one) for one in answers] == [b"miss", b"hit"]
    assert models == [GEMINI_MODEL] * 2


async def test_nobody_waits_for_a_stream_of_geminis() -> None:
    told = {"contents": [{"role": "user", "parts": [{"text": "Say hello."}]}]}
    request = post(target_of(GEMINI, stream=True), json.dumps(told).encode(), MINE)
    gate = Gate()
    held = Script((Say("Hello."),), hold_after=0, gate=gate)
    provider = Provider(otherwise=held)
    async with house_before(provider) as house:
        asking = [asyncio.create_task(house.ask(request)) for _ in range(2)]
        came = await asyncio.to_thread(provider.wait_for, 2, 5.0)
        gate.open()
        answers = await asyncio.gather(*asking)

    assert len(came) == 2
    assert [one.status for one in answers] == [200, 200]
