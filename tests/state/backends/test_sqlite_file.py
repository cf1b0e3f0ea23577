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
    identity_of,
    is_damage,
    is_passing,
    open_file,
)


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


def test_a_broken_rule_is_neither_damage_nor_passing() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE once (name UNIQUE)")
        connection.execute("INSERT INTO once VALUES (1)")
        with pytest.raises(sqlite3.IntegrityError) as raised:
            connection.execute("INSERT INTO once VALUES (1)")

    assert not is_damage(raised.value)
    assert not is_passing(raised.value)
