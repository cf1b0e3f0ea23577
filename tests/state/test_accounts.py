"""Accounts stand where the last request of their conversation ended."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from headroom.conversation import Conversation, Plan
from headroom.economics import NOTHING_KNOWN, Account
from headroom.economics.account import FIELDS
from headroom.errors import StoreError
from headroom.state import accounts as accounts_module
from headroom.state.accounts import ACCOUNTS, Accounts
from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.base import Store
from headroom.state.ledger import Ledger
from headroom.state.place import Place
from tests.state.requests import SECRET, call, conversation, result, said, task
from tests.support.outage import Down

ONE = Account(requests=1, units=5, at_ms=7)
TWO = Account(requests=2, units=9, at_ms=8)

FIRST = conversation(task())
SECOND = conversation(task(), call(1), result(1, "one"))
THIRD = conversation(*SECOND.blocks, call(2), result(2, "two"))


async def sent(store: Store, asked: Conversation) -> Place:
    """Where this request stands, which is sent."""
    ledger = Ledger(store, secret=SECRET)
    place = await ledger.look_up(asked, ledger.chain(asked))
    await ledger.keep(place, Plan())
    return place


async def settle(accounts: Accounts, place: Place, account: Account) -> None:
    accounts.note(place, account)
    await accounts.keep(place, account)


async def test_a_request_goes_on_with_the_account_of_the_one_before() -> None:
    store = MemoryStore()
    accounts = Accounts(store)
    first = await sent(store, FIRST)
    assert await accounts.before(first) == NOTHING_KNOWN
    await settle(accounts, first, ONE)

    second = await sent(store, SECOND)

    assert await accounts.before(second) == ONE
    assert await Accounts(store).before(second) == ONE


async def test_conversations_that_begin_alike_have_their_own() -> None:
    store = MemoryStore()
    accounts = Accounts(store)
    await settle(accounts, await sent(store, FIRST), ONE)
    await settle(accounts, await sent(store, SECOND), TWO)

    other = conversation(task(), call(7), result(7, "seven"))

    assert await accounts.before(await sent(store, other)) == ONE
    assert await accounts.before(await sent(store, THIRD)) == TWO


async def test_a_request_that_is_sent_again_adds_to_the_same_account() -> None:
    store = MemoryStore()
    accounts = Accounts(store)
    await settle(accounts, await sent(store, SECOND), ONE)

    again = await sent(store, SECOND)

    assert await accounts.before(again) == ONE


async def test_a_note_that_clients_take_away_again_does_not_hide_it() -> None:
    store = MemoryStore()
    accounts = Accounts(store)
    noted = conversation(*SECOND.blocks, task("a reminder"))
    await settle(accounts, await sent(store, noted), ONE)

    assert await accounts.before(await sent(store, THIRD)) == ONE


async def test_one_that_is_not_written_yet_is_not_the_end_of_what_is_known() -> None:
    store = MemoryStore()
    accounts = Accounts(store)
    await settle(accounts, await sent(store, FIRST), ONE)
    await sent(store, SECOND)

    assert await accounts.before(await sent(store, THIRD)) == ONE


async def test_it_outlives_the_process(tmp_path: Path) -> None:
    first, second = SqliteStore(tmp_path), SqliteStore(tmp_path)
    await first.open()
    await settle(Accounts(first), await sent(first, SECOND), ONE)
    await first.close()
    await second.open()

    assert await Accounts(second).before(await sent(second, THIRD)) == ONE
    await second.close()


async def test_it_leaves_with_its_conversation() -> None:
    store = MemoryStore(limit_bytes=2_000)
    place = await sent(store, SECOND)
    await settle(Accounts(store), place, ONE)
    for number in range(20):
        other = conversation(task(f"other {number}"), said("well"), task("go on"))
        await sent(store, other)

    assert (ACCOUNTS, place.chain[-1]) not in await store.get([(ACCOUNTS, place.chain[-1])])


async def test_while_the_store_is_down_the_process_goes_on_with_what_it_knows() -> None:
    accounts = Accounts(Down())
    store = MemoryStore()
    accounts.note(await sent(store, SECOND), ONE)

    third = await sent(store, THIRD)
    assert await accounts.before(third) == ONE
    fourth = await sent(store, conversation(*THIRD.blocks, call(3), result(3, "three")))
    assert await accounts.before(fourth) == ONE

    with pytest.raises(StoreError):
        await Accounts(Down()).before(third)
    with pytest.raises(StoreError):
        await accounts.keep(third, TWO)


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts_module, "REMEMBERED", 2)
    store = MemoryStore()
    accounts = Accounts(store)
    for number in range(5):
        accounts.note(await sent(store, conversation(task(f"task {number}"))), ONE)

    assert len(accounts._recent) == 2


@pytest.mark.parametrize("values", [[3], [3, *[0] * (len(FIELDS) + 4)]])
async def test_accounts_of_other_versions_are_read(values: list[int]) -> None:
    store = MemoryStore()
    place = await sent(store, SECOND)
    key = (ACCOUNTS, place.chain[-1])
    await store.put({key: msgspec.msgpack.encode(values)}, groups={key: place.group})

    assert await Accounts(store).before(await sent(store, THIRD)) == Account(requests=3)


async def test_what_has_no_blocks_has_no_account() -> None:
    store = MemoryStore()
    place = await sent(store, conversation())

    await settle(Accounts(store), place, ONE)

    assert await Accounts(store).before(place) == NOTHING_KNOWN
    assert len(store) == 0
