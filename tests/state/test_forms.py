"""Forms in the store: a rewrite gives known blocks other forms, from its head on."""

from __future__ import annotations

from headroom.conversation import Conversation, Form, Plan
from headroom.state.backends.memory import MemoryStore
from headroom.state.forms import left_as_one, until, with_rewrite
from headroom.state.ledger import Ledger
from tests.state.requests import (
    FIRST,
    SECOND,
    SECRET,
    call,
    conversation,
    keep,
    look_up,
    result,
    said,
    task,
)

SHORT = Form("1", ("records",), 10, 5)
SHORTER = Form("", ("late",), 10, 1, "key")
GONE = Form(None, ("fit",), 4, 0, told_by=2)
TOLD = Form("[left out]", ("fit",), 10, 3, "0" * 24, told_by=2)
THIRD = conversation(*SECOND.blocks, said("done"), task("and now"))


async def rewritten(ledger: Ledger, request: Conversation, forms: dict[int, Form]) -> None:
    place = await look_up(ledger, request)
    await ledger.keep(place, Plan(rewritten=forms, blocks_before=40, blocks_after=10))


async def test_a_rewrite_counts_from_its_request_on() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    await keep(ledger, FIRST, {2: SHORT})
    await rewritten(ledger, SECOND, {1: GONE, 2: TOLD})

    place = await look_up(ledger, THIRD)

    assert place.known.forms == {1: GONE, 2: TOLD}
    assert (place.known.tokens_before, place.known.tokens_after) == (40, 10)
    assert place.known.forms[1].is_gone


async def test_whoever_goes_on_from_before_a_rewrite_finds_what_was_sent_before_it() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    await keep(ledger, FIRST, {2: SHORT})
    await rewritten(ledger, SECOND, {2: TOLD})

    back = conversation(*FIRST.blocks, said("seen"), task("something else"))

    assert (await look_up(ledger, back)).known.forms == {2: SHORT}


async def test_a_later_rewrite_takes_the_place_of_an_earlier_one() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    await keep(ledger, FIRST, {2: SHORT})
    await rewritten(ledger, SECOND, {2: TOLD})
    await rewritten(ledger, THIRD, {2: SHORTER, 5: Form(None)})

    fourth = conversation(*THIRD.blocks, call(9), result(9, "three"))
    known = (await look_up(ledger, fourth)).known

    assert known.forms == {2: SHORTER, 5: Form(None)}


async def test_rewrites_are_found_by_another_process() -> None:
    store = MemoryStore()
    await keep(Ledger(store, secret=SECRET), FIRST, {2: SHORT})
    await rewritten(Ledger(store, secret=SECRET), SECOND, {2: TOLD})

    place = await look_up(Ledger(store, secret=SECRET), THIRD)

    assert place.known.forms == {2: TOLD}


async def test_a_conversation_that_left_the_store_is_kept_again_with_its_rewrites() -> None:
    store = MemoryStore()
    ledger = Ledger(store, secret=SECRET)
    await keep(ledger, FIRST, {2: SHORT})
    await rewritten(ledger, SECOND, {1: GONE, 2: TOLD})
    for namespace in ("form", "head"):
        names = await store.list(namespace, b"", limit=99)
        await store.drop([(namespace, name) for name in names])

    await keep(ledger, THIRD, {})

    fourth = conversation(*THIRD.blocks, call(9), result(9, "three"))
    known = (await look_up(Ledger(store, secret=SECRET), fourth)).known
    assert known.forms == {1: GONE, 2: TOLD}


def test_a_block_stands_in_the_last_rewrite_only() -> None:
    first = with_rewrite((), {1: GONE, 2: TOLD})
    both = with_rewrite(first, {2: SHORTER, 5: SHORTER})

    assert [of for _, of in both] == [(1,), (2, 5)]
    assert [of for _, of in until(both, 2)] == [(1,), (2,)]
    assert with_rewrite(first, {}) is first


def test_of_turns_that_left_as_one_nobody_goes_on_from_within() -> None:
    other = Form("[left out]", ("fit",), 10, 3, "1" * 24, told_by=9)
    forms = {1: GONE, 2: TOLD, 4: GONE, 7: SHORT, 9: other, 11: Form(None, told_by=9)}

    spans = left_as_one(forms)

    assert [[end for end in range(12) if end in span] for span in spans] == [[1, 2, 3], [9, 10]]
    assert left_as_one({7: SHORT}) == []


async def test_a_head_within_what_left_is_not_written() -> None:
    ledger = Ledger(MemoryStore(), secret=SECRET)
    await rewritten(ledger, THIRD, {2: TOLD, 3: GONE, 4: GONE, 5: GONE, 6: GONE})

    back = conversation(*SECOND.blocks[:5], said("no"), task("something else"))

    assert (await look_up(ledger, back)).known.forms == {}
    assert set((await look_up(ledger, THIRD)).known.forms) == {2, 3, 4, 5, 6}
