"""Requests and tokens per minute, where they meet a call."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
from collections.abc import Mapping

import pytest

from headroom.errors import RateLimited, StoreError
from headroom.outcome import Outcome, Usage
from headroom.proxy.caller import Allowance, Caller
from headroom.proxy.credentials import brought
from headroom.proxy.limiting import remaining_headers, take_request, take_tokens, used_tokens
from headroom.proxy.proxy import Proxy
from headroom.proxy.tenant import tenant_of
from headroom.state.backends.memory import MemoryStore
from headroom.state.limits import Limit, Limits, Shortage
from tests.proxy.drafts import record
from tests.proxy.house import (
    NOWHERE,
    Answer,
    House,
    get,
    hang,
    house_of,
    post,
    replying,
    saying,
)
from tests.proxy.talks import body_of, noting, planning_of, results, with_planning
from tests.proxy.test_websocket import HANDSHAKE
from tests.support.clock import Clock

KEY = b"x-api-key: mine"
MESSAGE = {"model": "m", "max_tokens": 80, "messages": [{"role": "user", "content": "x" * 4000}]}
BODY = json.dumps(MESSAGE).encode()
EXPECTED_ANSWER = 80
"""As long as BODY allows, since nothing is known of its caller yet."""

HEAD_ONLY = b"POST %b HTTP/1.1\r\nhost: localhost\r\n%b\r\ncontent-length: 9000000\r\n\r\n"


def used(usage: Mapping[str, int]) -> bytes:
    body = json.dumps({"type": "message", "usage": usage, "stop_reason": "end_turn"}).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


def limited(house: House, *, requests: int = 0, tokens: int = 0) -> tuple[Clock, MemoryStore]:
    """Limit this house by a clock that stands still."""
    steady = Clock(1000.0)
    store = MemoryStore(steady=steady)
    with_planning(house, limits=Limits(store, requests=requests, tokens=tokens))
    return steady, store


async def left(house: House, who: str, unit: str = "tokens") -> int:
    """How much is in this caller's bucket, once all that was held is settled; empties it."""
    ending = planning_of(house).ending
    if ending:
        await asyncio.wait(ending)
    limits = planning_of(house).limits
    limit: Limit = getattr(limits, unit)
    short = await limits.take(limit, who, limit.per_minute)
    return short.remaining if short else limit.per_minute


async def test_M5_what_is_beyond_the_limit_is_refused_from_the_head_alone() -> None:
    async with house_of(cache=False) as house:
        limited(house, requests=2)
        for _ in range(2):
            assert (await house.ask(post(b"/v1/messages", BODY, KEY))).status == 200
        client = await house.connect()
        client.writer.write(HEAD_ONLY % (b"/v1/messages", KEY))
        answer = await client.answer()

    assert answer.status == 429
    assert json.loads(answer.body)["error"]["type"] == "rate_limit_error"
    assert answer.values(b"connection") == [b"close"]
    assert len(house.upstream.seen) == 2


async def test_B12_behind_a_refused_request_the_next_one_is_answered_as_itself() -> None:
    body = get(b"/v1/smuggled") * 9
    head = b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n" % len(body)
    async with house_of(cache=False) as house:
        limited(house, requests=1)
        await house.ask(post(b"/v1/messages", BODY, KEY))
        client = await house.connect()
        client.writer.write(head + KEY + b"\r\n\r\n")
        refused = await client.answer()
        client.writer.write(body + get(b"/v1/next", b"x-api-key: other") + get(b"/v1/next", KEY))
        following = [await client.answer() for _ in range(2)]

    assert [answer.status for answer in (refused, *following)] == [429, 200, 429]
    assert [seen.line.split()[1] for seen in house.upstream.seen] == [b"/v1/messages", b"/v1/next"]


@pytest.mark.parametrize("requests", [1, 7, 60, 100])
async def test_M5_who_waits_as_long_as_was_said_is_served(requests: int) -> None:
    async with house_of(cache=False) as house:
        steady, _ = limited(house, requests=requests)
        for _ in range(requests):
            await house.ask(post(b"/v1/messages", BODY, KEY))
        refused = await house.ask(post(b"/v1/messages", BODY, KEY))
        wait_s = int(refused.values(b"retry-after")[0])
        steady.now += wait_s
        served = await house.ask(post(b"/v1/messages", BODY, KEY))

    assert refused.status == 429
    assert wait_s - 1 <= 60 / requests <= wait_s
    assert served.status == 200


@pytest.mark.parametrize(
    "request_",
    [
        post(b"/v1/messages", BODY, KEY),
        post(b"/v1/chat/completions", BODY, KEY),
        post(b"/v1/responses", BODY, KEY),
        post(b"/v1/messages/count_tokens", BODY, KEY),
        post(b"/v1/embeddings", BODY, KEY),
        post(b"/v1beta/models/gemini-3:generateContent", BODY, KEY),
        post(b"/v1/compress", BODY, KEY),
        post(b"/anything", BODY, KEY),
        get(b"/v1/models", KEY),
        get(b"/v1/realtime", KEY, *HANDSHAKE),
    ],
    ids=lambda request: request.split()[1].decode(),
)
async def test_M5_all_routes_that_go_to_a_provider_share_one_bucket(request_: bytes) -> None:
    async with house_of(cache=False) as house:
        limited(house, requests=1)
        await house.ask(get(b"/v1/files", KEY))
        answer = await house.ask(request_)

    assert answer.status == 429
    assert int(answer.values(b"retry-after")[0]) == 60
    assert len(house.upstream.seen) == 1


async def test_what_is_only_read_here_is_not_limited() -> None:
    async with house_of(cache=False) as house:
        _, store = limited(house, requests=1)
        await house.ask(get(b"/v1/models", KEY))
        pages = [await house.ask(get(b"/readyz", KEY)), await house.ask(get(b"/health", KEY))]
        retrieved = await house.ask(post(b"/v1/retrieve", b'{"hash": "0"}', KEY))
        probe = await house.connect()
        probe.writer.write(get(b"/", KEY, method=b"HEAD"))
        probed = await probe.head()

    assert [page.status for page in pages] == [200, 200]
    assert retrieved.status in (400, 404)
    assert probed.status == 200
    assert len(store._buckets) == 1


@pytest.mark.parametrize(
    "forged",
    [
        b"x-forwarded-for: 10.9.8.7",
        b"forwarded: for=10.9.8.7",
        b"x-real-ip: 10.9.8.7",
        b"x-forwarded-host: other.example",
        b"via: 1.1 other",
        b"x-headroom-session-id: another",
    ],
)
async def test_M5_forged_headers_change_nothing(forged: bytes) -> None:
    async with house_of(cache=False) as house:
        limited(house, requests=1)
        await house.ask(post(b"/v1/messages", BODY, KEY))
        answer = await house.ask(post(b"/v1/messages", BODY, KEY, forged))

    assert answer.status == 429


async def test_M5_the_whole_credential_tells_callers_apart() -> None:
    begun_alike = b"x-api-key: sk-ant-api03-" + b"a" * 60
    async with house_of(cache=False) as house:
        limited(house, requests=1)
        first = await house.ask(post(b"/v1/messages", BODY, begun_alike + b"1"))
        other = await house.ask(post(b"/v1/messages", BODY, begun_alike + b"2"))
        again = await house.ask(post(b"/v1/messages", BODY, begun_alike + b"1"))

    assert (first.status, other.status, again.status) == (200, 200, 429)


async def test_the_refusal_is_told_as_each_provider_does() -> None:
    paths = {
        "anthropic": b"/v1/messages",
        "openai": b"/v1/chat/completions",
        "gemini": b"/v1beta/models/gemini-3:generateContent",
    }
    async with house_of(cache=False) as house:
        limited(house, requests=1)
        with_planning(house, clock=Clock(1_700_000_000.0))
        await house.ask(post(b"/v1/messages", BODY, KEY))
        told = {name: await house.ask(post(path, BODY, KEY)) for name, path in paths.items()}

    errors = {name: json.loads(answer.body)["error"] for name, answer in told.items()}
    assert _headers(told["anthropic"], b"anthropic-ratelimit-") == {
        b"anthropic-ratelimit-requests-limit": b"1",
        b"anthropic-ratelimit-requests-remaining": b"0",
        b"anthropic-ratelimit-requests-reset": b"2023-11-14T22:14:20Z",
    }
    assert _headers(told["openai"], b"x-ratelimit-") == {
        b"x-ratelimit-limit-requests": b"1",
        b"x-ratelimit-remaining-requests": b"0",
        b"x-ratelimit-reset-requests": b"1m0s",
    }
    assert errors["anthropic"]["type"] == "rate_limit_error"
    assert errors["openai"]["code"] == "rate_limit_exceeded"
    assert errors["gemini"]["status"] == "RESOURCE_EXHAUSTED"
    assert errors["gemini"]["details"] == [
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "60s"}
    ]
    assert all("1 requests per minute" in error["message"] for error in errors.values())


def _headers(answer: Answer, begin: bytes) -> dict[bytes, bytes]:
    return {name: value for name, value in answer.headers if name.startswith(begin)}


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, b"1s"), (59, b"59s"), (360, b"6m0s"), (3667, b"1h1m7s")]
)
def test_durations_are_written_as_openai_does(seconds: float, told: bytes) -> None:
    short = Shortage(Limit("tokens", 50), 1.0, 7, seconds)

    headers = dict(remaining_headers("openai", short, now=0.0))

    assert headers[b"x-ratelimit-reset-tokens"] == told
    assert headers[b"x-ratelimit-remaining-tokens"] == b"7"


async def test_H2_the_providers_own_headers_and_refusals_pass_unchanged() -> None:
    reply = (
        b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 17\r\n"
        b"anthropic-ratelimit-requests-remaining: 0\r\ncontent-length: 2\r\n\r\n{}"
    )
    async with house_of(replying(reply), cache=False) as house:
        limited(house, requests=5, tokens=10_000)
        answer = await house.ask(post(b"/v1/messages", BODY, KEY))

    assert (answer.status, answer.body) == (429, b"{}")
    assert answer.values(b"retry-after") == [b"17"]
    assert len(_headers(answer, b"anthropic-ratelimit-")) == 1


async def test_tokens_are_settled_by_what_the_provider_reports() -> None:
    usage = {"input_tokens": 300, "cache_read_input_tokens": 9000, "output_tokens": 50}
    async with house_of(replying(used(usage)), cache=False) as house:
        limited(house, tokens=100_000)
        await house.ask(post(b"/v1/messages", BODY, KEY))

        assert await left(house, _tenant(house)) == 100_000 - 350


async def test_tokens_are_set_apart_before_the_request_is_sent() -> None:
    async with house_of(hang, cache=False) as house:
        limited(house, tokens=2000)
        client = await house.connect()
        client.writer.write(post(b"/v1/messages", BODY, KEY))
        await house.upstream.next()
        bodies = BODY.replace(b'"max_tokens": 80', b'"max_tokens": 16000')
        refused = await house.ask(post(b"/v1/messages", bodies, KEY))
        client.close()

    assert refused.status == 429
    assert "2,000 tokens per minute" in json.loads(refused.body)["error"]["message"]
    headers = _headers(refused, b"anthropic-ratelimit-tokens-")
    assert headers[b"anthropic-ratelimit-tokens-limit"] == b"2000"
    assert 0 < int(headers[b"anthropic-ratelimit-tokens-remaining"]) < 2000
    assert len(house.upstream.seen) == 1


async def test_nothing_is_used_where_nothing_was_sent_or_the_provider_refused() -> None:
    async with house_of(anthropic_api_url=NOWHERE, cache=False) as house:
        limited(house, tokens=100_000)
        unreachable = await house.ask(post(b"/v1/messages", BODY, KEY))
        assert (unreachable.status, await left(house, _tenant(house))) == (502, 100_000)
    bad = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}"
    async with house_of(replying(bad), cache=False) as house:
        limited(house, tokens=100_000)
        refused = await house.ask(post(b"/v1/messages", BODY, KEY))
        assert (refused.status, await left(house, _tenant(house))) == (400, 100_000)


async def test_M4_what_was_sent_and_never_answered_is_charged_as_it_was_expected() -> None:
    async with house_of(hang, cache=False) as house:
        limited(house, tokens=100_000)
        notebook = noting(house)
        client = await house.connect()
        client.writer.write(post(b"/v1/messages", BODY, KEY))
        await house.upstream.next()
        client.writer.transport.abort()
        outcome = await notebook.next()

        assert outcome.verdict == "client_left"
        assert outcome.usage is not None
        assert outcome.usage.output_tokens == EXPECTED_ANSWER
        counted = outcome.usage.input_tokens
        assert 100_000 - await left(house, _tenant(house)) == counted + EXPECTED_ANSWER


async def test_a_cut_reply_without_a_report_is_charged_as_it_was_expected() -> None:
    async with house_of(
        saying(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab"), cache=False
    ) as house:
        limited(house, tokens=100_000)
        client = await house.connect()
        client.writer.write(post(b"/v1/messages", b"not JSON" * 100, KEY))
        await client.rest()

        assert await left(house, _tenant(house)) == 100_000 - 200 - 4_000


async def test_pictures_in_a_body_that_is_not_read_set_little_apart() -> None:
    body = BODY.replace(b"x" * 4000, b"x" * 3_000_000)
    async with house_of(hang, optimize=False, cache=False) as house:
        limited(house, tokens=300_000)
        client = await house.connect()
        client.writer.write(post(b"/v1/messages", body, KEY))
        await house.upstream.next()

        assert 90_000 < await left(house, _tenant(house)) < 110_000
        client.close()


async def test_M5_agents_that_read_from_the_cache_do_not_set_all_of_it_apart() -> None:
    usage = {"input_tokens": 500, "cache_creation_input_tokens": 7000, "output_tokens": 9}
    route = "/v1/messages"
    async with house_of(replying(used(usage)), cache=False) as house:
        limited(house, tokens=100_000)
        first = await house.ask(post(route.encode(), body_of(route, results(3)), KEY))
        after_one = await left(house, _tenant(house))
        notebook = noting(house)
        house.upstream.script = hang
        limited(house, tokens=100_000)
        client = await house.connect()
        client.writer.write(post(route.encode(), body_of(route, results(5)), KEY))
        await house.upstream.next()
        set_apart = 100_000 - await left(house, _tenant(house))
        client.writer.transport.abort()
        outcome = await notebook.next()

    assert (first.status, after_one) == (200, 100_000 - 7509)
    assert 0 < set_apart < outcome.tokens_after / 1.5


async def test_counting_tokens_uses_none() -> None:
    async with house_of(cache=False) as house:
        _, store = limited(house, tokens=10)
        answer = await house.ask(post(b"/v1/messages/count_tokens", BODY, KEY))

    assert answer.status == 200
    assert not store._buckets


@pytest.mark.parametrize(
    ("outcome", "tokens"),
    [
        (Outcome("r", "planned", usage=Usage(100, 20, cache_read_tokens=70)), 50),
        (Outcome("r", "planned", usage=Usage(10, 20, cache_read_tokens=70)), 20),
        (Outcome("r", "planned", usage=Usage(5_000, 20)), 5_020),
        (Outcome("r", "client_left", usage=Usage(5_000, 20), estimated=True), 999),
        (Outcome("r", "client_left", usage=Usage(50, 20), estimated=True), 70),
        (Outcome("r", "client_left"), 0),
        (Outcome("r", "refused", status=429), 0),
        (Outcome("r", "upstream_failed", status=502), 0),
    ],
)
def test_what_a_call_has_used_is_told_by_its_outcome(outcome: Outcome, tokens: int) -> None:
    assert used_tokens(outcome, 999) == tokens


async def test_a_virtual_key_has_limits_and_buckets_of_its_own() -> None:
    async with house_of(cache=False) as house:
        limited(house, requests=100, tokens=1_000_000)
        proxy = house.app.proxy
        assert proxy is not None
        own = Caller("tenant", "k1", Allowance(requests_per_minute=2, tokens_per_minute=10))
        free = Caller("tenant", "k2", Allowance(requests_per_minute=0))
        usual = Caller("tenant", "k3")
        for caller, given in ((own, 2), (free, 500), (usual, 100)):
            assert await _given(proxy, caller, 500) == given
        for key in ("k1", "k4"):
            whose = dataclasses.replace(own, key_id=key)
            call = record(model="m", caller=whose, expected=Usage(1_000, 4_000))
            await take_tokens(proxy, call)
            assert len(call.holds) == 1
            assert await left(house, f"key:{key}") == 1_000_000 - 5000


async def _given(proxy: Proxy, caller: Caller, asked: int) -> int:
    for number in range(asked):
        try:
            await take_request(proxy, record(caller=caller))
        except RateLimited:
            return number
    return asked


async def test_without_rate_limits_nothing_is_counted() -> None:
    async with house_of(rate_limit=False, rpm=1, tpm=1, cache=False) as house:
        answers = [await house.ask(post(b"/v1/messages", BODY, KEY)) for _ in range(5)]
        proxy = house.app.proxy
        assert proxy is not None
        assert await _given(proxy, Caller("t", "k", Allowance(requests_per_minute=1)), 9) == 9

    assert [answer.status for answer in answers] == [200] * 5


class Silent(MemoryStore):
    """A store whose buckets do not answer."""

    async def take(self, bucket: str, amount: float, *, rate: float, burst: float) -> float:
        raise StoreError("the disk is gone")

    async def charge(self, bucket: str, amount: float, *, rate: float) -> None:
        raise StoreError("the disk is gone")


async def test_where_the_store_is_down_all_are_served_and_one_warning_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with house_of(cache=False) as house:
        with_planning(house, limits=Limits(Silent(), requests=1, tokens=1))
        with caplog.at_level(logging.WARNING):
            answers = [await house.ask(post(b"/v1/messages", BODY, KEY)) for _ in range(5)]

    assert [answer.status for answer in answers] == [200] * 5
    told = [message for message in caplog.messages if "per minute are not limited" in message]
    assert told == ["requests and tokens per minute are not limited: the disk is gone"]


async def test_M7_setting_the_wall_clock_changes_nothing() -> None:
    async with house_of(cache=False) as house:
        steady, _ = limited(house, requests=1)
        wall = Clock()
        with_planning(house, clock=wall)
        first = await house.ask(post(b"/v1/messages", BODY, KEY))
        jumped = []
        for jump in (3600.0, -7200.0, 40 * 86_400.0):
            wall.now += jump
            jumped.append(await house.ask(post(b"/v1/messages", BODY, KEY)))
        steady.now += 60
        later = await house.ask(post(b"/v1/messages", BODY, KEY))

    assert first.status == 200
    assert [answer.values(b"retry-after") for answer in jumped] == [[b"60"]] * 3
    assert later.status == 200


async def test_a_longer_answer_than_expected_is_a_debt_and_lengths_are_learned() -> None:
    usage = {"input_tokens": 100, "output_tokens": 5000}
    async with house_of(replying(used(usage)), cache=False) as house:
        limited(house, tokens=4000)
        first = await house.ask(post(b"/v1/messages", BODY, KEY))
        await left(house, _tenant(house))
        refused = await house.ask(post(b"/v1/messages", BODY, KEY))
        proxy = house.app.proxy
        assert proxy is not None
        learned = proxy.answer_lengths.high((_tenant(house), "m"))

    assert first.status == 200
    assert int(refused.values(b"retry-after")[0]) > 15
    assert refused.values(b"anthropic-ratelimit-tokens-remaining") == [b"0"]
    assert learned == 5000


async def test_a_request_larger_than_a_minutes_worth_is_served_in_the_end() -> None:
    async with house_of(cache=False) as house:
        steady, _ = limited(house, tokens=100)
        statuses = []
        for _ in range(3):
            answer = await house.ask(post(b"/v1/messages", BODY, KEY))
            statuses.append(answer.status)
            await left(house, "nobody")
            steady.now += int((answer.values(b"retry-after") or [b"0"])[0])

    assert statuses == [200, 429, 200]


def _tenant(house: House) -> str:
    """Of KEY."""
    call = dataclasses.replace(record().call, headers=[(b"x-api-key", b"mine")])
    return tenant_of(brought(call), planning_of(house).secret)


@pytest.mark.parametrize(
    "junk", [b"api-key: %d", b"authorization: Basic %d", b"x-goog-api-key: %d"]
)
async def test_M5_a_credential_that_nobody_reads_buys_no_bucket(junk: bytes) -> None:
    async with house_of(cache=False) as house:
        limited(house, requests=3)
        requests = [post(b"/v1/messages", BODY, KEY, junk % number) for number in range(6)]
        statuses = [(await house.ask(request)).status for request in requests]

    assert statuses == [200] * 3 + [429] * 3


async def test_L9_so_many_credentials_are_no_callers() -> None:
    async with house_of() as house:
        many = [b"x-api-key: %d" % number for number in range(9)]
        answer = await house.ask(post(b"/v1/messages", BODY, *many))

    assert answer.status == 400
    assert "9 credentials" in answer.body.decode()
