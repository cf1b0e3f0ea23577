from __future__ import annotations

from itertools import count
from typing import Any

import msgspec
import pytest

from headroom.formats.openai_responses_stream import Count, StreamedLeg, item_in
from headroom.formats.openai_responses_turn import ResponsesStreamedTurn
from headroom.formats.turns import encoded
from headroom.marker import TOOL
from headroom.wire.frames import Frame
from tests.formats.responses_turns import SHELL, events_in, fed
from tests.formats.streams import named

CALL: dict[str, Any] = {
    "id": "fc_1",
    "type": "function_call",
    "status": "completed",
    "call_id": "o1",
    "name": TOOL,
    "arguments": "{}",
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "status": "completed",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
}


def test_events_are_counted_as_they_come_until_one_is_left_out() -> None:
    counted = Count()

    before = [counted.number(n) for n in (0, 2, 5)]
    counted.is_anew = True
    after = [counted.number(n) for n in (7, 8, 0)]

    assert before + after == [0, 2, 5, 6, 7, 8]


def test_an_event_of_our_own_is_the_next() -> None:
    counted = Count()
    counted.number(4)

    assert counted.number(None) == 5


def test_items_are_counted_as_they_come_until_one_is_left_out() -> None:
    counted = Count()

    before = [counted.place(n) for n in (0, 3)]
    counted.is_anew = True

    assert before + [counted.place(n) for n in (5, 0)] == [0, 3, 4, 5]


@pytest.mark.parametrize(
    ("event", "index"),
    [
        ({"output_index": 2}, 2),
        ({"output_index": 2, "item_id": "another"}, 2),
        ({"item_id": "fc_1"}, 2),
        ({"item_id": "another"}, None),
        ({"output_index": 3}, None),
        ({"output_index": True}, None),
        ({"output_index": 3, "type": "response.output_item.added"}, 3),
        ({}, None),
    ],
)
def test_which_item_an_event_is_about(event: dict[str, Any], index: int | None) -> None:
    leg = StreamedLeg()
    leg.begin(2, CALL)
    leg.begin(4, {})

    assert leg.index_of(event) == index


def ended(leg: StreamedLeg, *output: dict[str, Any]) -> StreamedLeg:
    response = {"output": list(output)}
    leg.end(Frame(b"", msgspec.json.encode({"response": response})), "completed", response)
    return leg


def test_a_leg_is_what_the_events_of_its_items_have_told() -> None:
    leg = StreamedLeg()
    leg.begin(1, MESSAGE).piece = '{"n": 1}'
    leg.begin(0, CALL).piece = '{"n": 0}'

    assert ended(leg, MESSAGE).pieces() == ('{"n": 0}', '{"n": 1}')


def test_where_an_item_has_no_end_the_last_event_tells_all() -> None:
    leg = StreamedLeg()
    leg.begin(0, MESSAGE).piece = '{"n": 0}'
    leg.begin(1, CALL)

    assert leg.pieces() == ('{"n": 0}',)
    assert ended(leg, MESSAGE, CALL).pieces() == (encoded(MESSAGE), encoded(CALL))


def test_a_call_of_ours_may_be_seen_in_the_last_event_alone() -> None:
    assert ended(StreamedLeg(), MESSAGE, CALL).calls_us
    assert not ended(StreamedLeg(), MESSAGE).calls_us


@pytest.mark.parametrize(
    ("data", "item"),
    [
        (b'{"item": {"a": 1}}', '{"a": 1}'),
        (b"{}", ""),
        (b"{", ""),
        (b'{"item":"\xff"}', '"\ufffd"'),
    ],
)
def test_the_item_of_an_event_is_told_as_it_stands_there(data: bytes, item: str) -> None:
    assert item_in(data) == item


# Turns of streams that no script makes.


def stream_of(*items: dict[str, Any], output: Any = None, **more: Any) -> list[dict[str, Any]]:
    """The events of a response with these items, which its last event repeats by default."""
    inner = [
        {"type": f"response.output_item.{kind}", "output_index": index, "item": item}
        for index, item in enumerate(items)
        for kind in ("added", "done")
    ]
    whole = {"id": "resp_1", "output": list(items) if output is None else output, **more}
    return [
        {"type": "response.created", "response": {"id": "resp_1", "output": []}},
        *inner,
        {"type": "response.completed", "response": {"status": "completed", **whole}},
    ]


def numbered(events: list[dict[str, Any]]) -> bytes:
    numbers = count()
    return named(*({**event, "sequence_number": next(numbers)} for event in events))


def test_what_comes_behind_the_last_event_waits_for_it() -> None:
    turn = ResponsesStreamedTurn()

    passed = fed(turn, numbered(stream_of(CALL, MESSAGE)) + b"data: [DONE]\n\n")
    rest = turn.finish()

    assert b"[DONE]" not in passed
    assert rest.endswith(b"\n\ndata: [DONE]\n\n")


def test_comments_are_passed_on() -> None:
    turn = ResponsesStreamedTurn()

    told = fed(turn, b": ping\n\n" + numbered(stream_of(CALL)[:-1]) + b": ping\n\n")

    assert told.startswith(b": ping\n\n")
    assert told.endswith(b": ping\n\n")


def test_an_event_without_an_index_is_known_by_the_id_of_its_item() -> None:
    events = stream_of(CALL, MESSAGE)
    delta = {"type": "response.function_call_arguments.delta", "item_id": "fc_1", "delta": TOOL}
    turn = ResponsesStreamedTurn()

    told = fed(turn, numbered([*events[:2], delta, *events[2:]])) + turn.finish()

    assert TOOL.encode() not in told
    assert [event["sequence_number"] for event in events_in(told)] == [0, 1, 2, 3]


def test_an_event_about_an_unknown_item_is_passed_on() -> None:
    odd = {"type": "response.new_thing", "output_index": 7}
    said = numbered([*stream_of(MESSAGE), odd])

    assert fed(ResponsesStreamedTurn(), said) == said


def test_gaps_of_the_providers_own_stay_while_nothing_is_left_out() -> None:
    events = stream_of(MESSAGE)
    said = named(*({**event, "sequence_number": 2 * n} for n, event in enumerate(events)))
    said = said.replace(b'"output_index":0', b'"output_index":3')

    assert fed(ResponsesStreamedTurn(), said) == said


def test_items_without_events_of_their_own_are_taken_from_the_last_event() -> None:
    begun, *_, ended = stream_of(MESSAGE, CALL)
    turn = ResponsesStreamedTurn()

    told = fed(turn, numbered([begun, ended]))
    ending = turn.finish()

    assert [call.id for call in turn.calls] == ["o1"]
    assert turn.goes_on
    assert TOOL.encode() not in told + ending
    assert events_in(ending)[-1]["response"]["output"] == [MESSAGE]


def test_a_call_that_is_cut_before_its_end_is_found_in_the_last_event() -> None:
    cut = {**CALL, "status": "incomplete", "arguments": '{"ha'}
    begun, added, *_ = stream_of(CALL)
    ended = {"type": "response.incomplete", "response": {"id": "resp_1", "output": [cut]}}
    turn = ResponsesStreamedTurn()

    fed(turn, numbered([begun, added, ended]))

    assert not turn.calls
    assert turn.legs[0].hidden == (0,)


def test_an_empty_output_in_the_last_event_is_filled() -> None:
    turn = ResponsesStreamedTurn()

    fed(turn, numbered(stream_of(MESSAGE, CALL, output=[])))

    assert events_in(turn.finish())[-1]["response"]["output"] == [MESSAGE]


def test_a_stream_without_numbers_gets_none() -> None:
    turn = ResponsesStreamedTurn()

    told = fed(turn, named(*stream_of(CALL, MESSAGE))) + turn.finish()

    assert all("sequence_number" not in event for event in events_in(told))


def test_data_over_several_lines_is_written_on_one_when_it_changes() -> None:
    said = numbered(stream_of(CALL, MESSAGE)).replace(b',"item"', b',\ndata: "item"')
    turn = ResponsesStreamedTurn()

    told = fed(turn, said) + turn.finish()

    assert [event["type"] for event in events_in(told)][1:] == [
        "response.output_item.added",
        "response.output_item.done",
        "response.completed",
    ]


def test_half_a_surrogate_pair_does_not_keep_our_tool_in() -> None:
    said = named(*stream_of(MESSAGE, tools=[SHELL, {"type": "function", "name": TOOL}]))
    said = said.replace(b'"Hi"', b'"\\ud83d"')
    turn = ResponsesStreamedTurn()

    told = fed(turn, said)

    assert TOOL.encode() not in told
    assert b'"\\ud83d"' in told


def test_a_stream_that_breaks_off_says_nothing_more() -> None:
    said = numbered(stream_of(CALL, MESSAGE))
    turn = ResponsesStreamedTurn()

    fed(turn, said[:-20])

    assert not turn.calls
    assert turn.finish() == b""


def test_what_breaks_off_before_any_call_of_ours_is_passed_on_to_the_last_byte() -> None:
    said = numbered(stream_of(MESSAGE))[:-20]

    assert fed(ResponsesStreamedTurn(), said) == said


def test_arguments_that_are_no_object_are_empty() -> None:
    turn = ResponsesStreamedTurn()

    fed(turn, numbered(stream_of({**CALL, "arguments": '{"ha'})))

    assert turn.calls[0].arguments == "{}"


def test_an_event_without_a_type_is_one_of_its_item() -> None:
    events = stream_of(CALL, MESSAGE)[:-1]
    said = numbered(events) + b'data: {"output_index":0}\n\ndata: {"output_index":1}\n\n'

    told = fed(ResponsesStreamedTurn(), said)

    assert told.endswith(b'data: {"output_index":0}\n\n')
    assert told.count(b'data: {"output_index"') == 1
