"""The benchmark of what the guards add."""

from __future__ import annotations

import itertools
import json

from benchmarks.guards import HEAD, Side, bodies, row
from benchmarks.subjects import Running, Subject


def test_no_body_comes_twice_and_half_of_them_bring_tools() -> None:
    made = list(itertools.islice(bodies(), 40))

    assert len(set(made)) == 40
    assert [("tools" in json.loads(body)) for body in made] == [True, False] * 20


def test_a_row_tells_what_is_added() -> None:
    up = Running(Subject("one", ()), 0, 0, 0.0)
    off = Side(up, [[1.0, 2.0], [1.0, 4.0]], [0.5, 0.7, 0.6])
    on = Side(up, [[2.0, 3.0], [3.0, 9.0]], [0.9, 1.0, 1.1], errors=2)

    told = row("sqlite", off, on)

    assert told == (
        "| sqlite | 4 2 errors | 2.00 | 3.00 | 1.00 | 3.00 | 6.00 | 3.00 | 0.60 | 1.00 | 0.40 |"
    )
    assert HEAD.splitlines()[0].count("|") == told.count("|")
