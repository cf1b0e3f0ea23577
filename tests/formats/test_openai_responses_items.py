from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.formats.openai_responses_items import (
    UNANSWERED,
    answered,
    calls_in,
    given_back,
    is_ours,
    is_result,
    leg_of,
    speaks,
    wait_for_the_client,
)
from headroom.formats.turns import encoded
from headroom.marker import TOOL

OURS: dict[str, Any] = {"type": "function_call", "id": "fc_1", "call_id": "o1", "name": TOOL}
THEIRS: dict[str, Any] = {"type": "function_call", "id": "fc_2", "call_id": "c1", "name": "shell"}
REASONING: dict[str, Any] = {"type": "reasoning", "id": "rs_1", "summary": []}
MESSAGE: dict[str, Any] = {"type": "message", "id": "msg_1", "role": "assistant", "content": []}


def pieces(*items: dict[str, Any]) -> list[str]:
    return [encoded(item) for item in items]


def decoded(texts: Any) -> list[Any]:
    return [msgspec.json.decode(text) for text in texts]


@pytest.mark.parametrize(
    ("item", "ours"),
    [
        (OURS, True),
        ({**OURS, "namespace": None}, True),
        ({**OURS, "namespace": "mcp"}, False),
        ({**OURS, "type": "custom_tool_call"}, False),
        (THEIRS, False),
        ({}, False),
    ],
)
def test_ours_is_the_function_of_our_name(item: dict[str, Any], ours: bool) -> None:
    assert is_ours(item) is ours


@pytest.mark.parametrize(
    ("items", "wait"),
    [
        ([OURS], False),
        ([OURS, THEIRS], True),
        ([{"type": "custom_tool_call"}], True),
        ([{"type": "local_shell_call"}], True),
        ([{"type": "shell_call", "call_id": "s1"}], True),
        ([{"type": "apply_patch_call"}], True),
        ([{"type": "computer_call"}], True),
        ([{"type": "mcp_approval_request"}], True),
        ([{"type": "tool_search_call", "execution": "client"}], True),
        ([{"type": "tool_search_call", "execution": "server"}], False),
        ([{"type": "web_search_call"}, {"type": "mcp_call"}, {"type": "program"}], False),
        ([REASONING, MESSAGE, {}], False),
    ],
)
def test_some_items_wait_for_the_client(items: list[dict[str, Any]], wait: bool) -> None:
    assert wait_for_the_client(items) is wait


def test_a_shell_of_the_providers_own_has_run_its_call() -> None:
    call = {"type": "shell_call", "call_id": "s1"}
    output = {"type": "shell_call_output", "call_id": "s1"}

    assert not wait_for_the_client([call, output])
    assert wait_for_the_client([call, output, {**call, "call_id": "s2"}])


@pytest.mark.parametrize(
    ("item", "is_heard"),
    [
        (MESSAGE, True),
        (THEIRS, True),
        ({"type": "image_generation_call"}, True),
        (REASONING, False),
        ({"type": "web_search_call"}, False),
    ],
)
def test_reasoning_alone_says_nothing(item: dict[str, Any], is_heard: bool) -> None:
    assert speaks(item) is is_heard


@pytest.mark.parametrize(
    ("item", "result"),
    [
        ({"type": "function_call_output"}, True),
        ({"type": "mcp_approval_response"}, True),
        (THEIRS, False),
        ({"role": "user"}, False),
        ({"type": 5}, False),
        (None, False),
    ],
)
def test_results_are_known_by_their_kind(item: Any, result: bool) -> None:
    assert is_result(item) is result


def test_a_hidden_call_has_no_answer_until_one_comes() -> None:
    leg = leg_of(pieces(REASONING, OURS, THEIRS))

    assert leg.hidden == (1,)
    (none,) = decoded(leg.answers)
    assert none == {"type": "function_call_output", "call_id": "o1", "output": UNANSWERED}
    (answer,) = decoded(answered(leg, {"o1": "text"}).answers)
    assert answer == {"type": "function_call_output", "call_id": "o1", "output": "text"}


def test_a_leg_without_a_call_of_ours_has_no_answers() -> None:
    assert leg_of(pieces(MESSAGE, THEIRS)).answers == ()


@pytest.mark.parametrize("status", ["incomplete", "in_progress"])
def test_a_call_that_was_cut_cannot_be_answered(status: str) -> None:
    leg = leg_of(pieces(OURS, {**OURS, "call_id": "o2", "status": status}))

    assert [call.id for call in calls_in(leg)] == ["o1"]
    answers = decoded(answered(leg, {"o1": "text"}).answers)
    assert [answer["output"] for answer in answers] == ["text", UNANSWERED]


def test_items_are_given_back_as_they_came() -> None:
    texts = [f" {piece}" for piece in pieces(REASONING, OURS)]

    assert given_back(texts, lost=()) == {0: texts[0], 1: texts[1]}


def test_behind_lost_reasoning_items_have_no_id() -> None:
    other = {**REASONING, "id": "rs_2"}

    given = given_back(pieces(MESSAGE, REASONING, OURS, THEIRS, other, MESSAGE), lost={1})

    assert list(given) == [0, 2, 3, 4, 5]
    assert ["id" in item for item in decoded(given.values())] == [True, False, False, True, True]


def test_an_id_that_stands_twice_stays() -> None:
    texts = [*pieces(REASONING), '{"type":"message","id":"a","id":"b"}']

    assert given_back(texts, lost={0}) == {1: texts[1]}
