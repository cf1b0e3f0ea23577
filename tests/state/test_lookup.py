"""What is known of a conversation by what the ledger has of it."""

from __future__ import annotations

from headroom.conversation import Facts, Form
from headroom.state.backends.memory import MemoryStore
from headroom.state.ledger import Ledger
from tests.state.requests import (
    FIRST,
    SECOND,
    SECRET,
    conversation,
    keep,
    look_up,
    said,
    task,
    thought,
)


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
