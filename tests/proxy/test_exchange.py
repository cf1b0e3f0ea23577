"""One request on a planned route, as client and provider see it."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]  # the wheel brings no types
import msgspec
import pytest
from backports import zstd

from headroom.marker import TOOL
from tests.proxy.house import House, house_of, post, replying
from tests.proxy.talks import (
    EVERY_ROUTE,
    GEMINI,
    GEMINI_MODEL,
    body_of,
    conversation,
    house_before,
    log,
    messages_of,
    model_of,
    noting,
    planning_of,
    results,
    rows,
    table,
    target_of,
    texts_of,
)
from tests.upstream import Provider, Say, Script

KEY = b"authorization: Bearer key"
OURS = (
    b"x-headroom-request-id",
    b"x-headroom-tokens-before",
    b"x-headroom-tokens-after",
    b"x-headroom-tokens-saved",
    b"x-headroom-model",
    b"x-headroom-overhead-ms",
)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


async def sent(house: House, route: str, body: bytes, *headers: bytes) -> bytes:
    """What the upstream gets for *body*; it must be answered with 200."""
    answer = await house.ask(post(route.encode(), body, KEY, *headers))
    assert answer.status == 200, answer.body
    return (await house.upstream.next()).body


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_A2_only_the_texts_of_tools_are_shortened_and_all_else_keeps_its_bytes(
    route: str,
) -> None:
    texts = [rows(1), "ok", rows(2)]
    body = body_of(route, texts)

    async with house_of() as house:
        out = await sent(house, route, body)

    assert len(out) < len(body) * 0.8
    for before, after in zip(texts, texts_of(route, out), strict=True):
        if after != before:
            body = body.replace(json.dumps(before).encode(), msgspec.json.encode(after), 1)
    assert out == body


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_A2_a_body_that_nothing_is_gained_in_goes_out_as_it_came(route: str) -> None:
    body = json.dumps(conversation(route, ["fine"]), indent=3).replace("fine", "\\u0066ine")

    async with house_of() as house:
        assert await sent(house, route, body.encode()) == body.encode()


@pytest.mark.parametrize(
    "header", [b"x-headroom-bypass: true", b"x-headroom-mode: passthrough", b"x-headroom-bypass: 1"]
)
@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_A2_a_bypassed_request_goes_out_byte_for_byte(route: str, header: bytes) -> None:
    body = body_of(route, results(3))

    async with house_of() as house:
        assert await sent(house, route, body, header) == body


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_A2_with_no_optimize_every_request_goes_out_byte_for_byte(route: str) -> None:
    body = body_of(route, results(3))

    async with house_of(optimize=False) as house:
        assert await sent(house, route, body) == body


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_law_2_a_bypassed_turn_changes_no_form_of_the_next(route: str) -> None:
    turns = [body_of(route, results(count)) for count in (1, 2, 3)]

    async with house_of() as house:
        steady = [await sent(house, route, turn) for turn in turns]
    async with house_of() as house:
        await sent(house, route, turns[0])
        bypassed = await sent(house, route, turns[1], b"x-headroom-bypass: true")
        last = await sent(house, route, turns[2])

    assert bypassed == turns[1]
    assert last == steady[2]


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_law_2_each_turn_goes_out_as_a_byte_prefix_of_the_next(route: str) -> None:
    texts = results(20)

    async with house_of() as house:
        out = [await sent(house, route, body_of(route, texts[:n])) for n in range(1, 21)]

    for before, after in itertools.pairwise(out):
        assert before.endswith(b"]}")
        assert after.startswith(before[:-2])
    assert len(out[-1]) < len(body_of(route, texts)) * 0.7


async def test_law_2_forms_stay_when_the_client_moves_its_cache_marks() -> None:
    texts = results(8)

    def marked(count: int) -> bytes:
        body = conversation("/v1/messages", texts[:count])
        body["messages"][-1]["content"][-1]["cache_control"] = {"type": "ephemeral"}
        return json.dumps(body).encode()

    async with house_of() as house:
        out = [await sent(house, "/v1/messages", marked(n)) for n in range(1, 9)]

    for before, after in itertools.pairwise(out):
        said = _unmarked(messages_of(before))
        assert _unmarked(messages_of(after))[: len(said)] == said


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_law_2_forms_stay_when_the_client_writes_its_history_anew(route: str) -> None:
    texts = results(6)
    spellings: list[dict[str, Any]] = [
        {"indent": 1},
        {"separators": (",", ":")},
        {"sort_keys": True},
        {"ensure_ascii": False},
    ]

    async with house_of() as house:
        out = []
        for count in range(1, 7):
            turn = conversation(route, texts[:count])
            body = json.dumps(turn, **spellings[count % 4]).encode()
            out.append(messages_of(await sent(house, route, body)))

    for before, after in itertools.pairwise(out):
        assert after[: len(before)] == before
    assert len(json.dumps(out[-1])) < len(body_of(route, texts)) * 0.8


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_law_2_the_same_new_turn_sent_twice_at_once_goes_out_the_same(route: str) -> None:
    first, second = body_of(route, results(2)), body_of(route, [*results(2), log(7, 400)])

    async with house_of() as house:
        await sent(house, route, first)
        both = await asyncio.gather(sent(house, route, second), sent(house, route, second))
        third = await sent(house, route, body_of(route, [*results(2), log(7, 400), "ok"]))

    assert both[0] == both[1]
    assert third.startswith(both[0][:-2])


@pytest.mark.parametrize("encoding", PACKERS)
async def test_a_packed_body_that_is_changed_goes_out_unpacked(encoding: str) -> None:
    packed = PACKERS[encoding](body_of("/v1/messages", results(2)))

    async with house_of() as house:
        header = b"content-encoding: " + encoding.encode()
        answer = await house.ask(post(b"/v1/messages", packed, header))
        plain = await sent(house, "/v1/messages", body_of("/v1/messages", results(2)))
        seen = house.upstream.seen[0]

    assert answer.status == 200
    assert seen.values(b"content-encoding") == []
    assert seen.values(b"content-length") == [b"%d" % len(seen.body)]
    assert seen.body == plain


@pytest.mark.parametrize("headers", [(), (b"x-headroom-bypass: true",)])
@pytest.mark.parametrize("encoding", PACKERS)
async def test_A2_a_packed_body_that_is_not_changed_goes_out_as_it_came(
    encoding: str, headers: tuple[bytes, ...]
) -> None:
    texts = results(2) if headers else ["fine"]
    packed = PACKERS[encoding](body_of("/v1/messages", texts))

    async with house_of() as house:
        header = b"content-encoding: " + encoding.encode()
        assert await sent(house, "/v1/messages", packed, header, *headers) == packed
        assert house.upstream.seen[0].values(b"content-encoding") == [encoding.encode()]


@pytest.mark.parametrize(
    ("route", "kind"),
    [("/v1/messages", "request_too_large"), ("/v1/chat/completions", "invalid_request_error")],
)
async def test_a_body_that_unpacks_beyond_the_limit_is_413(route: str, kind: str) -> None:
    packed = gzip.compress(json.dumps({"messages": "word " * 600_000}).encode())

    async with house_of(body_limit_mb=1) as house:
        answer = await house.ask(post(route.encode(), packed, b"content-encoding: gzip"))

    assert answer.status == 413
    assert json.loads(answer.body)["error"]["type"] == kind
    assert house.upstream.seen == []


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_an_unknown_encoding_is_415_in_the_shape_of_the_provider(route: str) -> None:
    async with house_of() as house:
        answer = await house.ask(post(route.encode(), b"?", b"content-encoding: pack200"))

    error = json.loads(answer.body)["error"]
    assert answer.status == 415
    kind = "INVALID_ARGUMENT" if route == GEMINI else "invalid_request_error"
    assert error["status" if route == GEMINI else "type"] == kind
    assert "pack200" in error["message"]
    assert house.upstream.seen == []


async def test_A2_a_bypassed_body_in_an_unknown_encoding_is_not_ours_to_judge() -> None:
    async with house_of() as house:
        headers = (b"content-encoding: pack200", b"x-headroom-bypass: true")
        assert await sent(house, "/v1/messages", b"?", *headers) == b"?"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_a_planned_reply_bears_our_headers(route: str, stream: bool) -> None:
    async with house_before(Provider()) as house:
        body = body_of(route, results(2), stream=stream)
        answer = await house.ask(post(target_of(route, stream=stream), body, KEY))

    assert answer.status == 200
    told = {name: value for name, value in answer.headers if name.startswith(b"x-headroom-")}
    assert set(OURS) < set(told)
    before, after = (int(told[b"x-headroom-tokens-" + name]) for name in (b"before", b"after"))
    assert before - after == int(told[b"x-headroom-tokens-saved"]) > 100
    assert told[b"x-headroom-model"].decode() == model_of(route)
    assert float(told[b"x-headroom-overhead-ms"]) > 0
    assert b"router:smart_crusher:" in told[b"x-headroom-transforms"]
    assert b"x-headroom-compression-failed" not in told


async def test_other_replies_bear_no_counts_of_ours() -> None:
    async with house_of() as house:
        relayed = await house.ask(post(b"/v1/embeddings", b'{"input":"x"}'))
        body = body_of("/v1/messages", results(2))
        bypassed = await house.ask(post(b"/v1/messages", body, b"x-headroom-bypass: true"))

    assert not [name for name, _ in relayed.headers if name.startswith(b"x-headroom-")]
    counted = [name for name, _ in bypassed.headers if name.startswith(b"x-headroom-tokens")]
    assert counted == []


@pytest.mark.parametrize(
    "model", ["m\r\nset-cookie: a=b", "m,x-headroom-tokens-saved:9", "m\x00\x85ü", "x" * 500]
)
async def test_a_model_name_cannot_forge_a_header(model: str) -> None:
    body = json.dumps({"model": model, "messages": []}).encode()

    async with house_of() as house:
        answer = await house.ask(post(b"/v1/messages", body))

    assert answer.status == 200
    assert answer.values(b"set-cookie") == []
    [told] = answer.values(b"x-headroom-model")
    assert len(told) <= 64
    assert b"," not in told
    assert all(0x20 <= byte < 0x7F for byte in told)


async def test_A1_a_reply_in_an_unknown_encoding_is_passed_on_unwatched() -> None:
    reply = b"HTTP/1.1 200 OK\r\ncontent-encoding: pack200\r\ncontent-length: 3\r\n\r\n\xff\x00?"

    async with house_of(replying(reply)) as house:
        answer = await house.ask(post(b"/v1/messages", body_of("/v1/messages", results(1))))

    assert (answer.status, answer.body) == (200, b"\xff\x00?")


async def test_the_usage_that_a_provider_reports_is_told_and_learned() -> None:
    texts = results(2)

    async with house_before(Provider()) as house:
        notebook = noting(house)
        await house.ask(post(b"/v1/messages", body_of("/v1/messages", texts), KEY))
        outcome = await notebook.next()
        calibration = planning_of(house).calibration

    assert outcome.usage is not None
    assert outcome.usage.input_tokens > 500
    assert not outcome.estimated
    assert outcome.tokens_before > outcome.tokens_after > 0
    assert calibration.estimate("test-model", outcome.tokens_after) == outcome.usage.input_tokens


async def test_a_stream_that_reports_no_usage_is_counted_by_us_and_nothing_is_asked_for() -> None:
    reply = Script((Say("All is well. " * 40),))
    route = "/v1/chat/completions"
    body = body_of(route, results(4), stream=True)

    async with house_before(provider := Provider(otherwise=reply)) as house:
        notebook = noting(house)
        answer = await house.ask(post(route.encode(), body, KEY))
        outcome = await notebook.next()

    assert b'"usage":null' not in answer.body
    assert b"stream_options" not in provider.received[0].body
    assert outcome.estimated
    assert outcome.usage is not None
    assert outcome.usage.input_tokens == outcome.tokens_after
    assert outcome.usage.output_tokens == pytest.approx(160, rel=0.1)


async def test_the_pass_a_body_owes_its_shortening_to_is_named_once() -> None:
    async with house_of() as house:
        body = body_of("/v1/messages", [rows(number) for number in range(1, 4)])
        answer = await house.ask(post(b"/v1/messages", body))

    named = answer.values(b"x-headroom-transforms")[0].split(b",")
    assert len(named) == len(set(named))


def _unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _unmarked(v) for k, v in value.items() if k != "cache_control"}
    return [_unmarked(each) for each in value] if isinstance(value, list) else value


async def test_what_gemini_counts_is_what_it_would_be_sent() -> None:
    counting = GEMINI.replace("generateContent", "countTokens")
    body = body_of(GEMINI, results(6))
    async with house_of() as house:
        asked = await sent(house, GEMINI, body)
        counted = await sent(house, counting, body)
        unknown = await sent(house, counting, body_of(GEMINI, [log(9)]))

    assert counted == asked != body
    # Nothing is decided by counting.
    assert unknown == body_of(GEMINI, [log(9)])


@pytest.mark.parametrize("headers", [(), (b"x-headroom-bypass: true",)])
@pytest.mark.parametrize("optimize", [True, False])
async def test_the_model_in_geminis_path_is_the_one_that_is_asked(
    headers: tuple[bytes, ...], optimize: bool
) -> None:
    body = json.dumps({**conversation(GEMINI, [log(1)]), "model": "models/other"}).encode()
    async with house_of(optimize=optimize) as house:
        notebook = noting(house)
        assert (await house.ask(post(GEMINI.encode(), body, KEY, *headers))).status == 200

        assert (await notebook.next()).model == GEMINI_MODEL


async def test_geminis_routes_are_told_without_what_a_client_wrote_into_them() -> None:
    target = b"/v1beta/models/x%0aforged:generateContent"
    async with house_of() as house:
        notebook = noting(house)
        await house.ask(post(target, body_of(GEMINI, []), KEY))
        outcome = await notebook.next()

    assert outcome.route == "/v1beta/models/*:generateContent"
    assert "\n" not in outcome.model


async def test_a_stream_of_gemini_that_comes_as_a_list_is_planned_without_our_tool(
    tmp_path: Path,
) -> None:
    target = b"/v1beta/models/gemini-2.5-pro:streamGenerateContent"
    texts = [table(1)]
    provider = Provider(otherwise=Script((Say("It is slow."),)))
    async with house_before(provider, workspace_dir=tmp_path, ccr_offer="always") as house:
        notebook = noting(house)
        answer = await house.ask(post(target, body_of(GEMINI, texts), KEY))
        outcome = await notebook.next()

    assert TOOL.encode() not in provider.received[0].body
    assert len(provider.received[0].body) < len(body_of(GEMINI, texts))
    pieces = json.loads(answer.body)
    parts = [piece["candidates"][0]["content"]["parts"][0]["text"] for piece in pieces]
    assert "".join(parts) == "It is slow."
    assert outcome.usage is not None
    assert outcome.usage.output_tokens > 0
    assert outcome.model == "gemini-2.5-pro"
    assert outcome.streaming
    assert outcome.cost is not None
