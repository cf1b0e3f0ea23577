"""Golden files of reducers: `cases/<name>-<what>.in`, and what stays of it as `.out`.

`python -m tests.compressors.cut_cases` writes the `.out` files anew; review them as a diff.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from headroom.compressors.base import Ask, Origin, Reducer
from headroom.compressors.diff import Diff
from headroom.compressors.history import History
from headroom.compressors.prose import Prose
from tests.compressors.golden import cases, read

PAGES = Path(__file__).parents[2] / "docs" / "reductions"
REDUCED: tuple[Reducer, ...] = (Diff(), History(), Prose())
WORDS = frozenset({"the", "total", "of", "an", "order", "rounds", "wrongly", "src/shop/total.py"})
ORIGINS = {"prose": Origin("Read", path="docs/guide.md")}
ROOMS = {"diff": 2_400, "history": 1_000, "prose": 1_800}
"""Characters: few, so that cases are short enough to read."""


def cut(reducer: Reducer, path: Path) -> str:
    """What the reducer makes of a case, asked about the total of an order."""
    ask = Ask(ORIGINS.get(reducer.name, Origin()), WORDS, ROOMS[reducer.name])
    reduced = reducer.reduce(read(path), ask)
    assert reduced is not None
    return reduced.before + reduced.after


def is_shown(case: Path) -> bool:
    """Whether its page shows the case, and right below it what stays."""
    name = case.stem.partition("-")[0]
    examples = (PAGES / f"{name}.md").read_text().split("````text\n")[1:]
    before, after = (read(one).rstrip("\n") + "\n````" for one in (case, case.with_suffix(".out")))
    return any(
        one.startswith(before) and below.startswith(after) for one, below in pairwise(examples)
    )


def update() -> None:
    """Write what the reducers make of the cases today."""
    for reducer in REDUCED:
        for path in cases(reducer.name):
            path.with_suffix(".out").write_bytes(cut(reducer, path).encode())


if __name__ == "__main__":
    update()
