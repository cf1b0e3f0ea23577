from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headroom.conversation import Leg
from headroom.formats.gemini_leg import (
    GrowingLeg,
    delivered,
    echoed,
    joined,
    said,
    says_nothing,
    signature_of,
)
from headroom.formats.turns import NOTHING_SAID, encoded
from headroom.marker import TOOL

CALL: dict[str, Any] = {"functionCall": {"name": "bash", "args": {}}, "thoughtSignature": "s"}
OURS: dict[str, Any] = {"functionCall": {"name": TOOL, "args": {"hash": "a"}}}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"text": words, **more}


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([text("a"), text("b")], [text("ab")]),
        ([text("a", thought=True), text("b")], [text("a", thought=True), text("b")]),
        (
            [text("a", thoughtSignature="s"), text("b")],
            [text("a", thoughtSignature="s"), text("b")],
        ),
        (
            [text("a"), text("b"), text("", thoughtSignature="s"), text("c")],
            [text("ab"), text("", thoughtSignature="s"), text("c")],
        ),
        ([text("a"), CALL, text("b")], [text("a"), CALL, text("b")]),
        ([text("")], []),
        (["odd", None, text("a")], ["odd", None, text("a")]),
    ],
)
def test_texts_of_one_kind_become_one_and_signed_parts_stay_as_they_came(
    parts: list[Any], whole: list[Any]
) -> None:
    assert joined(parts) == whole


def test_a_leg_hides_our_calls_alone() -> None:
    leg = GrowingLeg()
    leg.add([text("a"), OURS])
    leg.add([CALL, OURS])

    assert leg.has_ours
    assert leg.calls_client
    assert leg.leg().hidden == (1, 3)
    assert [msgspec.json.decode(piece) for piece in leg.leg().pieces] == [
        text("a"),
        OURS,
        CALL,
        OURS,
    ]


def test_calls_may_be_answered_once_the_reply_has_come_to_its_end() -> None:
    leg = GrowingLeg()
    leg.add([OURS])

    assert leg.calls_of_ours() == ()
    leg.reason = "STOP"
    assert [(call.name, call.arguments) for call in leg.calls_of_ours()] == [(TOOL, '{"hash":"a"}')]


def test_what_is_said_is_told_without_blanks_and_apart_from_thoughts() -> None:
    parts = [text(" a b\n"), text("hm m", thought=True), CALL, text("c")]

    assert said(parts, thought=False) == "abc"
    assert said(parts, thought=True) == "hmm"


@pytest.mark.parametrize(
    ("parts", "nothing"),
    [
        ([], True),
        ([text(" ")], True),
        ([text("Hm.", thought=True)], True),
        ([text("x")], False),
        ([CALL], False),
        ([{"executableCode": {}}], False),
        (["odd"], False),
    ],
)
def test_thoughts_alone_say_nothing(parts: list[Any], nothing: bool) -> None:
    assert says_nothing(parts) is nothing


def test_who_gets_nothing_is_told_so() -> None:
    leg = Leg((encoded(OURS),), (0,))

    assert delivered([leg]) == [text(NOTHING_SAID)]
    assert msgspec.json.decode(echoed([leg])) == {
        "contents": [{"role": "model", "parts": [text(NOTHING_SAID)]}]
    }


@pytest.mark.parametrize(
    ("part", "signature"),
    [
        (CALL, "s"),
        ({"thought_signature": "a-_b=="}, "a+/b"),
        ({"thoughtSignature": 5}, ""),
        ("odd", ""),
    ],
)
def test_a_signature_is_read_in_either_spelling(part: Any, signature: str) -> None:
    assert signature_of(part) == signature
