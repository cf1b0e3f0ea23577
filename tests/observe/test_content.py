"""What was said in a call, within bounds."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from headroom.observe.content import MOST_BYTES, SAID, Content


def shown(content: Content) -> Any:
    return json.loads(msgspec.json.encode(SAID.decode(content.packed()).shown()))


def test_the_messages_are_those_that_were_sent() -> None:
    body = (
        b'{"model":"m", "messages": [{"role":\n"user","content":"a\\nb"}, '
        b'{"big": 12345678901234567890123}]}'
    )
    content = Content(body)
    content.hear("Hello ")
    content.hear("you")
    content.hear_call("Bash", '{"command":"ls"}')

    assert content.said().messages == (
        b'[{"role":"user","content":"a\\nb"},{"big":12345678901234567890123}]'
    )
    assert shown(content) | {"messages": 0} == {
        "messages": 0,
        "reply": "Hello you",
        "reply_calls": [{"name": "Bash", "arguments": '{"command":"ls"}'}],
        "truncated": False,
    }


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (b'{"input":"a question"}', ["a question"]),
        (b'{"input":[{"a":1}]}', [{"a": 1}]),
        (b'{"contents":[1]}', []),
        (b"", [""]),
        (b"[1,2]", ["[1,2]"]),
        (b'{"messages":[NaN]}', ['{"messages":[NaN]}']),
        (b'{"messages":["\xff"]}', ['{"messages":["�"]}']),
        (b'{"messages":[' + b"[" * 5_000, ['{"messages":[' + "[" * 5_000]),
    ],
)
def test_a_body_of_any_shape_is_told_on_one_line(body: bytes, messages: list[Any]) -> None:
    content = Content(body)

    assert shown(content)["messages"] == messages
    assert b"\n" not in content.said().messages


def test_L9_of_many_messages_the_last_ones_stay() -> None:
    each = [{"n": n, "text": "x" * 60_000} for n in range(10)]

    told = shown(Content(json.dumps({"messages": each}).encode()))

    assert [one["n"] for one in told["messages"]] == [6, 7, 8, 9]
    assert told["truncated"]


def test_L9_of_a_message_that_is_too_long_its_beginning_stays() -> None:
    content = Content(json.dumps({"messages": ["x" * 300_000]}).encode())

    assert len(content.said().messages) < MOST_BYTES + 10
    assert shown(content)["messages"][0].startswith('"xxx')
    assert shown(content)["truncated"]


def test_L9_a_long_reply_is_cut_where_a_character_ends() -> None:
    content = Content(b"{}")
    content.hear("é" * (MOST_BYTES // 2 - 1) + "x")
    content.hear("éé")
    content.hear("more")

    told = shown(content)

    assert told["reply"] == "é" * (MOST_BYTES // 2 - 1) + "x"
    assert told["truncated"]


def test_half_of_a_pair_is_written_as_something_else() -> None:
    content = Content(b"{}")
    content.hear("a\ud800b")

    assert shown(content)["reply"] == "a?b"
