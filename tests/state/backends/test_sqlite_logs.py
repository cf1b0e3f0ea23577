"""Logs of the SQLite store, seen from inside; what they promise is in tests/contracts."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from headroom.state.backends.sqlite_file import FILE, open_file
from headroom.state.backends.sqlite_logs import append, scan


def test_a_log_that_is_to_hold_less_is_cut_when_it_is_written_to(tmp_path: Path) -> None:
    with closing(open_file(tmp_path / FILE).connection) as connection:
        for number in range(1, 11):
            append(connection, log="feed", record=b"%d" % number, most=9)

        assert append(connection, log="feed", record=b"11", most=2) == 11
        assert scan(connection, log="feed", since=0, limit=99) == [(10, b"10"), (11, b"11")]
