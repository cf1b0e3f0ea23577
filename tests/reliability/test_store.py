"""G1, G3 to G5 and S6: killed, damaged, full and read-only stores."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from headroom.errors import StoreError
from headroom.state.backends.sqlite_file import FILE, MIGRATIONS
from headroom.state.base import Key, Store
from headroom.state.secret import FILE as SECRET_FILE
from headroom.state.workspace import LOCK_FILE
from tests.contracts.test_stores import A, sqlite

KILLS = 25

WRITER = """
import asyncio, os, pathlib, sys
from headroom.state.backends.sqlite import SqliteStore

async def main():
    store = SqliteStore(pathlib.Path(sys.argv[1]))
    await store.open()
    for number in range(1_000_000):
        name = b"%s-%d" % (sys.argv[2].encode(), number)
        await store.put({("form", name): name * 50, ("head", name): name})
        os.write(1, name + b"\\n")

asyncio.run(main())
"""


def test_G1_nothing_that_was_acknowledged_is_lost_by_killing_the_writer(tmp_path: Path) -> None:
    told = [name for cycle in range(KILLS) for name in killed_after_some(cycle, tmp_path)]

    heads: list[Key] = [("head", name) for name in told]
    forms: list[Key] = [("form", name) for name in told]
    expected = {key: key[1] for key in heads} | {key: key[1] * 50 for key in forms}
    assert asyncio.run(read_back(tmp_path, [*heads, *forms])) == expected
    assert len(told) > KILLS


def killed_after_some(cycle: int, folder: Path) -> list[bytes]:
    """What a writer said that it had written before it was killed."""
    command = [sys.executable, "-c", WRITER, str(folder), str(cycle)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        at = random.Random(cycle).randrange(1, 60)
        told = [writer.stdout.readline() for _ in range(at)]
        writer.kill()
        told += writer.stdout
    return [line.strip() for line in told if line.endswith(b"\n")]


async def read_back(folder: Path, keys: list[Key]) -> dict[Key, bytes]:
    async with sqlite(folder) as store:
        assert store.health().notice == ""
        return dict(await store.get(keys))


def damaged(path: Path) -> None:
    path.write_bytes(b"this is no database " * 500)


def cut_short(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:5000] + b"\xff" * (len(whole) - 5000))


def found(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE letters (text)")
    connection.close()


@pytest.mark.parametrize("harm", [damaged, cut_short, newer, foreign])
async def test_G3_a_file_that_cannot_be_used_is_set_aside_whole(
    harm: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(harm)
    async with sqlite(tmp_path) as store:
        await store.put({("form", b"%d" % number): bytes(2000) for number in range(50)})
    harm(tmp_path / FILE)
    before = (tmp_path / FILE).read_bytes()

    async with sqlite(tmp_path) as store:
        await store.put({A: b"1"})
        health = store.health()
        assert await store.get([A]) == {A: b"1"}

    [aside] = found(tmp_path, f"{FILE}.corrupt-*")
    assert aside.read_bytes() == before
    assert aside.name in health.notice
    assert health.problem == ""
    assert aside.name in caplog.text


async def test_G3_damage_that_shows_in_use_is_set_aside_too(tmp_path: Path) -> None:
    async with sqlite(tmp_path) as store:
        entries = {("form", b"%d" % number): bytes(3000) for number in range(300)}
        await store.put(entries)
    whole = bytearray((tmp_path / FILE).read_bytes())
    # What opening looks at stays.
    whole[100 * 4096 : 200 * 4096] = b"\xee" * 100 * 4096
    (tmp_path / FILE).write_bytes(whole)

    async with sqlite(tmp_path) as store:
        with pytest.raises(StoreError):
            await store.get(list(entries))
        await store.put({A: b"1"})
        assert await store.get([A]) == {A: b"1"}
        assert "set aside" in store.health().notice


async def test_a_file_that_is_taken_away_while_it_is_used_is_begun_anew(tmp_path: Path) -> None:
    async with sqlite(tmp_path) as store:
        await store.put({A: b"1"})
        for path in found(tmp_path, f"{FILE}*"):
            path.unlink()
        await store.put({A: b"2"})
        assert await store.get([A]) == {A: b"2"}

    async with sqlite(tmp_path) as store:
        assert await store.get([A]) == {A: b"2"}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_S6_workspace_and_files_are_the_owners_whatever_the_umask(
    umask: int, tmp_path: Path
) -> None:
    workspace = tmp_path / "deep" / "workspace"
    program = f"""
import asyncio, os, pathlib, sys
from headroom.proxy.storage import open_storage
from headroom.settings import Settings
async def main():
    async with open_storage(Settings(workspace_dir=pathlib.Path({str(workspace)!r}))) as storage:
        await storage.store.put({{("form", b"a"): b"1"}})
        files = pathlib.Path({str(workspace)!r}).iterdir()
        print([(file.name, oct(file.stat().st_mode)) for file in files])
    assert not storage.store.health().problem
(pathlib.Path({str(tmp_path)!r}) / "deep").mkdir()
os.umask({umask})
asyncio.run(main())
"""
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert stat.S_IMODE(workspace.stat().st_mode) == 0o700
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm", SECRET_FILE, LOCK_FILE):
        assert f"('{name}', '0o100600')" in told


async def test_S6_a_file_that_others_could_read_is_taken_from_them(tmp_path: Path) -> None:
    (tmp_path / FILE).touch(mode=0o644)

    async with sqlite(tmp_path) as store:
        await store.put({A: b"1"})

    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


async def test_a_lock_that_is_never_given_back_costs_a_second_at_most(tmp_path: Path) -> None:
    async with sqlite(tmp_path) as store:
        await store.put({A: b"1"})
        other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(StoreError):
            await store.put({A: b"2"})
        first = loop.time() - began
        with pytest.raises(StoreError):
            await store.put({A: b"2"})
        assert first < 1.5
        # The second one did not wait: nothing is tried for a while.
        assert loop.time() - began - first < 0.1
        assert await store.get([A]) == {A: b"1"}
        assert store.health().problem
        other.execute("ROLLBACK")
        other.close()

        await until_well(store)

        assert await store.put({A: b"3"}) == {A: b"3"}


async def until_well(store: Store) -> None:
    """Wait until the store has found out by itself that its trouble is over."""
    for _ in range(200):
        if not store.health().problem:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(store.health().problem)


IN_A_NAMESPACE = """
import asyncio, os, pathlib, subprocess, sys
from headroom.errors import StoreError
from tests.reliability import test_store
asyncio.run(getattr(test_store, sys.argv[1])(pathlib.Path(sys.argv[2])))
"""


def can_mount() -> bool:
    """Whether a file system of our own can be made for one process."""
    if shutil.which("unshare") is None:
        return False
    tried = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


mounting = pytest.mark.skipif(not can_mount(), reason="mounting a file system needs root")


def on_a_small_disk(scene: str, folder: Path) -> None:
    """Play this scene in a process with a file system of two megabytes."""
    root = Path(__file__).resolve().parent.parent.parent
    mount = f'mount -t tmpfs -o size=2m tmpfs "{folder}" && exec "$@"'
    python = (sys.executable, "-c", IN_A_NAMESPACE, scene, str(folder))
    environ = {**os.environ, "PYTHONPATH": f"{root}:{root / 'src'}"}
    command = ("unshare", "--mount", "sh", "-c", mount, "sh", *python)
    done = subprocess.run(
        command, capture_output=True, text=True, env=environ, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


@mounting
def test_G4_a_full_disk_fails_the_write_alone_and_recovers_by_itself(tmp_path: Path) -> None:
    on_a_small_disk("full", tmp_path)


@mounting
def test_G5_a_read_only_disk_fails_the_operation_alone_and_recovers_by_itself(
    tmp_path: Path,
) -> None:
    on_a_small_disk("read_only", tmp_path)


async def full(folder: Path) -> None:
    async with sqlite(folder) as store:
        await store.put({A: b"1"})
        fill(folder / "filler")
        with pytest.raises(StoreError):
            await store.put({("form", b"large"): bytes(500_000)})
        assert store.health().problem
        assert await store.get([A]) == {A: b"1"}
        (folder / "filler").unlink()
        await until_well(store)
        await store.put({("form", b"large"): bytes(100_000)})
        assert await store.get([A]) == {A: b"1"}


async def read_only(folder: Path) -> None:
    async with sqlite(folder) as store:
        await store.put({A: b"1"})
    remount(folder, "ro")
    async with sqlite(folder) as store:
        with pytest.raises(StoreError):
            await store.put({A: b"2"})
        assert store.health().problem
        remount(folder, "rw")
        await until_well(store)
        assert await store.get([A]) == {A: b"1"}
        assert await store.put({A: b"3"}) == {A: b"3"}


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))


def remount(folder: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)
