"""The ledger: which form a block was given when it was first seen."""

from __future__ import annotations

import random

import msgspec
import pytest

from headroom.conversation import (
    Conversation,
    Form,
    Known,
    Original,
    Plan,
)
from headroom.errors import StoreError
from headroom.marker import key_of
from headroom.state.backends.memory import MemoryStore
from headroom.state.ledger import Ledger
from headroom.state.originals import entries
from headroom.state.place import Head, Place
from tests.contracts.test_stores import DAY_S
from tests.state.requests import (
    FIRST,
    SECOND,
    SECRET,
    call,
    conversation,
    keep,
    look_up,
    result,
    task,
)
from tests.support.clock import Clock
from tests.support.outage import Down


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


async def test_the_first_writer_of_a_form_wins() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    first, second = Form("1", ("records",), 10, 5), Form("one!", ("log",), 10, 7)
    place = await look_up(ledger, FIRST)

    assert (await ledger.keep(place, Plan(forms={2: first}))).forms == {2: first}
    assert (await ledger.keep(place, Plan(forms={2: second}))).forms == {2: first}


async def test_an_empty_conversation_leaves_nothing_behind() -> None:
    store = MemoryStore()
    ledger = Ledger(store, secret=SECRET)

    await keep(ledger, conversation(), {})
    await ledger.keep_bypassed(conversation())

    assert len(store) == 0


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


async def test_who_only_looks_finds_the_forms_of_a_block_and_renews_nothing() -> None:
    clock = Clock(1.0)
    store = MemoryStore(clock=clock, lifetime_s=DAY_S)
    ledger = Ledger(store, secret=SECRET)
    form = Form("1", ("records",), 10, 5)
    place = await keep(ledger, FIRST, {2: form})

    clock.now += 0.6 * DAY_S
    found = await ledger.forms_at(place.chain[2])
    clock.now += 0.6 * DAY_S
    later = await ledger.forms_at(place.chain[2])

    assert (found, later) == ([form], [])
    assert await ledger.forms_at(place.chain[1]) == []
    assert await ledger.forms_at(b"") == []


async def test_of_many_conversations_those_that_go_on_are_told_by_one_read() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    await keep(ledger, FIRST, {})
    asked = [(each, ledger.chain(each)) for each in (SECOND, conversation(task("other")), FIRST)]

    assert await ledger.known(asked) == [True, False, True]
    assert await ledger.known([]) == []


async def test_while_the_store_is_down_any_of_them_may() -> None:
    ledger = Ledger(Down(), secret=SECRET)

    assert await ledger.known([(FIRST, ledger.chain(FIRST))]) == [True]
