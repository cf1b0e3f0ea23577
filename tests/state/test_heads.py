"""Heads: where another request can go on, and what is left there for it."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from headroom.conversation import Form, Known, Plan
from headroom.state.backends.memory import MemoryStore
from headroom.state.ledger import Ledger
from headroom.state.place import Marks, Place
from tests.state.requests import (
    FIRST,
    SECOND,
    SECRET,
    conversation,
    keep,
    look_up,
    said,
    task,
)


def answers(place: Place) -> bool:
    """Whether it goes on from a request that was sent and answered, and not beside one."""
    return place.marks.ended and place.spoken_since


async def test_what_was_done_about_marks_is_known_to_the_requests_that_go_on() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    place = await look_up(ledger, FIRST)
    marks = Marks(begun=True, listed=(0,), marked=True, at=7)
    await ledger.keep(replace(place, marks=marks), Plan())

    on = await look_up(ledger, conversation(*FIRST.blocks, said("x"), task("and")))
    again = await look_up(ledger, FIRST)
    beside = await look_up(ledger, conversation(task(), said("other"), task("and")))

    assert on.marks == msgspec.structs.replace(marks, ended=True)
    assert answers(on)
    assert not answers(again)
    assert beside.marks == marks
    assert not answers(beside)
    assert [on.has_lost_end, again.has_lost_end, beside.has_lost_end] == [False, False, True]


async def test_an_answer_that_was_begun_for_the_assistant_is_no_request_of_its_own() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    begun = conversation(task(), said("{"))
    place = await look_up(ledger, begun)
    await ledger.keep(replace(place, marks=Marks(at=7)), Plan())

    on = await look_up(ledger, conversation(task(), said("{}"), task("and")))

    assert answers(on)


async def test_a_note_for_one_turn_loses_no_form() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    form = Form("1", ("records",), 10, 5)
    noted = conversation(*FIRST.blocks, task("note: 40 % of the time is over"))
    place = await look_up(ledger, noted)
    plan = Plan(forms={2: form}, running=((9, 9), (19, 14), (21, 16)))
    await ledger.keep(place, plan)

    again = await look_up(ledger, SECOND)

    assert again.known == Known(3, {2: form}, 19, 14, counted=True)


async def test_an_answer_that_was_begun_for_the_assistant_loses_no_form() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    form = Form("1", ("records",), 10, 5)
    await keep(ledger, conversation(*FIRST.blocks, said("It")), {2: form})

    place = await look_up(ledger, conversation(*FIRST.blocks, said("It is slow"), task("why?")))

    assert place.known.decided == 3
    assert place.known.forms == {2: form}


async def test_a_request_that_was_broken_off_and_said_on_is_decided() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    await keep(ledger, FIRST, {})

    place = await look_up(ledger, conversation(*FIRST.blocks, task("hurry")))

    assert place.known.decided == 3
