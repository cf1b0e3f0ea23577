"""Requests made shorter where they are sent: by the library's rule, and only what may be."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import headroom
from headroom.integrations.shortener import Shortener
from headroom.marker import TOOL, find_markers
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

DIALECTS = dict(zip(ROUTES, ("anthropic", "openai_chat", "openai_responses"), strict=True))
LONG = json.dumps(
    [{"id": n, "level": "INFO", "text": f"request {n} was served"} for n in range(300)]
)


def with_tool(route: str, texts: list[str]) -> bytes:
    """A body that brings a tool for what was left out."""
    body = conversation(route, texts)
    named = {"name": TOOL, "parameters": {}, "input_schema": {}}
    chat = {"type": "function", "function": named}
    body["tools"].append(chat if route == "/v1/chat/completions" else named)
    return json.dumps(body).encode()


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_says_what_the_library_would_say(route: str) -> None:
    body = body_of(route, results(6))

    shorter = Shortener().body(DIALECTS[route], body)

    said = headroom.compress(messages_of(body)).messages
    assert messages_of(shorter) == said
    assert len(shorter) < len(body) / 2


@pytest.mark.parametrize("route", ROUTES)
def test_law_1_nothing_but_the_texts_of_tools_changes(route: str) -> None:
    odd = '{"far": 12345678901234567890123,  "odd":[1e2, 1.0,"\\u00e9\\/"], '
    body = odd + json.dumps(conversation(route, results(6)))[1:]

    shorter = Shortener().body(DIALECTS[route], body.encode()).decode()

    assert shorter.startswith(odd)
    for old, new in zip(
        texts_of(route, body.encode()), texts_of(route, shorter.encode()), strict=True
    ):
        spelled = next(
            one for one in (json.dumps(new), json.dumps(new, ensure_ascii=False)) if one in shorter
        )
        shorter = shorter.replace(spelled, json.dumps(old), 1)
    assert shorter == body


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[1, 2]", b'{"messages": 5}', b'{"messages": [5, null, "a"]}', b"{}"],
)
def test_A2_what_cannot_be_read_or_needs_nothing_is_the_same_object(body: bytes) -> None:
    for dialect in DIALECTS.values():
        assert Shortener().body(dialect, body) is body


@pytest.mark.parametrize("route", ROUTES)
def test_messages_that_do_not_change_are_the_same_objects(route: str) -> None:
    said = messages_of(body_of(route, ["fine", log(1)]))

    shorter = Shortener().messages(said)

    same = [after is before for before, after in zip(said, shorter, strict=True)]
    assert same == [True] * (len(said) - 1) + [False]


@pytest.mark.parametrize("odd", [object(), {1, 2}, float("nan"), 10**400, "\ud800"])
def test_A1_messages_that_json_cannot_tell_are_sent_as_they_are(odd: Any) -> None:
    said = [*messages_of(body_of(ROUTES[1], [log(1)])), {"role": "user", "content": odd}]

    shorter = Shortener().messages(said)

    assert len(shorter) == len(said)
    assert shorter[-1] is said[-1]


def test_messages_may_be_models_of_pydantic() -> None:
    class Model:
        def model_dump(self) -> dict[str, Any]:
            return dict(messages_of(body_of(ROUTES[1], [log(1)]))[1])

    said = messages_of(body_of(ROUTES[1], [log(1)]))
    model = Model()

    shorter = Shortener().messages([said[0], model, said[2]])

    assert shorter[1] is model
    assert len(shorter[2]["content"]) < len(said[2]["content"])


@pytest.mark.parametrize("route", ROUTES)
def test_law_3_nothing_is_left_out_where_no_originals_are_kept(route: str) -> None:
    shorter = Shortener().body(DIALECTS[route], with_tool(route, [LONG]))

    assert not find_markers(texts_of(route, shorter)[0])


@pytest.mark.parametrize("route", ROUTES)
def test_law_3_what_is_left_out_is_kept_first_and_named(route: str) -> None:
    kept: dict[str, str] = {}

    shorter = Shortener(originals=kept).body(DIALECTS[route], with_tool(route, [LONG]))

    [marker] = find_markers(texts_of(route, shorter)[0])
    assert marker.by_tool
    assert list(kept.values()) == [LONG]
    assert marker.key in kept
    plain = Shortener().body(DIALECTS[route], with_tool(route, [LONG]))
    assert len(shorter) < len(plain)


@pytest.mark.parametrize("route", ROUTES)
def test_law_3_without_the_tool_nothing_leaves_that_only_it_could_bring_back(route: str) -> None:
    kept: dict[str, str] = {}

    shorter = Shortener(originals=kept).body(DIALECTS[route], body_of(route, [LONG]))

    assert not [
        one for text in texts_of(route, shorter) for one in find_markers(text) if one.by_tool
    ]


def test_law_3_an_original_is_kept_again_with_each_turn() -> None:
    kept: dict[str, str] = {}
    shortener = Shortener(originals=kept)
    first = shortener.body("anthropic", with_tool(ROUTES[0], [LONG]))
    kept.clear()

    again = shortener.body("anthropic", with_tool(ROUTES[0], [LONG]))

    assert again == first
    assert list(kept.values()) == [LONG]


def test_one_shortener_serves_many_conversations_at_a_time() -> None:
    shortener = Shortener()
    bodies = [body_of(ROUTES[0], [rows(n), log(n), rows(n + 1)][: n % 3 + 1]) for n in range(24)]
    alone = [Shortener().body("anthropic", body) for body in bodies]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda body: shortener.body("anthropic", body), bodies * 3))

    assert together == alone * 3
