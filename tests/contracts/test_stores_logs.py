"""Logs, whatever the store stands on."""

from __future__ import annotations

import asyncio
from pathlib import Path

from headroom.state.namespaces import NAMESPACES, Namespace
from tests.contracts.test_stores import Open, every, sqlite

TABLE = {**NAMESPACES, "feed": Namespace(records=5), "history": Namespace(records=1000)}


@every
async def test_records_come_back_in_their_order_with_their_numbers(
    opened: Open, tmp_path: Path
) -> None:
    records = [b"", b"\x00\xff", b"third", b"4" * 5000]
    async with opened(tmp_path, namespaces=TABLE) as store:
        assert [await store.append("feed", one) for one in records] == [1, 2, 3, 4]
        assert await store.append("history", b"other") == 1

        assert list(await store.scan("feed", limit=9)) == list(enumerate(records, 1))
        assert list(await store.scan("feed", since=2, limit=1)) == [(3, b"third")]
        assert list(await store.scan("feed", since=4, limit=9)) == []
        assert list(await store.scan("feed", since=400, limit=9)) == []


@every
async def test_the_oldest_leave_and_numbers_go_on(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        for number in range(1, 13):
            await store.append("feed", b"%d" % number)

        expected = [(number, b"%d" % number) for number in range(8, 13)]
        assert list(await store.scan("feed", limit=99)) == expected
        assert list(await store.scan("feed", since=3, limit=2)) == expected[:2]
        assert list(await store.scan("feed", since=10, limit=99)) == expected[3:]


@every
async def test_writers_at_once_get_numbers_without_gaps(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        numbers = await asyncio.gather(
            *(store.append("history", b"%d" % number) for number in range(100))
        )

        assert sorted(numbers) == list(range(1, 101))
        scanned = dict(await store.scan("history", limit=1000))
        assert scanned == {number: b"%d" % index for index, number in enumerate(numbers)}


@every
async def test_a_log_that_nobody_wrote_is_empty(opened: Open, tmp_path: Path) -> None:
    async with opened(tmp_path, namespaces=TABLE) as store:
        assert list(await store.scan("feed", limit=9)) == []


async def test_G1_numbers_go_on_after_reopening(tmp_path: Path) -> None:
    async with sqlite(tmp_path, namespaces=TABLE) as store:
        await store.append("feed", b"1")

    async with sqlite(tmp_path, namespaces=TABLE) as store:
        assert await store.append("feed", b"2") == 2
        assert list(await store.scan("feed", limit=9)) == [(1, b"1"), (2, b"2")]
