"""Calls that are only relayed cost something too."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest

from headroom.outcome import Outcome
from tests.proxy.house import Answer, House, Seen, house_of, post, replying
from tests.proxy.paying import KEY, asking, dollars, http, spent
from tests.proxy.talks import noting

JSON = b"content-type: application/json"
GEMINI = "/v1beta/models/gemini-2.5-pro:generateAnswer"


def reply_of(**members: Any) -> bytes:
    return http(json.dumps(members).encode())


async def one(house: House, path: str, body: bytes, *headers: bytes) -> tuple[Answer, Outcome]:
    notebook = noting(house)
    answer = await house.ask(post(path.encode(), body, *(headers or (JSON,))))
    return answer, await notebook.next()


@pytest.mark.parametrize(
    ("path", "body", "reply", "cost"),
    [
        (
            "/v1/embeddings", {"model": "text-embedding-3-large", "input": "x"},
            {"model": "text-embedding-3-large", "usage": {"prompt_tokens": 1_000_000}}, "0.13",
        ),
        (
            "/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "x"},
            {"usage": {"prompt_tokens": 1_000, "completion_tokens": 1_000}}, "0.0035",
        ),
        (
            "/v1/images/generations", {"model": "gpt-image-1", "prompt": "x"},
            {"usage": {"input_tokens": 1_000, "output_tokens": 4_160}}, "0.1714",
        ),
        (
            GEMINI, {"contents": []},
            {"usageMetadata": {"promptTokenCount": 1_000, "candidatesTokenCount": 100}}, "0.00225",
        ),
        (
            "/v1/models/gemini-2.5-pro:generateContent", {"contents": []},
            {"usageMetadata": {"promptTokenCount": 1_000, "candidatesTokenCount": 100}}, "0.00225",
        ),
        (
            "/v1/some/new/thing", {"model": "gpt-5"},
            {"usage": {"input_tokens": 1_000, "output_tokens": 100}}, "0.00225",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("budget", [None, 10.0])
async def test_M1_every_paid_route_has_a_cost(
    path: str, body: dict[str, Any], reply: dict[str, Any], cost: str, budget: float | None
) -> None:
    async with house_of(replying(reply_of(**reply)), budget=budget) as house:
        answer, outcome = await one(house, path, json.dumps(body).encode())
        assert budget is None or await spent(house) == dollars(cost)

    assert answer.status == 200
    assert outcome.cost == Decimal(cost)
    assert not outcome.estimated


async def test_M1_relayed_routes_are_refused_too_when_the_budget_is_used_up() -> None:
    async with house_of(budget=0.0) as house:
        for path in ("/v1/embeddings", GEMINI, "/v1/complete", "/v1/some/new/thing"):
            answer = await house.ask(post(path.encode(), b"{}", JSON))
            assert answer.status == 429
            assert answer.values(b"retry-after")
        told = await house.ask(post(GEMINI.encode(), b"{}", JSON))
        free = await house.ask(post(b"/v1/files", b"x"))

    assert json.loads(told.body)["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert free.status == 200


async def test_B12_a_refused_body_that_is_still_to_come_ends_the_connection() -> None:
    async with house_of(budget=0.0) as house:
        request = post(b"/v1/files/none", bytes(300_000), b"content-type: text/plain")
        got = await house.say(request.replace(b"/v1/files/none", b"/v1/new"))

    assert got.startswith(b"HTTP/1.1 429")
    assert b"connection: close" in got
    assert house.upstream.seen == []


@pytest.mark.parametrize("budget", [None, 100.0])
async def test_A2_bodies_pass_whole_as_streams(budget: float | None) -> None:
    body = json.dumps({"model": "text-embedding-3-small", "input": "word " * 60_000}).encode()
    async with house_of(replying(reply_of(usage={"prompt_tokens": 3})), budget=budget) as house:
        answer, outcome = await one(house, "/v1/embeddings", body)
        seen = await house.upstream.next()

    assert seen.body == body
    assert answer.status == 200
    assert outcome.model == "text-embedding-3-small"


async def test_where_no_usage_is_reported_an_estimate_is_charged() -> None:
    body = json.dumps({"contents": [{"parts": [{"text": "word " * 800}]}]}).encode()
    reply = reply_of(candidates=[{"content": {"parts": [{"text": "word " * 100}]}}])
    async with house_of(replying(reply), budget=1.0) as house:
        _, outcome = await one(house, GEMINI, body)

    assert outcome.estimated
    assert outcome.usage is not None
    assert 1_000 <= outcome.usage.input_tokens < 1_100
    assert outcome.usage.output_tokens == 101


async def test_M8_what_is_sold_by_the_minute_is_priced_as_the_dearest() -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n' + bytes(
        9_000
    )
    kind = b"content-type: multipart/form-data; boundary=x"
    async with house_of(replying(reply_of(text="Hello.")), budget=1.0) as house:
        _, outcome = await one(house, "/v1/audio/transcriptions", form, kind)

    assert outcome.cost is not None
    assert 0 < outcome.cost < Decimal("0.1")
    assert outcome.notes == ("priced as the dearest known model of openai",)


async def test_half_the_price_of_a_batch_is_charged_when_it_is_made() -> None:
    params = {"model": "claude-opus-5-5", "max_tokens": 50, "messages": []}
    requests = [{"custom_id": str(number), "params": params} for number in range(10)]
    body = json.dumps({"requests": requests}).encode()
    async with house_of(replying(reply_of(id="b1", processing_status="in_progress"))) as house:
        _, outcome = await one(house, "/v1/messages/batches", body)

    assert outcome.usage is not None
    assert outcome.usage.output_tokens == 5_000
    tokens = outcome.usage.input_tokens * 4 + 5_000 * 20
    assert outcome.cost == Decimal(tokens) / 1_000_000 / 2
    assert "batch" in outcome.price


@pytest.mark.parametrize("budget", [None, 10.0])
async def test_M3_making_a_batch_takes_no_tokens_per_minute(budget: float | None) -> None:
    params = {"model": "claude-opus-5-5", "max_tokens": 50, "messages": []}
    requests = [{"custom_id": str(number), "params": params} for number in range(100)]
    body = json.dumps({"requests": requests}).encode()
    script = replying(reply_of(id="b1"))
    async with house_of(script, tpm=1_000, budget=budget) as house:
        _, outcome = await one(house, "/v1/messages/batches", body, JSON, KEY)
        after = await house.ask(asking(most=10))

    assert outcome.usage is not None
    assert outcome.usage.output_tokens == 50_000
    assert after.status == 200


async def test_M3_images_that_report_no_usage_make_no_debt() -> None:
    body = json.dumps({"model": "dall-e-3", "prompt": "x", "n": 10}).encode()
    async with house_of(replying(reply_of(data=[])), tpm=30_000) as house:
        _, outcome = await one(house, "/v1/images/generations", body, JSON, KEY)
        after = await house.ask(asking(most=10))

    assert outcome.usage is not None
    assert outcome.usage.output_tokens == 41_600
    assert after.status == 200


async def test_H4_a_client_that_leaves_a_relayed_stream_is_charged() -> None:
    words = {"candidates": [{"content": {"parts": [{"text": "word " * 1_000}]}}]}
    path = b"/v1beta/models/gemini-2.5-pro:streamGenerateContent"

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        writer.write(b"data: " + json.dumps(words).encode() + b"\n\n")
        await seen.gone.wait()

    async with house_of(script, budget=1.0) as house:
        notebook = noting(house)
        client = await house.connect()
        client.writer.write(post(path, b"{}", JSON))
        seen = await house.upstream.next()
        await client.head()
        await client.chunk()
        client.close()
        await asyncio.wait_for(seen.gone.wait(), 5)
        assert (await notebook.next()).verdict == "client_left"
        assert dollars("0.01") <= await spent(house) < dollars("0.011")
