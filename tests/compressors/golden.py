"""Golden files: `cases/<kind>-<what>.in` and what the compressor of that kind makes of it.

`python -m tests.compressors.golden` writes the `.out` files anew; review them as a diff.
"""

from __future__ import annotations

from pathlib import Path

from headroom.compressors.base import Compressor, Origin
from headroom.compressors.listing import Listing
from headroom.compressors.log import Log
from headroom.compressors.numbered import Numbered
from headroom.compressors.search import Search

CASES = Path(__file__).parent / "cases"
LINE_COMPRESSORS: tuple[Compressor, ...] = (Search(), Listing(), Log(), Numbered())


def cases(kind: str) -> list[Path]:
    """The inputs of one kind."""
    return sorted(CASES.glob(f"{kind}-*.in"))


def read(path: Path) -> str:
    """The text of a case with its line ends as they are."""
    return path.read_bytes().decode()


def update() -> None:
    """Write what the compressors make of the inputs today."""
    for compressor in LINE_COMPRESSORS:
        for path in cases(compressor.name):
            encoded = compressor.encode(read(path), Origin())
            path.with_suffix(".out").write_bytes((encoded or "").encode())


if __name__ == "__main__":
    update()
