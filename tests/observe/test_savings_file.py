"""The savings file on a real disk, and a journal beside it."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from headroom.observe import savings_file
from headroom.observe.chronicle import Chronicle, open_chronicle
from headroom.observe.savings_file import SavingsFile, open_savings
from headroom.observe.savings_view import lifetime
from headroom.state.backends.memory import MemoryStore
from headroom.state.journal import Journal
from tests.observe.chronicles import Failing
from tests.observe.outcomes import planned
from tests.observe.test_savings_document import original


@asynccontextmanager
async def kept(
    path: Path, store: MemoryStore | None = None, process: str = "one"
) -> AsyncIterator[tuple[Chronicle, SavingsFile]]:
    chronicle = Chronicle(Journal(MemoryStore() if store is None else store), process=process)
    file = SavingsFile(chronicle, path, version="9.9")
    async with open_chronicle(chronicle), open_savings(file) as savings:
        assert savings is file
        yield chronicle, file


def told(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_bytes())
    return read


def tokens(path: Path) -> int:
    saved = told(path)["lifetime"]["tokens_saved"]
    assert isinstance(saved, int)
    return saved


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def content(path: Path) -> bytes | None:
    """What stands there; None where nothing does."""
    return path.read_bytes() if path.exists() else None


def remove(path: Path) -> None:
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    path.mkdir(parents=True)


def link(path: Path, target: Path) -> None:
    make_folder(path.parent)
    path.symlink_to(target)


def is_link(path: Path) -> bool:
    return path.is_symlink()


def beside(path: Path) -> dict[str, bytes]:
    """What stands in its folder."""
    return {one.name: one.read_bytes() for one in path.parent.iterdir()}


def written_at(path: Path) -> int:
    return path.stat().st_mtime_ns


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some" / "proxy_savings.json"


async def test_it_is_written_as_requests_end_and_once_more_at_the_end(path: Path) -> None:
    async with kept(path) as (chronicle, savings):
        assert content(path) is None
        chronicle.take(planned())
        await chronicle.read()
        await savings.keep()
        assert tokens(path) == 400
        chronicle.take(planned())

    assert tokens(path) == 800


async def test_it_is_written_by_itself(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(savings_file, "TICK_S", 0.01)
    async with kept(path) as (chronicle, _):
        chronicle.take(planned())
        async with asyncio.timeout(5):
            while content(path) is None:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)


async def test_S6_it_is_its_owner_s_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        async with kept(path) as (chronicle, _):
            chronicle.take(planned())
    finally:
        os.umask(before)

    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert set(beside(path)) == {path.name, path.name + ".lock"}


async def test_nothing_is_written_where_nothing_is_new(path: Path) -> None:
    async with kept(path) as (chronicle, savings):
        chronicle.take(planned())
        await chronicle.read()
        await savings.keep()
        before = written_at(path)
        await savings.keep()

        assert written_at(path) == before


async def test_a_file_of_the_original_s_counts_from_then_on(path: Path) -> None:
    put(path, original())
    store = MemoryStore()
    async with kept(path, store) as (chronicle, _):
        assert lifetime(chronicle.known)["requests"] == 13
        chronicle.take(planned())
    async with kept(path, store, "two") as (chronicle, _):
        assert lifetime(chronicle.known)["requests"] == 14

    assert tokens(path) == 12_400
    assert told(path)["written_by"] == "headroom 9.9"


async def test_G1_what_was_told_does_not_fall_where_the_store_was_begun_anew(path: Path) -> None:
    async with kept(path) as (chronicle, _):
        for _ in range(3):
            chronicle.take(planned())
    for process in ("two", "three"):
        async with kept(path, process=process) as (chronicle, _):
            assert lifetime(chronicle.known)["requests"] == 3

    assert tokens(path) == 1_200


async def test_G3_a_damaged_file_is_set_aside_and_told(path: Path) -> None:
    for damaged in (b'{"lifetime": ', b"[]"):
        put(path, damaged)
        async with kept(path) as (chronicle, savings):
            chronicle.take(planned())
            assert "set aside" in savings.notice
            assert not savings.problem

    assert tokens(path) == 400
    aside = {held for name, held in beside(path).items() if ".corrupt-" in name}
    assert aside == {b'{"lifetime": ', b"[]"}


async def test_G3_a_file_of_a_later_version_is_left_as_it_is(path: Path) -> None:
    newer = json.dumps({"schema_version": 3, "lifetime": []}).encode()
    put(path, newer)
    async with kept(path) as (chronicle, savings):
        chronicle.take(planned())
        await chronicle.read()
        await savings.keep()

        assert "a later version has written it (schema 3)" in savings.problem
    assert content(path) == newer


async def test_what_another_program_writes_meanwhile_is_not_overwritten(path: Path) -> None:
    async with kept(path) as (chronicle, savings):
        chronicle.take(planned())
        await chronicle.read()
        await savings.keep()
        put(path, original())
        chronicle.take(planned())
        await chronicle.read()
        await savings.keep()

        assert "another program" in savings.problem
    assert content(path) == original()


async def test_a_file_that_was_removed_is_written_again(path: Path) -> None:
    async with kept(path) as (chronicle, _):
        chronicle.take(planned())
        await chronicle.read()
        remove(path)
        chronicle.take(planned())

    assert tokens(path) == 800


async def test_G4_G5_what_cannot_be_written_is_told_and_written_later(path: Path) -> None:
    put(path.parent, b"")
    async with kept(path) as (chronicle, savings):
        chronicle.take(planned())
        await chronicle.read()
        await savings.keep()
        assert content(path) is None
        remove(path.parent)
        await savings.keep()
        assert tokens(path) == 400
        remove(path)
        make_folder(path.with_name(path.name + ".tmp"))
        chronicle.take(planned())
        await chronicle.read()
        await savings.keep()
        assert "cannot be read or written" in savings.problem
        remove(path.with_name(path.name + ".tmp"))
        await savings.keep()

        assert not savings.problem
        assert tokens(path) == 800


async def test_G4_while_the_store_does_not_answer_the_file_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headroom.observe.chronicle.END_S", 0.05)
    store = Failing()
    async with kept(path, store) as (chronicle, savings):
        chronicle.take(planned())
        await chronicle.read()
        await savings.keep()
        store.down = True
        chronicle.take(planned())
        await savings.keep()

        assert tokens(path) == 400


async def test_G2_of_two_proxies_on_one_path_one_writes_it(path: Path) -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys; from pathlib import Path; from headroom.state.workspace import Lead, prepare;"
        "path = Path(sys.argv[1]); prepare(path.parent); print(Lead(path).take(), flush=True);"
        "sys.stdin.read()",
        str(path) + ".lock",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"True\n"
    async with kept(path) as (chronicle, savings):
        chronicle.take(planned())
        await chronicle.read()
        await savings.keep()
        assert content(path) is None
        await holder.communicate(b"")

    assert tokens(path) == 400


async def test_a_symbolic_link_is_followed(path: Path) -> None:
    target = path.with_name("elsewhere.json")
    link(path, target)
    async with kept(path) as (chronicle, _):
        chronicle.take(planned())

    assert is_link(path)
    assert tokens(target) == 400


async def test_without_a_path_there_is_none() -> None:
    async with open_savings(None) as savings:
        assert savings is None
