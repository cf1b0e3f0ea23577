"""Golden files of what finds files and lines: `cases/<name>-<what>.in`, shortened as asked here.

`python -m tests.compressors.golden_finds` writes the `.out` files anew; review them as a diff.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from headroom.compressors.base import Ask, Origin, Reduced, Reducer
from headroom.compressors.directory_digest import DirectoryDigest
from headroom.compressors.match_sample import MatchSample
from headroom.compressors.words import words_of
from tests.compressors.golden import cases, read

PAGES = Path(__file__).parents[2] / "docs" / "reductions"
REDUCERS: tuple[Reducer, ...] = (MatchSample(), DirectoryDigest())


def asked(command: str, task: str, room: int) -> Ask:
    """As the pipeline asks: with the words of the task and of the call."""
    words = frozenset(words_of(f"{task}\n{command}"))
    return Ask(Origin(tool="bash", command=command), words, room)


ASKED: Mapping[str, Ask] = MappingProxyType(
    {
        "match_sample-grep": asked(
            "grep -rn rate_for .", "Invoices with a reverse_charge get the wrong tax.", 1_000
        ),
        "match_sample-many": asked("rg -n retry .", "Who retries orders in gamma?", 1_400),
        "match_sample-viewer": asked("search position", "Error messages tell a wrong column.", 400),
        "directory_digest-find": asked("find .", "The currency of an order is lost.", 420),
        "directory_digest-ls": asked("ls -la", "Render frame 17 again.", 500),
        "directory_digest-tree": asked("tree shapes", "A bezier curve is drawn twice.", 420),
    }
)


def shortened(case: Path) -> Reduced:
    """What the reducer that the case is named after leaves of it."""
    reducer = next(one for one in REDUCERS if case.stem.startswith(f"{one.name}-"))
    reduced = reducer.reduce(read(case), ASKED[case.stem])
    assert reduced is not None, case
    return reduced


def update() -> None:
    """Write what the reducers leave of the inputs today."""
    for reducer in REDUCERS:
        for case in cases(reducer.name):
            case.with_suffix(".out").write_bytes(shortened(case).before.encode())


if __name__ == "__main__":
    update()
