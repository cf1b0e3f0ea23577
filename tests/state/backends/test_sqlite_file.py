"""Opening the store's file; damages are tried in tests/reliability/test_store.py."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from headroom.errors import StoreError
from headroom.state.backends.sqlite_file import (
    FILE,
    MIGRATIONS,
    bytes_of,
    identity_of,
    is_damage,
    is_passing,
    look_into,
    open_file,
)
from headroom.state.workspace import LOCK_FILE
from tests.contracts.test_stores import sqlite
from tests.support.clock import Clock


def test_a_new_file_has_the_schema_of_this_version(tmp_path: Path) -> None:
    with closing(open_file(tmp_path / FILE).connection) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()
        mode = connection.execute("PRAGMA journal_mode").fetchone()

    assert (version, mode) == ((len(MIGRATIONS),), ("wal",))


def test_an_empty_file_is_a_new_one(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()

    opened = open_file(tmp_path / FILE)
    opened.connection.close()

    assert opened.notice == ""
    assert opened.identity == identity_of(tmp_path / FILE)


def test_only_the_file_that_was_found_damaged_is_set_aside(tmp_path: Path) -> None:
    first = open_file(tmp_path / FILE)
    first.connection.close()

    other = open_file(tmp_path / FILE, damaged=(0, 0))
    other.connection.close()
    anew = open_file(tmp_path / FILE, damaged=first.identity)
    anew.connection.close()

    assert other.notice == ""
    assert "set aside" in anew.notice
    assert anew.identity != first.identity


def test_a_place_where_nothing_can_be_made_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()

    with pytest.raises(StoreError):
        open_file(tmp_path / FILE)

    assert identity_of(tmp_path / "nowhere") is None


@pytest.mark.parametrize("in_use", [True, False])
def test_where_nothing_can_be_written_what_is_there_can_be_read(
    in_use: bool, tmp_path: Path
) -> None:
    writer = open_file(tmp_path / FILE).connection
    writer.execute("INSERT INTO entries (namespace, name, value, seen) VALUES ('', 'a', 'b', 0)")
    if not in_use:
        writer.close()
    no_place_for_a_lock(tmp_path)

    opened = open_file(tmp_path / FILE)
    with closing(opened.connection) as connection:
        found = connection.execute("SELECT value FROM entries").fetchall()
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM entries")
    writer.close()

    assert opened.read_only
    assert found == [("b",)]


def test_what_is_not_of_this_version_is_not_read_either(tmp_path: Path) -> None:
    first_version(tmp_path / FILE)
    no_place_for_a_lock(tmp_path)

    with pytest.raises(StoreError):
        open_file(tmp_path / FILE)


def no_place_for_a_lock(folder: Path) -> None:
    """Let it fail to open anything for writing, whoever the user is."""
    (folder / LOCK_FILE).unlink(missing_ok=True)
    (folder / LOCK_FILE).mkdir()


def test_a_broken_rule_is_neither_damage_nor_passing() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE once (name UNIQUE)")
        connection.execute("INSERT INTO once VALUES (1)")
        with pytest.raises(sqlite3.IntegrityError) as raised:
            connection.execute("INSERT INTO once VALUES (1)")

    assert not is_damage(raised.value)
    assert not is_passing(raised.value)


def first_version(path: Path) -> None:
    """A file as the first version of the schema left it, with content."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        MIGRATIONS[0](connection)
        connection.execute("PRAGMA application_id = 0x48445244")
        connection.execute("PRAGMA user_version = 1")
        connection.executemany(
            "INSERT INTO entries (namespace, name, value, seen) VALUES (?, ?, ?, ?)",
            [("form", b"a", b"form", 900.0), ("head", b"a", b"head", 990.0),
             ("original", b"t/x", b"original", 100.0)],
        )  # fmt: skip


async def test_a_file_of_the_first_version_is_brought_up_to_date_and_keeps_its_content(
    tmp_path: Path,
) -> None:
    first_version(tmp_path / FILE)
    clock = Clock(1000.0)
    form, head, original = ("form", b"a"), ("head", b"a"), ("original", b"t/x")

    async with sqlite(tmp_path, lifetime_s=500.0, clock=clock) as store:
        assert not store.health().notice
        assert await store.get([form, head, original]) == {form: b"form", head: b"head"}
        # A conversation that goes on takes its old entries with it.
        assert set(await store.get([form, head], group=b"one")) == {form, head}
        clock.now += 400
        await store.put({("head", b"b"): b"2"}, groups={("head", b"b"): b"one"})
        clock.now += 400
        assert set(await store.get([form, head, ("head", b"b")])) == {form, head, ("head", b"b")}

    with closing(open_file(tmp_path / FILE).connection) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


async def test_a_file_of_the_second_version_keeps_its_counters(tmp_path: Path) -> None:
    first_version(tmp_path / FILE)
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as connection:
        MIGRATIONS[1](connection)
        connection.execute("PRAGMA user_version = 2")
        connection.execute("INSERT INTO counters VALUES ('habit', x'61', 7, 990.0)")

    async with sqlite(tmp_path, lifetime_s=500.0, clock=Clock(1000.0)) as store:
        assert not store.health().notice
        assert await store.add({("habit", b"a"): 1}) == {("habit", b"a"): 8}
        assert await store.get([("form", b"a")]) == {("form", b"a"): b"form"}

    with closing(open_file(tmp_path / FILE).connection) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_who_looks_into_it_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no state\.db"):
        look_into(tmp_path / FILE)
    (tmp_path / FILE).write_bytes(b"something else")
    with pytest.raises(StoreError, match="cannot be read"):
        look_into(tmp_path / FILE)

    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_what_it_holds_on_the_disk_is_told_with_its_companions(tmp_path: Path) -> None:
    assert bytes_of(tmp_path / FILE) == 0

    with closing(open_file(tmp_path / FILE).connection):
        held = bytes_of(tmp_path / FILE)

        assert held == sum(file.stat().st_size for file in tmp_path.glob(f"{FILE}*")) > 0
