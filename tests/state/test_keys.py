"""Virtual keys: made, found, changed and ended, without keeping a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
import pytest

from headroom.errors import StoreError
from headroom.state.backends.memory import MemoryStore
from headroom.state.base import Key
from headroom.state.keys import KEY_CHARACTERS, REMEMBERED_S, Keys, VirtualKey, digest_of
from tests.support.clock import Clock

KEY = VirtualKey("ann", "anthropic", "ANTHROPIC_API_KEY", 0.0, rpm=10, budget=Decimal("2.50"))


class Outage(MemoryStore):
    """A store that answers until it is *down*."""

    down = False

    async def get(self, keys: Sequence[Key], *, group: bytes = b"") -> Mapping[Key, bytes]:
        if self.down:
            raise StoreError("the disk is gone")
        return await super().get(keys, group=group)


async def test_a_key_is_told_once_and_found_by_itself_alone() -> None:
    store = MemoryStore()
    keys = Keys(store, clock=lambda: 7.0)

    text, kept = await keys.create(KEY)

    assert text.startswith("hk-")
    assert len(text) == KEY_CHARACTERS
    assert kept.key == msgspec.structs.replace(KEY, created=7.0)
    assert await keys.find(text) == kept
    for other in ("", "hk-", text[:-1], text + "0", text.upper(), kept.digest, kept.id):
        assert await keys.find(other) is None


async def test_S3_no_key_stands_in_the_store() -> None:
    store = MemoryStore()
    text, _ = await Keys(store).create(KEY)

    kept = await store.list("key", b"", limit=9)

    assert text[3:].encode() not in b"".join([*kept, *kept.values()])


async def test_each_key_is_another() -> None:
    keys = Keys(MemoryStore())

    made = {(await keys.create(KEY))[0] for _ in range(50)}

    assert len(made) == 50


async def test_keys_are_listed_by_age_and_found_by_id() -> None:
    times = iter([2.0, 1.0])
    keys = Keys(MemoryStore(), clock=lambda: next(times))
    _, late = await keys.create(KEY)
    _, early = await keys.create(KEY)

    assert await keys.all() == (early, late)
    assert await keys.named(late.id) == late
    assert await keys.named(late.id[:4]) is None
    assert await keys.named("0" * 12) is None


async def test_a_key_that_was_revoked_stays_so_whatever_is_written_of_its_limits() -> None:
    times = iter([1.0, 5.0, 9.0])
    keys = Keys(MemoryStore(), clock=lambda: next(times))
    text, kept = await keys.create(KEY)

    await keys.revoke(kept)
    await keys.change(kept, msgspec.structs.replace(kept.key, rpm=99))
    await keys.revoke(kept)

    found = await keys.find(text)
    assert found is not None
    assert (found.revoked, found.key.rpm) == (5.0, 99)


async def test_while_the_store_is_down_a_key_that_was_good_is_so_for_a_while() -> None:
    outage = Outage()
    clock = Clock()
    keys = Keys(outage, moments=clock)
    text, kept = await keys.create(KEY)
    unseen, _ = await keys.create(KEY)
    await keys.find(text)

    outage.down = True

    assert await keys.find(text) == kept
    with pytest.raises(StoreError):
        await keys.find(unseen)
    clock.now += REMEMBERED_S + 1
    with pytest.raises(StoreError):
        await keys.find(text)


async def test_what_cannot_be_read_opens_nothing() -> None:
    store = MemoryStore()
    keys = Keys(store)
    text, kept = await keys.create(KEY)
    await store.put({("key", digest_of(text).encode()): b"\xff"})

    assert await keys.find(text) is None
    assert await keys.all() == ()
    assert await keys.named(kept.id) is None
