from __future__ import annotations

import asyncio
import dataclasses
import logging
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.conversation import Original
from headroom.marker import key_of
from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.originals import ORIGINALS, Absence, Originals, entries
from tests.contracts.test_stores import DAY_S
from tests.support.at_length import at_length
from tests.support.clock import Clock

TEXT = "größer\r\n\x00 and [1, 2] \U0001f600" * 50
KEY = key_of(TEXT)
ONE = Original(TEXT, "shell", 120, 300, 15)


async def test_D3_an_original_comes_back_to_the_byte_with_what_is_told_of_it() -> None:
    originals = Originals(MemoryStore())

    await originals.keep("a", {KEY: ONE})

    assert await originals.find("a", KEY) == ONE


async def test_D3_nobody_else_finds_it_and_what_is_no_key_finds_nothing() -> None:
    originals = Originals(MemoryStore())
    await originals.keep("a", {KEY: ONE})

    for tenant, key in [("b", KEY), ("", KEY), ("a/", KEY), ("a", KEY[:23]), ("a", f"../a/{KEY}")]:
        assert await originals.find(tenant, key) is Absence.UNKNOWN


async def test_D3_the_owner_and_the_text_are_checked_on_reading(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    store = MemoryStore()
    originals = Originals(store)
    place = (ORIGINALS, f"a/{KEY}".encode())
    foreign = entries("b", {KEY: ONE})[ORIGINALS, f"b/{KEY}".encode()]
    other = entries("a", {KEY: Original("words of a stranger")})[place]

    for value in (foreign, other, b"", b"\x96" + foreign[1:40], foreign[:-3]):
        await store.put({place: value})
        assert await originals.find("a", KEY) is Absence.UNKNOWN

    assert "words of a stranger" not in caplog.text
    assert len(caplog.records) == 5


async def test_G7_what_has_gone_is_told_from_what_this_tenant_never_kept() -> None:
    clock = Clock()
    originals = Originals(MemoryStore(lifetime_s=7 * DAY_S, clock=clock))
    await originals.keep("a", {KEY: ONE})
    await originals.keep("b", {key_of("other"): Original("other")})

    clock.now += 8 * DAY_S
    assert await originals.find("a", KEY) is Absence.EXPIRED
    assert await originals.find("b", KEY) is Absence.UNKNOWN
    assert await originals.find("a", key_of("other")) is Absence.UNKNOWN
    await originals.keep("a", {KEY: ONE})
    assert await originals.find("a", KEY) == ONE

    clock.now += 100 * DAY_S
    assert await originals.find("a", KEY) is Absence.UNKNOWN


async def test_G7_what_had_to_make_room_has_expired() -> None:
    clock = Clock()
    store = MemoryStore(limit_bytes=200_000, clock=clock)
    originals = Originals(store)
    texts = [random.Random(number).randbytes(10_000).hex() for number in range(40)]
    for text in texts:
        clock.now += 1
        await originals.keep("a", {key_of(text): Original(text)})

    found = [await originals.find("a", key_of(text)) for text in texts]

    assert found[0] is Absence.EXPIRED
    assert found[-1] == Original(texts[-1])


async def test_it_is_packed(tmp_path: Path) -> None:
    originals = Originals(MemoryStore())

    await originals.keep("a", {KEY: ONE})

    sizes = await originals.sizes()
    assert sizes.entries == 1
    assert sizes.value_bytes < len(TEXT.encode()) / 5


async def test_G1_it_outlives_the_process(tmp_path: Path) -> None:
    first, second = SqliteStore(tmp_path), SqliteStore(tmp_path)
    await first.open()
    await Originals(first).keep("a", {KEY: ONE})
    await first.close()
    await second.open()

    assert await Originals(second).find("a", KEY) == ONE
    await second.close()


TENANTS = st.sampled_from(["a", "b", "anonymous"])


@settings(max_examples=at_length(60), deadline=None)
@given(st.lists(st.tuples(st.booleans(), TENANTS, st.sampled_from(["one", "two", "three"]))))
def test_D1_no_value_crosses_between_tenants(steps: list[tuple[bool, str, str]]) -> None:
    async def run() -> None:
        originals = Originals(MemoryStore())
        kept: set[tuple[str, str]] = set()
        for keeps, tenant, text in steps:
            if keeps:
                await originals.keep(tenant, {key_of(text): Original(text)})
                kept.add((tenant, text))
            else:
                found = await originals.find(tenant, key_of(text))
                expected = Original(text) if (tenant, text) in kept else Absence.UNKNOWN
                assert found == expected

    asyncio.run(run())


async def test_one_of_an_earlier_version_is_found_and_a_signature_comes_back() -> None:
    store = MemoryStore()
    originals = Originals(store)
    place = (ORIGINALS, f"a/{KEY}".encode())
    stored = msgspec.msgpack.decode(entries("a", {KEY: ONE})[place])

    await store.put({place: msgspec.msgpack.encode(stored[:6])})
    earlier = await originals.find("a", KEY)
    signed = dataclasses.replace(ONE, signature="2" * 24, eased=True)
    await originals.keep("a", {KEY: signed})

    assert earlier == ONE
    assert await originals.find("a", KEY) == signed
