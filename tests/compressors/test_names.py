"""Which words name something, and which of those fit."""

from __future__ import annotations

from headroom.compressors.names import chosen_names, names_of


def test_paths_identifiers_and_numbers_are_names() -> None:
    text = "In src/pool.py, PoolError of conn_4711 (see README.md.) took 1234567 ms; getNode failed"

    assert names_of(text) == [
        "src/pool.py",
        "PoolError",
        "conn_4711",
        "README.md",
        "1234567",
        "getNode",
    ]


def test_plain_words_and_short_ones_are_none() -> None:
    assert (names_of("everything remains as before, a.py too: " + "x" * 500)) == []


def test_each_name_is_said_once_and_not_where_it_is_shown() -> None:
    gaps = [["src/a.py", "src/b.py"], ["src/b.py", "src/c.py"]]

    assert chosen_names(gaps, {"src/a.py"}, 100) == [["src/b.py"], ["src/c.py"]]


def test_what_nobody_looks_for_is_not_said() -> None:
    dull = ["d41d8cd98f00b204e9800998ecf8427e", "well-known", "2026-11-21"]

    assert chosen_names([dull], (), 100) == [[]]


def test_where_there_is_little_room_each_gap_has_its_share() -> None:
    gaps = [[f"file_{n:04d}.py" for n in range(start, start + 50)] for start in (0, 100)]

    first, second = chosen_names(gaps, (), 300)

    assert len(first) == len(second) > 5
    assert sum(len(name) + 2 for name in first + second) <= 300
