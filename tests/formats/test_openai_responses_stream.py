from __future__ import annotations

import msgspec
import pytest

from headroom.formats.openai_responses_stream import Count, StreamedLeg, item_in
from headroom.formats.turns import encoded
from headroom.marker import TOOL
from headroom.wire.frames import Frame

CALL: dict[str, object] = {"type": "function_call", "id": "fc_1", "call_id": "o1", "name": TOOL}
MESSAGE: dict[str, object] = {"type": "message", "id": "msg_1"}


def test_events_are_counted_as_they_come_until_one_is_left_out() -> None:
    count = Count()

    before = [count.number(n) for n in (0, 2, 5)]
    count.is_anew = True
    after = [count.number(n) for n in (7, 8, 0)]

    assert before + after == [0, 2, 5, 6, 7, 8]


def test_an_event_of_our_own_is_the_next() -> None:
    count = Count()
    count.number(4)

    assert count.number(None) == 5


def test_items_are_counted_as_they_come_until_one_is_left_out() -> None:
    count = Count()

    before = [count.place(n) for n in (0, 3)]
    count.is_anew = True

    assert before + [count.place(n) for n in (5, 0)] == [0, 3, 4, 5]


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
def test_which_item_an_event_is_about(event: dict[str, object], index: int | None) -> None:
    leg = StreamedLeg()
    leg.begin(2, CALL)
    leg.begin(4, {})

    assert leg.index_of(event) == index


def ended(leg: StreamedLeg, *output: dict[str, object]) -> StreamedLeg:
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
