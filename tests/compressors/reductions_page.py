"""The example on a page about a reduction, and whether it is a golden file."""

from __future__ import annotations

from tests.compressors.golden import cases, read
from tests.compressors.golden_finds import PAGES


def shown_on(name: str) -> str:
    """The case that the page of this reducer shows before and after; empty if none."""
    examples = (PAGES / f"{name}.md").read_text().split("```text\n")[1:3]
    before, after = (example.partition("\n```")[0] for example in examples)
    shown = (
        case.stem
        for case in cases(name)
        if read(case).rstrip("\n") == before and read(case.with_suffix(".out")) == after
    )
    return next(shown, "")
