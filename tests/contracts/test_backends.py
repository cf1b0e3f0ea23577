"""What holds behind every backend: guards, shortening, retrieval, outcomes, errors, leaving.

Those that a library translates for are tried where the libraries are, in the gateways' environment
(`tests/gateways/test_translated_contracts.py`); all others wherever we develop.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headroom.marker import TOOL, key_of
from headroom.proxy.backends import BACKENDS
from tests.contracts.backends import DIRECT, NATIVE, Case, refused_by
from tests.contracts.translated import TRANSLATED, is_tried_here
from tests.proxy.house import PATIENCE_S, Answer, House, get, post
from tests.proxy.talks import (
    EVERY_ROUTE,
    GEMINI,
    body_of,
    noting,
    results,
    table,
    target_of,
    texts_of,
)
from tests.upstream import Call, Failure, Gate, Provider, Say, Script
from tests.upstream.wire import Received

SECRET = b"sk-ant-api03-of-the-caller"
KEYS = (b"x-api-key: " + SECRET, b"authorization: Bearer " + SECRET)
USUAL = (*KEYS, b"anthropic-version: 2023-06-01", b"cache-control: no-store")
UPGRADE = (
    b"connection: Upgrade", b"upgrade: websocket", b"sec-websocket-version: 13",
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
)  # fmt: skip
TEXTS = [table(1)]
ASK = Call(TOOL, {"hash": key_of(TEXTS[0])})

CASES = TRANSLATED if is_tried_here() else NATIVE

every = pytest.mark.parametrize("case", CASES, ids=str)
lending = pytest.mark.parametrize("case", [case for case in CASES if case.lends], ids=str)
streams = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])

Patch = pytest.MonkeyPatch
MESSAGES = ("messages", "input", "contents")
STATUSES = (400, 401, 403, 429, 500, 529)


def test_every_backend_and_every_dialect_that_it_takes_has_a_case() -> None:
    dialects = dict(
        zip(("anthropic", "openai_chat", "openai_responses", "gemini"), EVERY_ROUTE, strict=True)
    )
    listed = {(one.name, dialects[each]) for one in BACKENDS for each in one.dialects}

    for name, route in listed:
        cases = (*NATIVE, *TRANSLATED)
        assert any(case.backend.startswith(name) and case.route == route for case in cases)


async def ask(house: House, case: Case, texts: list[str], **members: Any) -> Answer:
    target = target_of(case.route, stream=bool(members.get("stream")))
    return await house.ask(post(target, body(case, texts, **members), *USUAL))


def body(case: Case, texts: list[str], **members: Any) -> bytes:
    usage = {"stream_options": {"include_usage": True}} if "chat" in case.route else {}
    asked = {**(usage if members.get("stream") else {}), **members}
    return body_of(case.route, texts, **{"model": case.model, **asked})


@every
async def test_twenty_turns_are_valid_and_shorter_and_each_is_a_prefix_of_the_next(
    case: Case, tmp_path: Path, monkeypatch: Patch
) -> None:
    provider, texts = Provider(), results(20)
    async with case.house(provider, tmp_path, monkeypatch, workspace_dir=tmp_path) as (house, wire):
        answers = [
            await ask(house, case, texts[:count], stream=count % 2 == 0) for count in range(1, 21)
        ]

    assert {answer.status for answer in answers} == {200}
    assert len(provider.received) == 20
    sent = [conversation_of(case, received) for received in wire.received]
    for before, after in itertools.pairwise(sent):
        assert after.startswith(before.removesuffix(b"]"))
    plain = sum(len(body(case, texts[:count])) for count in range(1, 21))
    assert sum(len(received.body) for received in wire.received) < 0.7 * plain


def conversation_of(case: Case, received: Received) -> bytes:
    """The bytes of the messages in a body; where a library wrote them, but for white space."""
    members = msgspec.json.decode(received.body, type=dict[str, msgspec.Raw])
    said = next(bytes(members[name]) for name in MESSAGES if name in members)
    return msgspec.json.encode(msgspec.json.decode(said)) if case.heard else said


@every
async def test_what_the_model_reads_is_what_it_reads_when_asked_directly(
    case: Case, tmp_path: Path, monkeypatch: Patch
) -> None:
    said: list[list[str]] = []
    direct = next(one for one in DIRECT if one.route == case.route)
    for number, each in enumerate((direct, case)):
        provider, folder = Provider(), tmp_path / str(number)
        folder.mkdir()
        async with each.house(provider, folder, monkeypatch, workspace_dir=folder) as (house, _):
            await ask(house, each, results(4))
        said.append(texts_of(each.heard or each.route, provider.received[-1].body))

    assert said[0] == said[1]


@every
@streams
async def test_what_the_model_asks_back_is_answered_within_one_reply(
    case: Case, stream: bool, tmp_path: Path, monkeypatch: Patch
) -> None:
    provider = Provider()
    settings: dict[str, Any] = {"workspace_dir": tmp_path, "ccr_offer": "always"}
    async with case.house(provider, tmp_path, monkeypatch, **settings) as (house, _):
        assert (await ask(house, case, [])).status == 200
        notebook = noting(house)
        provider.next(Script((Say("Let me see. "), ASK)), Script((Say("It is slow."),)))
        answer = await ask(house, case, TEXTS, stream=stream)
        outcome = await notebook.next()

    assert answer.status == 200
    assert TOOL.encode() not in answer.body
    assert b"slow" in answer.body
    last = provider.received[-1].json()
    assert TEXTS[0] in json.dumps(last) or json.dumps(TEXTS[0]) in json.dumps(last)
    assert outcome.legs == 2
    assert outcome.verdict == "planned"


@every
@streams
async def test_the_outcome_tells_model_usage_and_cost(
    case: Case, stream: bool, tmp_path: Path, monkeypatch: Patch
) -> None:
    provider = Provider()
    async with case.house(provider, tmp_path, monkeypatch, budget=100.0) as (house, _):
        notebook = noting(house)
        await ask(house, case, results(2), stream=stream)
        outcome = await notebook.next()

    assert outcome.tokens_before > outcome.tokens_after > 0
    assert outcome.model == case.model
    assert outcome.usage is not None
    assert outcome.usage.input_tokens > 0
    assert not outcome.estimated
    assert outcome.cost


@lending
async def test_the_price_of_a_model_that_nobody_knows_is_told_as_unknown(
    case: Case, tmp_path: Path, monkeypatch: Patch
) -> None:
    name = "anthropic.mystery-9" if case.backend == "bedrock" else "mystery-9"
    async with case.house(Provider(), tmp_path, monkeypatch) as (house, _):
        notebook = noting(house)
        answer = await ask(house, case, ["a"], model=name)
        outcome = await notebook.next()

    assert answer.status == 200
    assert outcome.cost is None


# Guards


@every
async def test_limits_and_budgets_stop_a_call_before_anybody_is_asked(
    case: Case, tmp_path: Path, monkeypatch: Patch
) -> None:
    async with case.house(Provider(), tmp_path, monkeypatch, rpm=1) as (house, wire):
        statuses = [(await ask(house, case, ["a"])).status for _ in range(2)]
        reached = len(wire.received)
    async with case.house(Provider(), tmp_path, monkeypatch, tpm=1_000) as (house, tired):
        # The first one takes more than a minute has, which the reply tells.
        tokens = [(await ask(house, case, results(4))).status for _ in range(2)]
        told = len(tired.received)
    async with case.house(Provider(), tmp_path, monkeypatch, budget=0.0) as (house, broke):
        spent = await ask(house, case, ["a"])
    async with case.house(Provider(), tmp_path, monkeypatch, body_limit_mb=1) as (house, full):
        large = await ask(house, case, ["x" * 1_100_000])

    assert (statuses, reached) == ([200, 429], 1)
    assert (tokens, told) == ([200, 429], 1)
    assert (spent.status, broke.received) == (429, [])
    assert (large.status, full.received) == (413, [])
    assert b"budget" in spent.body


@lending
async def test_what_a_backend_does_not_take_is_refused_in_words(
    case: Case, tmp_path: Path, monkeypatch: Patch
) -> None:
    refused = refused_by(case.backend, CASES)
    async with case.house(Provider(), tmp_path, monkeypatch) as (house, wire):
        answers = [await house.ask(post(path.encode(), b"{}", *USUAL)) for path in refused]
        listed = await house.ask(get(b"/v1/models", *USUAL))
        upgraded = await house.ask(get(case.route.encode(), *USUAL, *UPGRADE))

    assert refused
    assert (listed.status, upgraded.status) == (404, 404)
    assert "does not take GET /v1/models" in listed.body.decode()
    assert f"does not take WebSocket {case.route}" in upgraded.body.decode()
    assert ({answer.status for answer in answers}, wire.received) == ({404}, [])
    for path, answer in zip(refused, answers, strict=True):
        told = json.loads(answer.body)["error"]["message"]
        assert f"the backend {case.backend} of this Headroom does not take POST {path}" in told
        assert f"POST {case.route}" in told.partition("it takes ")[2]


@lending
async def test_the_callers_credentials_go_nowhere(
    case: Case, tmp_path: Path, monkeypatch: Patch
) -> None:
    async with case.house(Provider(), tmp_path, monkeypatch) as (house, wire):
        answer = await ask(house, case, ["a"])

    assert answer.status == 200
    assert all(SECRET not in value for _, value in wire.received[0].headers)


@lending
async def test_strangers_spend_nothing_and_callers_with_a_token_do(
    case: Case, tmp_path: Path, monkeypatch: Patch
) -> None:
    via = b"via: 1.1 gateway"
    token = b"x-api-key: CALLERS"
    async with case.house(Provider(), tmp_path, monkeypatch, api_key="CALLERS") as (house, wire):
        request = body(case, ["a"])
        strange = await house.ask(post(case.route.encode(), request, *USUAL, via))
        reached = len(wire.received)
        known = await house.ask(post(case.route.encode(), request, token, via))

    assert (strange.status, reached, known.status) == (401, 0, 200)
    assert b"credentials of its operator" in strange.body
    assert all(b"CALLERS" not in value for _, value in wire.received[0].headers)


@every
async def test_a_large_body_arrives_whole(case: Case, tmp_path: Path, monkeypatch: Patch) -> None:
    settings: dict[str, Any] = {"optimize": False}
    text = "".join(f"{number} is one of many, " for number in range(40_000))
    async with case.house(Provider(), tmp_path, monkeypatch, **settings) as (house, wire):
        answer = await ask(house, case, [text])

    assert answer.status == 200
    assert len(wire.received[0].body) > 800_000
    assert text.encode() in wire.received[0].body


# What goes wrong


@every
@streams
async def test_an_error_reaches_the_client_in_its_dialect(
    case: Case, stream: bool, tmp_path: Path, monkeypatch: Patch
) -> None:
    provider = Provider()
    async with case.house(provider, tmp_path, monkeypatch) as (house, _):
        for status in STATUSES:
            provider.next(Failure(status, "It is the weather.", retry_after="7"))
            answer = await ask(house, case, ["a"], stream=stream)

            assert answer.status == case.told.get(status, status)
            error = json.loads(answer.body)["error"]
            assert "It is the weather." in error["message"]
            assert error["status" if case.route == GEMINI else "type"]
            waits = case.waits or not stream
            assert answer.values(b"retry-after") == ([b"7"] if waits else []), status


@every
@pytest.mark.parametrize("how", [{"cut_after": 8}, {"cut_after": 8, "error": Failure(529)}])
async def test_a_stream_that_goes_wrong_does_not_look_whole(
    case: Case, how: dict[str, Any], tmp_path: Path, monkeypatch: Patch
) -> None:
    provider = Provider()
    async with case.house(provider, tmp_path, monkeypatch) as (house, _):
        provider.next(Script((Say("word " * 40),), **how))
        request = post(target_of(case.route, stream=True), body(case, ["a"], stream=True), *USUAL)
        rest = await house.say(
            request.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nconnection: close\r\n")
        )

    assert b"word" in rest
    assert b"error" in rest
    assert b"message_stop" not in rest
    assert b"[DONE]" not in rest


@every
async def test_when_the_client_leaves_so_does_the_request(
    case: Case, tmp_path: Path, monkeypatch: Patch
) -> None:
    provider, gate = Provider(), Gate()
    async with case.house(provider, tmp_path, monkeypatch) as (house, wire):
        provider.next(Script((Say("word " * 40),), hold_after=6, gate=gate))
        client = await house.connect()
        client.writer.write(
            post(target_of(case.route, stream=True), body(case, ["a"], stream=True), *USUAL)
        )
        await client.head()
        await client.chunk()
        client.close()
        left = await asyncio.to_thread(wire.received[0].left.wait, PATIENCE_S)
        gate.open()

    assert left


# Tokens


@pytest.mark.parametrize("case", [case for case in CASES if case.counts], ids=str)
async def test_tokens_are_counted(case: Case, tmp_path: Path, monkeypatch: Patch) -> None:
    asked = json.loads(body(case, ["a"]))
    asked.pop("max_tokens")
    counted: list[Answer] = []
    async with case.house(Provider(), tmp_path, monkeypatch) as (house, _):
        path = b"/v1/messages/count_tokens"
        counted.append(await house.ask(post(path, json.dumps(asked).encode(), *USUAL)))

    assert counted[0].status == 200
    assert json.loads(counted[0].body)["input_tokens"] > 20
