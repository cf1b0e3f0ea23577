from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from headroom.conversation import Leg
from headroom.formats.turns import (
    StreamedTurn,
    encoded,
    kept_legs,
    listed,
    raw,
    read_document,
    tool_parameters,
    visible_pieces,
)
from headroom.marker import TOOL_ARGUMENTS
from headroom.wire.frames import Frame

ANSWERED = Leg(("1", "2", "3"), (1,), ("a",))
UNANSWERED = Leg(("4",), (0,))


class Shouting(StreamedTurn):
    """A turn whose legs end with each event, and that passes events on in capitals."""

    def _passed(self, frame: Frame) -> bytes:
        self._ended.append(UNANSWERED)
        return frame.raw.upper()

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(answers.values())


def test_events_are_passed_on_one_by_one_as_they_are_whole() -> None:
    turn = Shouting()

    assert turn.feed(b"data: a\n") == b""
    assert turn.feed(b"\ndata: b\n\ndata: c") == b"DATA: A\n\nDATA: B\n\n"


def test_answers_belong_to_the_last_leg() -> None:
    turn = Shouting()
    turn.feed(b"data: a\n\ndata: b\n\n")
    assert (turn.legs, turn.calls) == ((), ())

    turn.answer({"id": "b"})

    assert turn.legs == (UNANSWERED, Leg(("4",), (0,), ("b",)))


@pytest.mark.parametrize(
    ("legs", "kept"),
    [
        ([], ()),
        ([Leg(("1",))], ()),
        ([UNANSWERED], ()),
        ([ANSWERED, UNANSWERED], (ANSWERED, UNANSWERED)),
    ],
)
def test_legs_are_kept_where_something_was_hidden_and_answered(
    legs: list[Leg], kept: tuple[Leg, ...]
) -> None:
    assert kept_legs(legs) == kept


def test_what_is_visible_is_all_that_is_not_hidden() -> None:
    assert visible_pieces([ANSWERED, UNANSWERED, Leg(("5",))]) == ("1", "3", "5")


def test_our_tool_takes_texts_none_of_which_it_needs() -> None:
    parameters = tool_parameters()

    assert tuple(parameters["properties"]) == TOOL_ARGUMENTS
    assert "required" not in parameters


def test_json_texts_are_put_together_without_being_read() -> None:
    texts = ['{"a" : 1.0}', "[ ]"]

    assert listed(texts) == '[{"a" : 1.0},[ ]]'
    assert encoded([raw(text) for text in texts]) == listed(texts)
    assert listed([]) == "[]"


def test_only_an_object_is_a_document() -> None:
    document = read_document(b'{"a":1}')

    assert document is not None
    assert document.get("a") == 1
    assert [read_document(body) for body in (b"", b"[]", b"<html>", msgspec.json.encode(3))] == [
        None
    ] * 4
