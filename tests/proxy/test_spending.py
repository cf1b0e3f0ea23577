"""Budgets: refused when used up, charged what was reported, whatever becomes of the call."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from headroom.own_models import OwnModel, OwnPrice
from headroom.proxy.caller import Allowance, Caller
from headroom.proxy.spending import budgets_of, refusal
from headroom.proxy.surprises import FIRST_S
from headroom.settings import Settings
from headroom.state.spend import Budget, UsedUp
from tests.proxy.house import Answer, Seen, hang, house_of, post, replying, saying
from tests.proxy.paying import (
    KEY,
    asking,
    costing,
    dollars,
    http,
    proxy_of,
    reply,
    spent,
    waiting,
)
from tests.proxy.talks import noting
from tests.support.clock import Clock


def message_of(answer: Answer) -> str:
    return str(json.loads(answer.body)["error"]["message"])


def retry_of(answer: Answer) -> int:
    return int(answer.values(b"retry-after")[0])


async def test_M1_calls_go_on_until_the_budget_is_used_up_and_are_then_refused() -> None:
    async with house_of(replying(costing("0.3")), budget=1.0) as house:
        answers = [await house.ask(asking()) for _ in range(6)]
        seen = len(house.upstream.seen)
        total = await spent(house)

    assert [answer.status for answer in answers] == [200, 200, 200, 200, 429, 429]
    assert (seen, total) == (4, dollars("1.2"))
    told = answers[-1]
    assert json.loads(told.body)["type"] == "error"
    assert json.loads(told.body)["error"]["type"] == "rate_limit_error"
    assert "$1.00 per day" in message_of(told)
    assert "$1.20 is spent" in message_of(told)
    assert 0 < retry_of(told) <= 86_400
    assert told.values(b"x-should-retry") == [b"false"]


async def test_M1_where_only_calls_that_run_stand_in_the_way_one_is_told_to_ask_soon() -> None:
    gate = asyncio.Event()
    # Each is expected to say the 1,000 tokens that it may: two cents.
    async with house_of(waiting(gate, reply(10, 10)), budget=0.05) as house:
        clients = [await house.connect() for _ in range(3)]
        for client in clients:
            client.writer.write(asking(most=1_000))
            await house.upstream.next()
        refused = await house.ask(asking(most=1_000))
        gate.set()
        answers = [await client.answer() for client in clients]
        await spent(house)
        after = await house.ask(asking())

    assert (refused.status, retry_of(refused)) == (429, 2)
    assert "set apart" in message_of(refused)
    assert not refused.values(b"x-should-retry")
    assert [answer.status for answer in answers] == [200] * 3
    assert after.status == 200


async def test_M3_twenty_at_once_go_beyond_the_budget_by_one_at_most() -> None:
    async with house_of(replying(reply(0, 1_000)), budget=0.1) as house:
        answers = await asyncio.gather(*(house.ask(asking(most=1_000)) for _ in range(20)))
        total = await spent(house)

    taken = [answer.status for answer in answers].count(200)
    assert total == taken * dollars("0.02")
    assert dollars("0.1") <= total <= dollars("0.12")


@pytest.mark.parametrize("status", [b"400 Bad", b"401 No", b"429 Slow", b"500 Oops", b"529 Busy"])
async def test_M4_an_error_of_the_providers_costs_nothing(status: bytes) -> None:
    async with house_of(replying(http(b"{}", status=status)), budget=0.0001) as house:
        for _ in range(3):
            assert (await house.ask(asking())).status == int(status[:3])
        assert await spent(house) == 0


async def test_M1_what_was_never_sent_is_given_back() -> None:
    async with house_of(budget=1.0, anthropic_api_url="http://127.0.0.1:9") as house:
        assert (await house.ask(asking(most=100_000))).status == 502
        assert await spent(house) == 0
        assert (await house.ask(asking())).status == 502


async def test_M4_a_call_that_left_and_was_never_answered_is_charged_for_what_it_sent() -> None:
    words = "Tell me of it, please. " * 1_000
    async with house_of(saying(), budget=1.0) as house:
        assert (await house.ask(asking(words))).status == 502
        total = await spent(house)

    # Some 6,000 tokens at 4 dollars for a million.
    assert dollars("0.02") < total < dollars("0.04")


async def test_M4_a_client_that_leaves_before_an_answer_pays_for_one_as_expected() -> None:
    async with house_of(hang, budget=1.0) as house:
        notebook = noting(house)
        client = await house.connect()
        client.writer.write(asking("Tell me of it, please. " * 1_000, most=2_000))
        seen = await house.upstream.next()
        client.close()
        await asyncio.wait_for(seen.gone.wait(), 5)
        await notebook.next()
        total = await spent(house)

    # As before, and 2,000 tokens of an answer at 20 dollars for a million.
    assert dollars("0.06") < total < dollars("0.08")


def event(kind: str, **members: Any) -> bytes:
    data = json.dumps({"type": kind, **members}).encode()
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)


def said(words: str) -> bytes:
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": words})


BEGIN = event("message_start", message={"usage": {"input_tokens": 1_000, "output_tokens": 1}})
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


async def test_M4_a_stream_that_is_abandoned_is_charged_for_what_it_said() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + BEGIN + said("word " * 2_000))
        await seen.gone.wait()

    async with house_of(script, budget=1.0) as house:
        notebook = noting(house)
        client = await house.connect()
        client.writer.write(asking(stream=True, most=4_000))
        seen = await house.upstream.next()
        await client.head()
        while b"word" not in await client.chunk():
            pass
        client.close()
        await asyncio.wait_for(seen.gone.wait(), 5)
        await notebook.next()
        total = await spent(house)

    assert dollars("0.044") <= total < dollars("0.05")


async def test_M4_a_stream_that_is_cut_is_charged_for_what_it_said() -> None:
    begun = STREAM.replace(b"\r\n\r\n", b"\r\ncontent-length: 1000000\r\n\r\n")
    async with house_of(saying(begun, BEGIN, said("word " * 2_000)), budget=1.0) as house:
        notebook = noting(house)
        client = await house.connect()
        client.writer.write(asking(stream=True))
        await client.rest()
        await notebook.next()
        total = await spent(house)

    assert dollars("0.004") + dollars("0.04") <= total < dollars("0.05")


async def test_M4_a_whole_reply_that_is_cut_is_charged_for_what_came() -> None:
    answer = reply(1_000, 2_000, words="word " * 1_600)
    async with house_of(saying(answer[:-100]), budget=1.0) as house:
        notebook = noting(house)
        client = await house.connect()
        client.writer.write(asking("Tell me of it, please. " * 1_000))
        await client.rest()
        outcome = await notebook.next()

    assert outcome.verdict == "cut"
    assert outcome.usage is not None
    assert 2_000 < outcome.usage.output_tokens < 2_100


async def test_calls_of_a_model_that_costs_nothing_wait_for_nobody() -> None:
    gate = asyncio.Event()
    free = {"free": OwnModel(price=OwnPrice(Decimal(0), Decimal(0)), where="here")}
    async with house_of(waiting(gate, costing("0")), budget=0.4, own_models=free) as house:
        clients = [await house.connect() for _ in range(2)]
        for number, client in enumerate(clients):
            client.writer.write(asking(f"question {number}", model="free"))
        began = asyncio.get_running_loop().time()
        for _ in clients:
            await house.upstream.next()
        took = asyncio.get_running_loop().time() - began
        gate.set()

    assert took < FIRST_S


async def test_M3_calls_that_are_far_dearer_than_they_say_go_beyond_by_one_at_most() -> None:
    """Of ten tokens that are allowed at most five thousand are reported: ten cents."""
    async with house_of(replying(costing("0.1")), budget=0.4) as house:
        requests = [asking(f"question {number}", most=10) for number in range(20)]
        answers = await asyncio.gather(*(house.ask(request) for request in requests))
        total = await spent(house)

    statuses = [answer.status for answer in answers]
    assert 4 <= statuses.count(200) <= 5
    assert statuses.count(429) == 20 - statuses.count(200)
    assert total == dollars("0.1") * statuses.count(200)


async def test_M1_what_is_set_apart_follows_the_answers_that_came_before() -> None:
    gate = asyncio.Event()
    gate.set()
    # Of 16,000 tokens 4,000 are set apart at first: eight cents; then an eighth: four.
    async with house_of(waiting(gate, reply(0, 100)), budget=0.1) as house:
        first = [await house.connect() for _ in range(2)]
        gate.clear()
        for client in first:
            client.writer.write(asking(most=16_000))
            await house.upstream.next()
        refused = await house.ask(asking(most=16_000))
        gate.set()
        statuses = [(await client.answer()).status for client in first]
        await spent(house)
        gate.clear()
        then = [await house.connect() for _ in range(3)]
        for client in then:
            client.writer.write(asking(most=16_000))
            await house.upstream.next()
        gate.set()
        statuses += [(await client.answer()).status for client in then]

    assert refused.status == 429
    assert statuses == [200] * 5


async def test_M1_the_reservation_grows_with_what_streams() -> None:
    gate = asyncio.Event()

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM + BEGIN + said("word " * 6_000))
        await gate.wait()
        writer.close()

    async with house_of(script, budget=0.1) as house:
        client = await house.connect()
        client.writer.write(asking(stream=True, most=100))
        await client.head()
        while b"word" not in await client.chunk():
            pass
        await asyncio.sleep(0.05)
        refused = await house.ask(asking())
        gate.set()

    assert (refused.status, retry_of(refused)) == (429, 2)


async def test_M1_what_is_just_being_charged_is_waited_for() -> None:
    gate = asyncio.Event()
    async with house_of(waiting(gate, costing("0.002")), budget=0.003) as house:
        client = await house.connect()
        client.writer.write(asking(most=200))
        await house.upstream.next()
        asyncio.get_running_loop().call_later(0.02, gate.set)
        second = await house.ask(asking())
        first = await client.answer()

    assert (first.status, second.status) == (200, 200)


async def test_M1_each_of_several_answers_is_set_apart() -> None:
    gate = asyncio.Event()
    many = json.dumps({"model": "gpt-5", "n": 50, "max_tokens": 1_000, "messages": []}).encode()
    # Fifty thousand tokens at ten dollars for a million.
    async with house_of(waiting(gate, costing("0")), budget=0.4) as house:
        client = await house.connect()
        client.writer.write(post(b"/v1/chat/completions", many, KEY))
        await house.upstream.next()
        refused = await house.ask(asking())
        gate.set()

    assert (refused.status, retry_of(refused)) == (429, 2)


@pytest.mark.parametrize(("model", "tokens"), [("gpt-4o", 1), ("o3", 2_000)])
async def test_M4_a_stream_of_chat_that_reports_nothing_may_have_thought(
    model: str, tokens: int
) -> None:
    body = {"model": model, "stream": True, "max_completion_tokens": 2_000, "messages": []}
    chunk = {"choices": [{"index": 0, "delta": {"content": "Well"}, "finish_reason": "stop"}]}
    stream = b"data: %b\n\ndata: [DONE]\n\n" % json.dumps(chunk).encode()
    async with house_of(replying(http(stream, kind=b"text/event-stream")), budget=1.0) as house:
        notebook = noting(house)
        await house.ask(post(b"/v1/chat/completions", json.dumps(body).encode(), KEY))
        outcome = await notebook.next()

    assert outcome.usage is not None
    assert outcome.usage.output_tokens == tokens


@pytest.mark.parametrize("options", [{"optimize": False}, {}])
async def test_what_is_not_planned_has_a_cost_too(options: dict[str, Any]) -> None:
    bypass = b"x-headroom-bypass: true"
    body = b'{"model": "claude-opus-5-5", "max_tokens": 10, "messages": []}'
    async with house_of(replying(costing("0.3")), budget=1.0, **options) as house:
        assert (await house.ask(post(b"/v1/messages", body, bypass))).status == 200
        broken = b'{"model":"claude-opus-5-5", '
        assert (await house.ask(post(b"/v1/messages", broken, bypass))).status == 200
        assert await spent(house) == dollars("0.6")


async def test_counting_tokens_is_free_also_where_the_budget_is_used_up() -> None:
    async with house_of(budget=0.0) as house:
        assert (await house.ask(asking(path=b"/v1/messages/count_tokens"))).status == 200
        assert (await house.ask(asking())).status == 429


async def test_M1_a_credential_that_nobody_reads_buys_no_budget() -> None:
    async with house_of(replying(costing("0.3")), tenant_budget=0.5) as house:
        keys = [b"x-api-key: one\r\napi-key: junk%d" % number for number in range(4)]
        statuses = [(await house.ask(asking(key=key))).status for key in keys]

    assert statuses == [200, 200, 429, 429]


async def test_tenants_and_keys_have_budgets_of_their_own() -> None:
    one, other = b"x-api-key: one", b"x-api-key: other"
    async with house_of(replying(costing("0.3")), tenant_budget=0.5) as house:
        statuses = [(await house.ask(asking(key=one))).status for _ in range(3)]
        statuses.append((await house.ask(asking(key=other))).status)

    assert statuses == [200, 200, 429, 200]


async def test_M1_all_budgets_are_taken_or_none() -> None:
    async with house_of(replying(costing("0.3")), budget=0.8, tenant_budget=0.5) as house:
        statuses = [
            (await house.ask(asking(key=key))).status
            for key in (b"x-api-key: a", b"x-api-key: a", b"x-api-key: a", b"x-api-key: b")
        ]
        last = await house.ask(asking(key=b"x-api-key: c"))
        assert await spent(house) == dollars("0.9")

    assert statuses == [200, 200, 429, 200]
    assert last.status == 429
    assert "for all callers" in message_of(last)


def test_a_key_has_the_budget_that_it_was_given() -> None:
    caller = Caller("t", "k1", Allowance(budget=Decimal(2), period="monthly"))

    found = budgets_of(Settings(budget=1.0, tenant_budget=0.5, budget_period="hourly"), caller)

    assert found == (
        Budget(dollars("1"), "hourly"),
        Budget(dollars("0.5"), "hourly", "tenant", "t"),
        Budget(dollars("2"), "monthly", "key", "k1"),
    )
    assert budgets_of(Settings(), Caller()) == ()


async def test_M7_a_new_period_begins_at_midnight_in_utc_and_set_clocks_lock_nobody_out() -> None:
    clock = Clock(datetime(2026, 11, 26, 23, 59, 50, tzinfo=UTC).timestamp())
    async with house_of(replying(costing("0.6")), budget=0.5) as house:
        proxy = proxy_of(house)
        planning = dataclasses.replace(proxy.planning, clock=clock)
        house.app._proxy = dataclasses.replace(proxy, planning=planning)
        first = [await house.ask(asking()) for _ in range(2)]
        clock.now += 10
        next_day = [await house.ask(asking()) for _ in range(2)]
        clock.now -= 3_600
        back = await house.ask(asking())
        clock.now += 40 * 86_400
        ahead = await house.ask(asking())

    assert [answer.status for answer in first] == [200, 429]
    assert retry_of(first[1]) == 10
    assert "2026-11-27 00:00 UTC" in message_of(first[1])
    assert [answer.status for answer in next_day] == [200, 429]
    assert (back.status, ahead.status) == (429, 200)


async def test_M2_a_restart_forgets_nothing(tmp_path: Path) -> None:
    for expected in (200, 429, 429):
        async with house_of(replying(costing("0.6")), budget=0.5, workspace_dir=tmp_path) as house:
            assert (await house.ask(asking())).status == expected
            assert await spent(house) == dollars("0.6")


async def test_M8_an_unknown_model_is_never_free_under_a_budget() -> None:
    async with house_of(replying(reply(1_000, 100)), budget=1.0) as house:
        assert (await house.ask(asking(model="house-model-9"))).status == 200
        # Of claude-opus-4: 15 and 75 dollars for a million.
        assert await spent(house) == dollars("0.0225")


def test_the_refusal_says_which_budget_and_when() -> None:
    ends = datetime(2026, 12, 1, tzinfo=UTC)
    used = UsedUp(Budget(dollars("2.5"), "monthly", "key", "k"), dollars("2.5004"), ends)

    error = refusal(used, now=ends.timestamp() - 0.2)

    assert str(error) == (
        "the budget of $2.50 per month of this key is used up: $2.5004 is spent; "
        "the next period begins at 2026-12-01 00:00 UTC"
    )
    assert error.retry_after_s == 1.0
