"""The library: compress a list of messages; replay a conversation as the proxy would send it."""

from __future__ import annotations

import copy
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

import headroom
from headroom.api import Session, choices_of, compress, format_of, member_of, reducers_for
from headroom.compressors import REDUCERS
from headroom.conversation import Known
from headroom.economics import Costs
from headroom.marker import find_markers, key_of
from headroom.pipeline import Choices, plan
from headroom.pipeline.budget import Budget
from headroom.settings import Settings
from headroom.tokens import Counter
from headroom.wire.document import Document
from tests.pipeline.hindsight.laws import problem
from tests.proxy.talks import ROUTES, body_of, conversation, log, results, rows, texts_of
from tests.support.tiny_keep_model import write_model

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


def test_law_2_results_without_their_calls_are_judged_by_no_words_before_them() -> None:
    rows_of_it = json.dumps([{"id": n, "text": f"request {n} was served"} for n in range(300)])
    result = {"role": "tool", "tool_call_id": "c", "content": rows_of_it}
    task = {"role": "user", "content": "Why was request 77 served so late?"}

    alone = compress([result], keep_everything=False)
    after = compress([task, result], keep_everything=False)

    assert alone.originals
    assert after.messages == [task, *alone.messages]
    assert after.tokens_before > alone.tokens_before


@pytest.mark.parametrize("odd", [[], {}, None, 5, True])
def test_a_kind_that_is_none_is_no_reason_to_fail(odd: object) -> None:
    messages = [{"role": "user", "content": [{"type": odd}]}, {"type": odd, "role": odd}]

    assert compress(messages).messages == messages


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("keep_everything", [True, False])
def test_turns_leave_messages_that_have_more_tokens_than_they_may(
    route: str, *, keep_everything: bool
) -> None:
    messages = said(route, [log(n) for n in range(12)])
    kept = copy.deepcopy(messages)
    whole = compress(messages, keep_everything=keep_everything)
    budget = whole.tokens_after * 2 // 3

    shorter = compress(messages, keep_everything=keep_everything, token_budget=budget)

    assert 0 < shorter.tokens_after <= budget < whole.tokens_after
    assert len(shorter.messages) < len(messages) == len(whole.messages)
    assert messages == kept
    assert shorter.messages[0] is messages[0]
    assert shorter.messages[-2] is messages[-2]
    markers = find_markers(json.dumps(shorter.messages, ensure_ascii=False))
    assert {marker.key for marker in markers} == set(shorter.ccr_hashes) == set(shorter.originals)
    assert all(key_of(text) == key for key, text in shorter.originals.items())
    body = {"model": "m", "max_tokens": 9, member_of(messages): shorter.messages}
    assert problem(FORMAT_NAMES[route], json.dumps(body).encode()) == ""


def test_where_the_last_turn_alone_has_more_nothing_leaves() -> None:
    messages = said(ROUTES[0], [log(n) for n in range(12)])

    same = compress(messages, token_budget=50)

    assert same == compress(messages)
    assert same.tokens_after > 50


def test_where_there_is_room_enough_nothing_leaves() -> None:
    messages = said(ROUTES[1], [log(n) for n in range(4)])

    assert compress(messages, token_budget=100_000) == compress(messages)


def test_a_budget_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="must be 0 or more, not -1"):
        compress([], token_budget=-1)


def code(number: int) -> str:
    """Of which much leaves at once, and more when nobody looks at it any more."""
    return "\n".join(f"def sow_{number}_{n}(bed): return bed + {n} * {number}" for n in range(300))


def test_a_session_takes_what_others_may_have_sent_for_cached() -> None:
    session = Session(offer="always", clock=lambda: 1_000_000.0)

    first = session.forward("anthropic", body_of(ROUTES[0], [code(n) for n in range(9)]))

    assert first.plan.rewrite is None
    assert first.plan.swept == 0


def test_a_session_rewrites_what_it_sent_so_long_ago_that_nobody_caches_it() -> None:
    texts = [code(n) for n in range(8)]
    passed = [1_000.0]
    # Read for so little that it does not pay to rewrite what is cached.
    budget = Budget(costs=Costs(read=0.01), rewrites=True)
    session = Session(offer="always", budget=budget, clock=lambda: passed[0])
    for count in range(8):
        session.forward("anthropic", body_of(ROUTES[0], texts[:count]))
    passed[0] += 10_000

    late = session.forward("anthropic", body_of(ROUTES[0], texts))
    passed[0] += 1
    again = session.forward("anthropic", body_of(ROUTES[0], [*texts, "fine"]))

    assert late.plan.rewrite is not None
    assert late.plan.rewrite.occasion == "free"
    assert again.plan.rewrite is None
    assert again.body.startswith(late.body[:-2])


def test_options_say_how_much_may_leave() -> None:
    settings = Settings(
        min_tokens=7, protect_tools=("a*",), skip_kinds=("log",), code_aware=False, code_tokens=900
    )

    choices = choices_of(settings)

    assert choices.smallest_tokens == 7
    assert choices.protects("abc")
    assert choices.without == ("log", "code")
    assert choices.source_tokens == 900


def test_the_classifier_judges_prose_where_its_model_is_named(tmp_path: Path) -> None:
    folder = write_model(tmp_path, {"lamp": 4.0, "chatter": -4.0})
    told: list[str] = []
    prose = "".join(
        f"The lamp of hall {n} is lit by the keeper. Chatter {n} is chatter of the chatter and "
        "chatter. It was said to be so by all who were there and saw it.\n"
        for n in range(80)
    )
    tool = {"id": "c", "type": "function", "function": {"name": "fetch", "arguments": "{}"}}
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [tool]},
        {"role": "tool", "tool_call_id": "c", "content": prose},
    ]
    named = Choices(kompress_model=str(folder), kompress_evidence=True)
    body = json.dumps({"messages": messages}).encode()
    blocks = format_of(messages).read(Document.read(body))

    planned = plan(
        blocks,
        Known(),
        counter=Counter.load(),
        means="tool",
        choices=named,
        reducers=reducers_for(named, told.append),
    )

    assert planned.forms[1].by == ("kompress",)
    assert not told


def test_a_model_that_is_not_there_is_told_and_all_else_goes_on(tmp_path: Path) -> None:
    told: list[str] = []

    found = reducers_for(Choices(kompress_model=str(tmp_path)), told.append)

    assert found == REDUCERS
    assert len(told) == 1
    assert reducers_for(Choices(), told.append) == REDUCERS
