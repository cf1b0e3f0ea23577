"""The store and the secret that the settings ask for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from headroom.proxy import storage
from headroom.proxy.storage import open_storage
from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.sqlite import SqliteStore
from tests.contracts.test_stores import A
from tests.proxy.house import NOWHERE, settings_for


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
