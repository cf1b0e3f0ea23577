from __future__ import annotations

from typing import Any

import msgspec

from headroom.conversation import Leg
from headroom.formats.openai_chat_leg import (
    StreamedLeg,
    delivered,
    leg_of,
    merged,
    message_of,
    text_of,
)
from headroom.formats.turns import NOTHING_SAID
from tests.formats.chat_turns import BASH, OURS, chunk, entry


def said(*deltas: dict[str, Any]) -> dict[str, Any]:
    """The message that these deltas make."""
    leg = StreamedLeg()
    for delta in deltas:
        leg.see(chunk(delta))
    return message_of(leg.leg())


def test_a_leg_is_the_message_that_its_deltas_make() -> None:
    message = said(
        {"role": "assistant", "content": "", "refusal": None},
        {"content": "Lo"},
        {"content": "ok."},
        {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "ls", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "id": None, "function": {"arguments": "{"}}]},
        {"tool_calls": [{"index": 0, "function": {"name": None, "arguments": "}"}}]},
    )

    call = {"id": "c", "function": {"name": "ls", "arguments": "{}"}}
    assert message == {"role": "assistant", "content": "Look.", "tool_calls": [call]}


def test_a_message_with_calls_alone_has_null_as_content() -> None:
    assert said({"content": ""}, {"tool_calls": [entry(0, BASH)]})["content"] is None
    assert said({"content": ""})["content"] == ""


def test_members_that_nobody_knows_grow_by_their_kind() -> None:
    message = said(
        {"content": "Hm.", "reasoning": "One, ", "marks": [{"a": 1}], "more": {"deep": "x"}},
        {"reasoning": "two.", "marks": [{"a": 2}], "more": {"deep": "y"}, "flag": True},
        {"reasoning": None, "marks": None, "more": None, "flag": None, "odd": 3},
    )

    assert message == {
        "role": "assistant",
        "content": "Hm.",
        "reasoning": "One, two.",
        "marks": [{"a": 1}, {"a": 2}],
        "more": {"deep": "xy"},
        "flag": True,
        "odd": 3,
    }


def test_entries_of_one_index_and_type_grow_together() -> None:
    text = {"type": "reasoning.text", "format": "f", "index": 0}
    sealed = {"type": "reasoning.encrypted", "index": 0}

    message = said(
        {"reasoning_details": [{**text, "text": "One, "}]},
        {"reasoning_details": [{**text, "text": "two."}, {**sealed, "data": "x"}]},
        {"reasoning_details": [{**text, "signature": "s"}, {**text, "index": 1}]},
    )

    assert message["reasoning_details"] == [
        {**text, "text": "One, two.", "signature": "s"},
        {**sealed, "data": "x"},
        {**text, "index": 1},
    ]


def test_a_member_that_changes_its_kind_does_no_harm() -> None:
    message = said(
        {"content": [{"type": "thinking"}], "a": "x", "b": {"c": 1}, "role": "assistant"},
        {"content": "Hm.", "a": [1], "b": 2, "role": "user"},
        {"content": ["?"], "a": {"d": 1}, "b": ["e"]},
    )

    assert message["content"] == "Hm."
    assert message["role"] == "assistant"


def test_numbers_behind_hidden_calls_close_up() -> None:
    leg = StreamedLeg()
    leg.see(chunk({"tool_calls": [entry(0, BASH), entry(1, OURS)]}))
    leg.see(chunk({"tool_calls": [entry(3, OURS)]}))

    assert [leg.place(index) for index in (0, 2, 4)] == [0, 1, 2]


def test_the_pieces_of_a_chunk_are_told_by_their_calls() -> None:
    leg = StreamedLeg()

    owners = leg.see(chunk({"tool_calls": [entry(0, BASH), "?", entry(1, OURS), entry(1, "}")]}))

    assert [owner.is_ours if owner else None for owner in owners] == [False, None, True, True]


def test_what_says_nothing_is_left_out_of_a_message_but_content_is_not() -> None:
    leg = leg_of({"refusal": None, "annotations": [], "content": None, "name": "x"}, ())

    assert message_of(leg) == {"role": "assistant", "content": None, "name": "x"}


def test_legs_are_merged_into_the_message_that_was_seen() -> None:
    ours, bash = {"id": "a"}, {"id": "b"}
    first = {"content": "One ", "reasoning": "x", "odd": {"a": 1}, "tool_calls": [ours]}
    last = {"content": "two", "reasoning": "y", "odd": {"b": 1}, "tool_calls": [bash, ours]}

    whole = merged((leg_of(first, (0,)), leg_of(last, (1,))))

    assert whole == {
        "role": "assistant",
        "content": "One two",
        "reasoning": "xy",
        "odd": {"b": 1},
        "tool_calls": [bash],
    }


def test_parts_and_lists_run_on() -> None:
    parts = [{"type": "text", "text": "One "}, {"type": "text", "text": "two"}]

    whole = merged(tuple(leg_of({"content": [part]}, ()) for part in parts))

    assert whole["content"] == parts
    assert text_of(whole) == "One two"


def test_only_who_has_nothing_to_read_or_do_is_told_so() -> None:
    nothing = leg_of({"content": " ", "reasoning": "Hm."}, ())

    assert delivered((nothing,))["content"] == f" {NOTHING_SAID}"
    assert delivered(())["content"] == NOTHING_SAID
    for name in ("refusal", "audio", "function_call", "tool_calls"):
        assert delivered((nothing, leg_of({name: ["x"]}, ())))["content"] == " "


def test_a_piece_that_is_no_message_is_an_empty_one() -> None:
    assert message_of(Leg((msgspec.json.encode([1]).decode(),))) == {}
