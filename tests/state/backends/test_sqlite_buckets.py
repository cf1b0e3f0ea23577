"""Token buckets of the SQLite store, seen from inside; what they promise is in tests/contracts."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from headroom.state.backends.sqlite_buckets import forget_full, take
from headroom.state.backends.sqlite_file import FILE, open_file


def test_full_buckets_are_forgotten_also_those_of_an_earlier_boot(tmp_path: Path) -> None:
    with closing(open_file(tmp_path / FILE).connection) as connection:
        for name, steady in (("a", 100.0), ("b", 105.0), ("c", 9_000.0)):
            take(connection, bucket=name, amount=10, rate=1, burst=10, steady=lambda: steady)  # noqa: B023

        def names(now: float) -> list[str]:
            forget_full(connection, steady=now)
            return [name for (name,) in connection.execute("SELECT name FROM buckets")]

        assert names(5.0) == ["a", "b", "c"]
        # All that was written in an earlier boot is full ten seconds after this one.
        assert names(10.0) == []
