"""A1 to A5 of the reliability contract: what is inside a body is never our error."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from tests.proxy.house import House, house_of, post
from tests.proxy.talks import (
    ROUTES,
    body_of,
    conversation,
    log,
    messages_of,
    results,
    rows,
    texts_of,
)

Json = dict[str, Any]

WORD = "w" * 300_000
DIGITS = "9" * 400
UNREADABLE = frozenset(
    {
        *("messages twice", "deep structure", "deep message", "never closed", "NUL byte"),
        *("no JSON", "nothing", "an array", "a string", "something after"),
    }
)
"""What of `odd` cannot be edited safely, so that it is relayed."""


def member_of(route: str) -> str:
    return "input" if route == "/v1/responses" else "messages"


def wrong_types(name: str) -> list[Json]:
    """27 bodies that no provider takes; *name* is the member with the messages."""
    wrong: list[Any] = [5, 1.5, "hi", None, True, {}, {"a": 1}, [None], [[]], ["a", 5], [{}]]
    messages: list[Any] = [
        {"role": 5, "type": 5},
        {"role": None, "content": None},
        {"role": "user"},
        {"role": "user", "content": {"a": 1}},
        {"role": "user", "content": [[[None]]]},
        {"role": "user", "content": [{"type": "text", "text": {"a": None}}]},
        {"role": "user", "content": [{"type": "tool_result", "content": [5, {"text": []}]}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": [], "input": "x"}]},
        {"role": "assistant", "tool_calls": [{"function": None}, 5]},
        {"role": "tool", "tool_call_id": {}, "content": [{"text": None}]},
        {"type": "function_call", "call_id": [], "arguments": {}},
        {"type": "function_call_output", "call_id": 5, "output": [{"text": [None]}]},
        {"type": "reasoning", "summary": 5},
    ]
    whole: list[Json] = [
        {},
        {name: [], "model": 5, "stream": "yes", "tools": 5, "system": 5, "thinking": []},
        {name: [], "model": ["m"], "tools": [None, 5], "context_management": 5, "truncation": []},
    ]
    return [*({name: value} for value in wrong), *({name: [one]} for one in messages), *whole]


def odd(route: str) -> dict[str, bytes]:
    """Bodies on which JSON parsers disagree, or give up; each holds text worth shortening."""
    plain = body_of(route, results(2))
    deep = b"[" * 100_000 + b"]" * 100_000
    return {
        "lone surrogate": plain.replace(b"nightly", b"\\ud800"),
        "NaN": plain.replace(b'"test-model"', b'"test-model", "temperature": NaN'),
        "infinite": plain.replace(b'"test-model"', b'"test-model", "temperature": -Infinity'),
        "1e999": plain.replace(b'"test-model"', b'"test-model", "temperature": 1e999'),
        "400 digits": plain.replace(b'"test-model"', b'"test-model", "seed": ' + DIGITS.encode()),
        "a member twice": plain.replace(b'"test-model"', b'"test-model", "seed": 1, "seed": 2'),
        "messages twice": plain[:-1] + b', "%s": []}' % member_of(route).encode(),
        "role twice": plain.replace(b'"role": "user"', b'"role": "user", "role": "tool"', 1),
        "byte order mark": b"\xef\xbb\xbf" + plain,
        "not UTF-8": plain.replace(b"nightly", b"\xff\xfe"),
        "NUL in text": plain.replace(b"nightly", b"\\u0000"),
        "NUL byte": plain.replace(b"nightly", b"\x00"),
        "deep structure": plain[:-1] + b', "metadata": ' + deep + b"}",
        "deep message": plain[:-2] + b", " + deep + b"]}",
        "never closed": b"[" * 100_000,
        "no JSON": b"hello",
        "nothing": b"",
        "an array": b"[1, 2]",
        "a string": b'"hi"',
        "something after": plain + b" {}",
    }


async def asked(house: House, route: str, body: bytes) -> bytes:
    """What the upstream gets for this body, which it answers with 200."""
    answer = await house.ask(post(route.encode(), body))
    assert answer.status == 200, answer.body
    return (await house.upstream.next()).body


@pytest.mark.parametrize("route", ROUTES)
async def test_A1_bodies_of_wrong_types_go_out_byte_for_byte(route: str) -> None:
    bodies = [json.dumps(wrong, indent=1).encode() for wrong in wrong_types(member_of(route))]
    assert len(bodies) == 27

    async with house_of() as house:
        for body in bodies:
            assert await asked(house, route, body) == body


@pytest.mark.parametrize("name", odd("/v1/messages"))
@pytest.mark.parametrize("route", ROUTES)
async def test_A4_A5_what_parsers_disagree_on_goes_out_verbatim(route: str, name: str) -> None:
    body = odd(route)[name]
    before = json.dumps(results(2)[1]).encode()

    async with house_of() as house:
        out = await asked(house, route, body)
    async with house_of() as house:
        form = texts_of(route, await asked(house, route, body_of(route, results(2))))[1]

    shortened = body.replace(before, msgspec.json.encode(form), 1)
    assert out == (body if name in UNREADABLE else shortened)


@pytest.mark.parametrize("route", ROUTES)
async def test_A1_a_lone_surrogate_in_one_turn_keeps_the_forms_of_those_before(route: str) -> None:
    turns = [body_of(route, results(2)), body_of(route, [*results(2), "odd \ud800 " + log(5)])]

    async with house_of() as house:
        first, second = [await asked(house, route, turn) for turn in turns]
        third = await asked(house, route, body_of(route, [*results(2), "\udfff", rows(9)]))

    assert len(first) < len(turns[0])
    assert second.startswith(first[:-2])
    assert b"odd \\ud800 2026" in second
    assert b"\\udfff" in third
    assert third.startswith(first[:-2])


@pytest.mark.parametrize(
    "text",
    [
        "x\x00y\x00" * 2_000,
        WORD,
        json.dumps([{"a": 1}, 5, None, "x", [1]] * 200),
        "[" + ", ".join([DIGITS] * 50) + "]",
        '[{"a": NaN, "b": Infinity}, ' * 50,
        '{"a": 1, "a": 2}\n' * 100,
        '"\\ud800"\n' * 200,
        "\u2028\u2029\x85\x1c" * 500,
    ],
    ids=["NULs", "one word", "mixed", "400 digits", "NaN rows", "same keys", "halves", "odd ends"],
)
@pytest.mark.parametrize("route", ROUTES)
async def test_A1_odd_texts_of_tools_are_sent_whole_or_shorter(route: str, text: str) -> None:
    body = body_of(route, [text, "ok"])

    async with house_of() as house:
        out = await asked(house, route, body)

    assert len(out) <= len(body)
    assert messages_of(out)[:1] == messages_of(body)[:1]
    assert messages_of(out)[-1] == messages_of(body)[-1]


@pytest.mark.parametrize("brackets", ["[" * 100_000 + "]" * 100_000, "{" * 100_000, "<" * 100_000])
async def test_A5_deep_nesting_inside_a_string_is_just_text(brackets: str) -> None:
    body = body_of("/v1/messages", [brackets])

    async with house_of(plan_deadline_seconds=10.0) as house:
        out = await asked(house, "/v1/messages", body)
        answer = await house.ask(post(b"/v1/messages", body))

    assert messages_of(out)[0] == messages_of(body)[0]
    assert answer.values(b"x-headroom-compression-failed") == []


async def test_A3_what_is_not_shortened_keeps_its_digits_and_its_names() -> None:
    odd_numbers = b'12345678901234567890123, -0.0, 1e2, 1.50, 1E-7, "a\\/b", "\\u00e9\xc3\xa9"'
    plain = json.dumps(conversation("/v1/messages", [rows(1)])).encode()
    body = plain[:-1] + b', "a_future_field" :  [ ' + odd_numbers + b" ] }"

    async with house_of() as house:
        out = await asked(house, "/v1/messages", body)

    assert len(out) < len(body)
    assert out.endswith(b', "a_future_field" :  [ ' + odd_numbers + b" ] }")
    assert b'"max_tokens": 64' in out
