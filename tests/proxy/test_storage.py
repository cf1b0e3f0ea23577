"""The store and the secret that the settings ask for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from headroom.errors import StoreError
from headroom.proxy import storage
from headroom.proxy.storage import look_into_store, open_storage
from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.sqlite import SqliteStore
from tests.contracts.test_stores import A
from tests.proxy.house import NOWHERE, settings_for
from tests.support.redis_server import needs_redis, redis_server


async def test_by_default_a_file_of_the_workspace_and_its_secret(tmp_path: Path) -> None:
    settings = settings_for(NOWHERE, workspace_dir=tmp_path)
    async with open_storage(settings) as first:
        await first.store.put({A: b"1"})
    async with open_storage(settings) as second:
        found = await second.store.get([A])

    assert isinstance(first.store, SqliteStore)
    assert first.secret == second.secret
    assert found == {A: b"1"}


async def test_stateless_is_a_memory_and_a_secret_of_its_own() -> None:
    settings = settings_for(NOWHERE, stateless=True)
    async with open_storage(settings) as first, open_storage(settings) as second:
        pass

    assert isinstance(first.store, MemoryStore)
    assert first.secret != second.secret


async def test_a_secret_that_could_not_be_kept_is_kept_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "SECONDS_BETWEEN_TRIES", 0.01)
    place = tmp_path / "place"
    place.touch()
    settings = settings_for(NOWHERE, workspace_dir=place / "workspace")

    async with open_storage(settings) as first:
        await asyncio.to_thread(place.unlink)
        for _ in range(500):
            if await asyncio.to_thread((place / "workspace" / "secret").exists):
                break
            await asyncio.sleep(0.01)
    async with open_storage(settings) as second:
        pass

    assert first.secret == second.secret


async def test_who_looks_into_the_store_reads_what_a_proxy_has_kept(tmp_path: Path) -> None:
    settings = settings_for(NOWHERE, workspace_dir=tmp_path)
    async with open_storage(settings) as storage:
        await storage.store.put({A: b"1"})

        async with look_into_store(settings) as store:
            found = await store.get([A])

    assert found == {A: b"1"}


@needs_redis
async def test_the_same_on_redis(tmp_path: Path) -> None:
    async with redis_server() as address:
        settings = settings_for(NOWHERE, workspace_dir=tmp_path, store=address)
        async with open_storage(settings) as storage:
            await storage.store.put({A: b"1"})
        async with look_into_store(settings) as store:
            found = await store.get([A])

    assert found == {A: b"1"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stateless": True}, "nothing is kept"),
        ({"store": "redis://127.0.0.1:9"}, "Redis does not answer"),
        ({}, "there is no state.db"),
    ],
)
async def test_where_nothing_can_be_read_it_is_said_why_and_nothing_is_made(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    settings = settings_for(NOWHERE, workspace_dir=tmp_path / "none", **changes)

    with pytest.raises(StoreError, match=said):
        async with look_into_store(settings):
            pass

    assert not await asyncio.to_thread((tmp_path / "none").exists)
