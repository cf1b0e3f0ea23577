"""The library: compress a list of messages; replay a conversation as the proxy would send it."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest

import headroom
from headroom.api import Session, compress, format_of, member_of
from tests.proxy.talks import ROUTES, body_of, conversation, log, results, rows, texts_of

FORMAT_NAMES = dict(zip(ROUTES, ("anthropic", "openai_chat", "openai_responses"), strict=True))


def said(route: str, texts: list[str]) -> list[Any]:
    messages: list[Any] = conversation(route, texts)[
        "input" if route == "/v1/responses" else "messages"
    ]
    return messages


@pytest.mark.parametrize("route", ROUTES)
def test_messages_of_each_shape_become_shorter_in_the_same_number_and_order(route: str) -> None:
    messages = said(route, results(4))

    shorter = compress(messages, model="gpt-4o")

    assert len(shorter.messages) == len(messages)
    assert shorter.tokens_saved == shorter.tokens_before - shorter.tokens_after > 100
    assert 0 < shorter.compression_ratio < 1
    assert any(name.startswith("router:smart_crusher:") for name in shorter.transforms_applied)
    assert shorter.ccr_hashes == []


@pytest.mark.parametrize("route", ROUTES)
def test_what_is_not_changed_is_the_same_object_and_the_callers_own_is_never_changed(
    route: str,
) -> None:
    messages = said(route, ["fine", rows(1)])
    kept = copy.deepcopy(messages)

    shorter = compress(messages)

    assert messages == kept
    assert shorter.messages[-1] != messages[-1]
    for before, after in zip(messages[:-1], shorter.messages[:-1], strict=True):
        assert after is before


@pytest.mark.parametrize("messages", ["hello", b"hello", {"role": "user", "content": "hello"}])
def test_what_is_no_list_of_messages_is_refused(messages: Any) -> None:
    with pytest.raises(TypeError, match="must be a list of messages"):
        compress(messages)


def test_nothing_to_gain_gives_all_of_it_back() -> None:
    messages = [{"role": "user", "content": "hello"}]

    same = compress(messages)

    assert same.messages[0] is messages[0]
    assert (same.tokens_saved, same.compression_ratio) == (0, 1.0)
    assert compress([]).compression_ratio == 1.0


def test_a_message_that_is_not_json_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        compress([{"role": "user", "content": object()}])


@pytest.mark.parametrize("odd", [["a", 5, None], [{}], [{"role": 5}], [{"content": [None, 5]}]])
def test_odd_messages_come_back_as_they_are(odd: list[Any]) -> None:
    assert compress(odd).messages == odd


def test_the_same_messages_always_become_the_same() -> None:
    messages = said(ROUTES[0], results(6))

    assert compress(messages) == compress(copy.deepcopy(messages))


def test_the_package_itself_offers_it() -> None:
    assert headroom.compress is compress


@pytest.mark.parametrize("route", ROUTES)
def test_the_shape_of_messages_tells_their_dialect(route: str) -> None:
    messages = said(route, ["fine"])

    assert format_of(messages).name == FORMAT_NAMES[route]
    assert member_of(messages) == ("input" if route == "/v1/responses" else "messages")


@pytest.mark.parametrize("route", ROUTES)
def test_law_2_a_session_sends_each_turn_as_a_byte_prefix_of_the_next(route: str) -> None:
    texts = results(8)
    session, again = Session(), Session()

    bodies = [
        session.forward(FORMAT_NAMES[route], body_of(route, texts[:count])).body
        for count in range(1, 9)
    ]

    for before, after in itertools.pairwise(bodies):
        assert after.startswith(before[:-2])
    assert bodies == [
        again.forward(FORMAT_NAMES[route], body_of(route, texts[:count])).body
        for count in range(1, 9)
    ]


def test_a_session_gives_a_repeated_turn_the_same_bytes() -> None:
    session = Session()
    body = body_of(ROUTES[0], [log(1, 300), log(1, 300)])

    first = session.forward("anthropic", body)

    assert session.forward("anthropic", body).body == first.body
    assert texts_of(ROUTES[0], first.body)[0] == log(1, 300)


def test_a_session_sends_an_unreadable_body_as_it_came() -> None:
    forwarded = Session().forward("anthropic", b"[1, 2")

    assert forwarded.body == b"[1, 2"
    assert forwarded.plan.failed


@pytest.mark.parametrize("odd", [[], {}, None, 5, True])
def test_a_kind_that_is_none_is_no_reason_to_fail(odd: object) -> None:
    messages = [{"role": "user", "content": [{"type": odd}]}, {"type": odd, "role": odd}]

    assert compress(messages).messages == messages
