"""Golden files: `cases/<kind>-<what>.in` and what the compressor of that kind makes of it.

`python -m tests.compressors.golden` writes the `.out` files anew; review them as a diff.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from headroom.compressors.base import Compressor, Origin
from headroom.compressors.diffstat import Diffstat
from headroom.compressors.listing import Listing
from headroom.compressors.log import Log
from headroom.compressors.numbered import Numbered
from headroom.compressors.search import Search
from headroom.compressors.tabular import Tabular

CASES = Path(__file__).parent / "cases"
PAGES = Path(__file__).parents[2] / "docs" / "encodings"
LINE_COMPRESSORS: tuple[Compressor, ...] = (
    *(Search(), Listing(), Log(), Numbered(), Diffstat(), Tabular()),
)


def cases(kind: str) -> list[Path]:
    """The inputs of one kind."""
    return sorted(CASES.glob(f"{kind}-*.in"))


def read(path: Path) -> str:
    """The text of a case with its line ends as they are."""
    return path.read_bytes().decode()


def examples(kind: str) -> list[str]:
    """The examples on the page of one kind, in the order of the page."""
    return (PAGES / f"{kind}.md").read_text().split("```text\n")[1:]


def is_shown(case: Path, examples: list[str]) -> bool:
    """Whether a page has the input of this case, and right below it what becomes of it."""
    before, after = (
        read(path).replace("\r", "").rstrip("\n") + "\n```"
        for path in (case, case.with_suffix(".out"))
    )
    pairs = pairwise(examples)
    return any(one.startswith(before) and next_.startswith(after) for one, next_ in pairs)


def update() -> None:
    """Write what the compressors make of the inputs today."""
    for compressor in LINE_COMPRESSORS:
        for path in cases(compressor.name):
            encoded = compressor.encode(read(path), Origin())
            path.with_suffix(".out").write_bytes((encoded or "").encode())


if __name__ == "__main__":
    update()
