"""The ledger: which form a block was given when it was first seen."""

from __future__ import annotations

import random
from dataclasses import replace

import msgspec
import pytest

from headroom.conversation import (
    Block,
    Conversation,
    Facts,
    Form,
    Known,
    Original,
    Plan,
    ToolCall,
)
from headroom.errors import StoreError
from headroom.marker import key_of
from headroom.state.backends.memory import MemoryStore
from headroom.state.ledger import Ledger
from headroom.state.originals import entries
from headroom.state.place import Head, Marks, Place
from tests.contracts.test_stores import DAY_S, Clock
from tests.reliability.test_planning_faults import Down

SECRET = b"secret"
CACHED = Facts(brings_tools=True, cache_marks=True)


def task(text: str = "please look") -> Block:
    return Block(("messages", 0, "content"), 0, "user", "text", text)


def call(number: int) -> Block:
    made = ToolCall(f"call_{number}", "Read", '{"path":"a.py"}')
    return Block(("messages", number), number, "assistant", "tool_call", "{}", call=made)


def result(number: int, text: str) -> Block:
    made = ToolCall(f"call_{number}", "Read", '{"path":"a.py"}')
    path = ("messages", number + 1, "content", 0, "content")
    return Block(path, number + 1, "user", "tool_result", text, call=made, editable=True)


def said(text: str) -> Block:
    return Block(("messages", 9), 9, "assistant", "text", text)


def thought() -> Block:
    return Block(("messages", 9, "content", 0), 9, "assistant", "opaque", '{"type":"thinking"}')


def conversation(*blocks: Block, facts: Facts = CACHED) -> Conversation:
    return Conversation(blocks, "model", facts=facts)


FIRST = conversation(task(), call(1), result(1, "one"))
SECOND = conversation(*FIRST.blocks, said("seen"), task("more"), call(5), result(5, "two"))


async def look_up(ledger: Ledger, request: Conversation) -> Place:
    return await ledger.look_up(request, ledger.chain(request))


async def keep(ledger: Ledger, request: Conversation, forms: dict[int, Form]) -> Place:
    place = await look_up(ledger, request)
    await ledger.keep(place, Plan(forms=forms, blocks_before=30, blocks_after=20))
    return place


async def test_a_new_conversation_is_not_decided() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)

    place = await look_up(ledger, conversation(task()))

    assert place.known == Known()
    assert place.decided_chain == b""


async def test_a_conversation_that_goes_on_keeps_its_forms() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    form = Form("1", ("records",), 10, 5)
    await keep(ledger, FIRST, {2: form})

    place = await look_up(ledger, SECOND)

    assert place.known == Known(3, {2: form}, 30, 20, counted=True)
    assert place.decided_chain == place.chain[2]


async def test_a_block_without_a_form_up_to_the_head_is_raw() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    await keep(ledger, FIRST, {})

    place = await look_up(ledger, SECOND)

    assert place.known.decided == 3
    assert place.known.forms == {}


async def test_an_edited_earlier_block_breaks_the_chain_there() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    await keep(ledger, FIRST, {2: Form("1", ("records",), 10, 5)})
    await keep(ledger, SECOND, {6: Form("2", ("records",), 10, 5)})
    edited = conversation(*SECOND.blocks[:4], task("other"), call(5), result(5, "two"))

    place = await look_up(ledger, edited)

    assert place.known.decided == 3
    assert set(place.known.forms) == {2}


async def test_a_conversation_that_started_without_us_stays_raw_up_to_its_last_reply() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)

    place = await look_up(ledger, SECOND)

    assert place.known.decided == 5
    assert place.known.forms == {}
    assert not place.known.counted


async def test_one_that_nothing_has_cached_yet_is_planned_whole() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)

    place = await look_up(ledger, conversation(*SECOND.blocks, facts=Facts(brings_tools=True)))

    assert place.known.decided == 0


async def test_the_first_writer_of_a_form_wins() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    first, second = Form("1", ("records",), 10, 5), Form("one!", ("log",), 10, 7)
    place = await look_up(ledger, FIRST)

    assert (await ledger.keep(place, Plan(forms={2: first}))).forms == {2: first}
    assert (await ledger.keep(place, Plan(forms={2: second}))).forms == {2: first}


async def test_a_bypassed_turn_changes_no_form() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    form = Form("1", ("records",), 10, 5)
    await keep(ledger, FIRST, {2: form})
    await ledger.keep_bypassed(SECOND)
    third = conversation(*SECOND.blocks, said("seen"), task("go on"))

    place = await look_up(ledger, third)

    assert place.known.decided == 3
    assert place.known.forms == {2: form}


async def test_after_a_bypassed_turn_with_bound_thinking_the_raw_history_is_the_form() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    await keep(ledger, FIRST, {2: Form("1", ("records",), 10, 5)})
    await ledger.keep_bypassed(SECOND)
    facts = Facts(brings_tools=True, cache_marks=True, thinks_until=1)
    third = conversation(*SECOND.blocks, thought(), said("seen"), task("go on"), facts=facts)

    place = await look_up(ledger, third)

    assert place.known.decided == 7
    assert place.known.forms == {}


async def test_a_head_whose_forms_have_left_the_store_is_not_followed() -> None:
    store = MemoryStore()
    ledger = Ledger(store, secret=SECRET)
    place = await keep(ledger, FIRST, {2: Form("1", ("records",), 10, 5)})
    await store.drop([("form", place.chain[2])])

    again = await look_up(Ledger(store, secret=SECRET), SECOND)

    assert again.known.decided == 5
    assert again.known.forms == {}


async def test_what_was_done_about_marks_is_known_to_the_requests_that_go_on() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    place = await look_up(ledger, FIRST)
    marks = Marks(begun=True, listed=(0,), marked=True, at=7)
    await ledger.keep(replace(place, marks=marks), Plan())

    on = await look_up(ledger, conversation(*FIRST.blocks, said("x"), task("and")))
    again = await look_up(ledger, FIRST)
    beside = await look_up(ledger, conversation(task(), said("other"), task("and")))

    assert on.marks == msgspec.structs.replace(marks, ended=True)
    assert on.answers
    assert not again.answers
    assert beside.marks == marks
    assert not beside.answers
    assert [on.has_lost_end, again.has_lost_end, beside.has_lost_end] == [False, False, True]


async def test_an_answer_that_was_begun_for_the_assistant_is_no_request_of_its_own() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    begun = conversation(task(), said("{"))
    place = await look_up(ledger, begun)
    await ledger.keep(replace(place, marks=Marks(at=7)), Plan())

    on = await look_up(ledger, conversation(task(), said("{}"), task("and")))

    assert on.answers


async def test_an_empty_conversation_leaves_nothing_behind() -> None:
    store = MemoryStore()
    ledger = Ledger(store, secret=SECRET)

    await keep(ledger, conversation(), {})
    await ledger.keep_bypassed(conversation())

    assert len(store) == 0


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


async def test_going_back_in_a_conversation_that_started_without_us_keeps_it_raw() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    third = conversation(*SECOND.blocks, said("seen"), task("go on"))
    await keep(ledger, third, {})

    place = await look_up(ledger, SECOND)

    assert place.known.decided == 7
    assert not place.known.counted


async def test_a_bypassed_turn_with_a_note_binds_thinking_too() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    await keep(ledger, FIRST, {2: Form("1", ("records",), 10, 5)})
    await ledger.keep_bypassed(conversation(*SECOND.blocks, task("note")))
    facts = Facts(brings_tools=True, cache_marks=True, thinks_until=1)
    third = conversation(*SECOND.blocks, thought(), said("seen"), task("go on"), facts=facts)

    place = await look_up(ledger, third)

    assert place.known.decided == 7
    assert place.known.forms == {}


async def test_a_bypassed_turn_that_was_asked_again_as_usual_binds_nothing() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    form = Form("1", ("records",), 10, 5)
    await keep(ledger, FIRST, {2: form})
    await ledger.keep_bypassed(SECOND)
    await keep(ledger, conversation(*SECOND.blocks, task("note")), {})
    facts = Facts(brings_tools=True, cache_marks=True, thinks_until=1)
    third = conversation(*SECOND.blocks, thought(), said("seen"), task("go on"), facts=facts)

    place = await look_up(ledger, third)

    assert place.known.decided == 7
    assert place.known.forms == {2: form}


async def test_a_turn_that_was_asked_again_bypassed_binds_thinking() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    await keep(ledger, FIRST, {2: Form("1", ("records",), 10, 5)})
    await keep(ledger, SECOND, {})
    await ledger.keep_bypassed(SECOND)
    facts = Facts(brings_tools=True, cache_marks=True, thinks_until=1)
    third = conversation(*SECOND.blocks, thought(), said("seen"), task("go on"), facts=facts)

    place = await look_up(ledger, third)

    assert place.known.decided == 7
    assert place.known.forms == {}


async def test_going_back_behind_a_bypassed_turn_goes_on_with_what_was_sent_there() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    form = Form("1", ("records",), 10, 5)
    await keep(ledger, FIRST, {2: form})
    await ledger.keep_bypassed(SECOND)
    facts = Facts(brings_tools=True, cache_marks=True, thinks_until=1)
    other = conversation(*FIRST.blocks, thought(), said("seen"), task("else"), facts=facts)

    place = await look_up(ledger, other)

    assert place.known.decided == 3
    assert place.known.forms == {2: form}


# What belongs together leaves together.

INTRODUCTION = task("you are in /work; today is Monday")


def talk(number: int, turns: int) -> Conversation:
    """A conversation that begins like all others and then goes its own way."""
    blocks = [INTRODUCTION, task(f"task {number}")]
    for turn in range(turns):
        blocks += [call(turn), result(turn, f"result {number}-{turn}")]
    return conversation(*blocks)


def form_of(number: int, turn: int) -> Form:
    return Form(f"{number}-{turn} " + "x" * 3000, ("records",), 10, 5)


async def take_turn(ledger: Ledger, number: int, turn: int) -> Place:
    request = talk(number, turn)
    place = await look_up(ledger, request)
    known = place.known.decided
    new = [i for i, block in enumerate(request.blocks) if block.editable and i >= known]
    await ledger.keep(place, Plan(forms={i: form_of(number, i) for i in new}))
    return place


async def test_conversations_that_begin_alike_are_kept_apart_and_each_is_one() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)

    places = {
        (number, turn): await take_turn(ledger, number, turn)
        for turn in range(4)
        for number in range(3)
    }

    groups = [{places[number, turn].group for turn in range(4)} for number in range(3)]
    assert [len(each) for each in groups] == [1, 1, 1]
    assert len(set.union(*groups)) == 3


async def test_G7_no_head_outlives_a_form_that_it_names() -> None:
    clock = Clock()
    store = MemoryStore(limit_bytes=60_000, clock=clock)
    chance = random.Random(5)
    turns: dict[int, int] = {}
    for _ in range(150):
        clock.now += 60
        number = chance.randrange(8)
        turns[number] = turns.get(number, -1) % 6 + 1
        # Another worker each time, which knows only what is in the store.
        await take_turn(Ledger(store, secret=SECRET), number, turns[number])

        heads = {
            name: msgspec.msgpack.decode(value, type=Head)
            for name, value in (await store.list("head", b"", limit=9999)).items()
        }
        forms = await store.list("form", b"", limit=9999)
        for each in range(8):
            chain = Ledger(store, secret=SECRET).chain(talk(each, 7))
            for end in [i for i, link in enumerate(chain) if link in heads]:
                assert all(chain[index] in forms for index in heads[chain[end]].formed)


async def test_a_conversation_that_had_to_leave_while_it_went_on_is_kept_again() -> None:
    store = MemoryStore()
    ledger = Ledger(store, secret=SECRET)
    for turn in (1, 2):
        await take_turn(ledger, 1, turn)
    for namespace in ("form", "head"):
        names = await store.list(namespace, b"", limit=99)
        await store.drop([(namespace, name) for name in names])

    place = await take_turn(ledger, 1, 3)
    again = await look_up(Ledger(store, secret=SECRET), talk(1, 4))

    assert place.has_left
    assert place.known.decided == 6
    assert {i: form.text for i, form in again.known.forms.items()} == {
        i: form_of(1, i).text for i in (3, 5, 7)
    }
    assert again.known.decided == 8


async def test_a_store_that_was_begun_anew_is_given_all_of_a_conversation() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    for turn in (1, 2, 3):
        await take_turn(ledger, 1, turn)
    place = await look_up(ledger, talk(1, 3))
    anew = MemoryStore()
    ledger._store = anew
    # Kept before anybody knew what was lost: this head names forms that are not there.
    await ledger.keep(place, Plan())

    await take_turn(ledger, 1, 3)
    again = await look_up(Ledger(anew, secret=SECRET), talk(1, 4))
    back = await look_up(Ledger(anew, secret=SECRET), talk(1, 1))

    assert (again.known.decided, set(again.known.forms)) == (8, {3, 5, 7})
    assert (back.known.decided, set(back.known.forms)) == (4, {3})


async def test_after_trouble_it_is_seen_whether_the_store_was_begun_anew() -> None:
    store = MemoryStore()
    ledger = Ledger(store, secret=SECRET)
    await take_turn(ledger, 1, 1)
    ledger._store = Down()
    troubled = await look_up(ledger, talk(1, 2))

    still = await ledger.look_again(troubled)
    ledger._store = store
    whole = await ledger.look_again(troubled)
    ledger._store = MemoryStore()
    anew = await ledger.look_again(troubled)

    assert troubled.trouble
    assert still == troubled
    assert (whole.trouble, whole.has_left) == ("", False)
    assert (anew.trouble, anew.has_left) == ("", True)


async def test_what_is_owed_stays_with_its_own_conversation() -> None:
    clock = Clock()
    store = MemoryStore(lifetime_s=7 * DAY_S, clock=clock)
    ledger = Ledger(store, secret=SECRET)
    ledger._store = Down()
    with pytest.raises(StoreError):
        await take_turn(ledger, 1, 1)
    ledger._store = store
    await take_turn(ledger, 2, 1)
    clock.now += 5 * DAY_S
    await take_turn(Ledger(store, secret=SECRET), 2, 2)
    clock.now += 5 * DAY_S

    first = await look_up(Ledger(store, secret=SECRET), talk(1, 2))
    second = await look_up(Ledger(store, secret=SECRET), talk(2, 3))

    assert first.known.forms == {}
    assert set(second.known.forms) == {3, 5}


async def test_originals_are_written_with_the_forms_that_name_them() -> None:
    store = MemoryStore()
    ledger = Ledger(store, secret=SECRET)
    place = await look_up(ledger, FIRST)
    beside = entries("tenant", {key_of("one"): Original("one")})

    await ledger.keep(place, Plan(forms={2: Form("1", ("records",), 10, 5)}), beside=beside)

    assert await store.get(list(beside)) == beside
    assert not ledger._recent.any_age(beside)


async def test_where_originals_cannot_be_written_nothing_is_owed() -> None:
    ledger = Ledger(Down(), secret=SECRET)
    place = await look_up(ledger, FIRST)
    beside = entries("tenant", {key_of("one"): Original("one")})

    with pytest.raises(StoreError):
        await ledger.keep(
            place, Plan(forms={2: Form("1", ("records",), 10, 5)}), beside=beside, owing=False
        )

    assert ledger._recent.some_owed() == {}
