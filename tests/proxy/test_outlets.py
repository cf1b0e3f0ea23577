"""What goes out beside the calls, as the settings say."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from headroom.proxy.outlets import machine_of
from headroom.settings import Settings
from tests.proxy.house import NOWHERE, house_of


def test_machines_on_one_redis_are_told_apart_by_their_workspaces(tmp_path: Path) -> None:
    def on_redis(folder: str) -> str:
        settings = Settings(store="redis://127.0.0.1:9", workspace_dir=tmp_path / folder)
        return machine_of(settings)

    assert on_redis("one") == on_redis("one")
    assert on_redis("one") != on_redis("two")
    assert len(on_redis("one")) == 16


def test_elsewhere_there_is_only_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert machine_of(Settings(workspace_dir=tmp_path)) == ""
    nowhere = Settings(store="redis://127.0.0.1:9", workspace_dir=tmp_path / "file" / "x")
    assert machine_of(nowhere) == ""


async def test_what_is_not_asked_for_does_not_run(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path):
        names = await asyncio.to_thread(os.listdir, tmp_path)

    assert not [name for name in names if name.startswith(("log-", "telemetry"))]


async def test_what_is_asked_for_is_done_by_who_leads(tmp_path: Path) -> None:
    folder, file = tmp_path / "workspace", tmp_path / "log.jsonl"
    async with house_of(workspace_dir=folder, log_file=file, telemetry_endpoint=NOWHERE):
        names = await asyncio.to_thread(os.listdir, folder)

    assert [name for name in names if name.startswith("log-") and name.endswith(".lock")]
