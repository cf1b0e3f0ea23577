"""The page that shows all encodings shows them as they are."""

from __future__ import annotations

import re
from pathlib import Path

from headroom.compressors import COMPRESSORS, numbered, search
from headroom.compressors.lists import paths as listing_paths
from headroom.pipeline.clean import clean
from headroom.pipeline.repeat import Source, refer, resolve
from headroom.pipeline.seen import Seen

FOLDER = Path(__file__).parents[2] / "docs" / "encodings"
PAGE = (FOLDER / "README.md").read_text()


def examples(title: str) -> list[str]:
    """The texts in a section of the page."""
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return re.findall(r"```text\n(.*?)\n```", section, re.DOTALL)


def test_the_repeat_example_is_real() -> None:
    earlier, later, shown = examples("Repeat")
    source = Source("result 1", earlier, earlier, " (shell python check.py)")
    seen = Seen()
    seen.add(text=earlier, sent=earlier)

    short = refer(later, seen, lambda number: source)

    assert short == shown
    assert resolve(shown, lambda label: source) == later


def test_the_clean_example_is_real() -> None:
    printed, shown = examples("Clean")

    assert clean(printed.replace("\\x1b", "\x1b").replace("\\r", "\r")) == shown


def test_every_encoding_is_listed_with_its_header_and_its_page() -> None:
    for compressor in COMPRESSORS:
        assert f"| `{compressor.strategy}` | [{compressor.name}]({compressor.name}.md) |" in PAGE
        assert (FOLDER / f"{compressor.name}.md").exists()
    for header in (search.HEADER, listing_paths.HEADER, numbered.HEADER):
        assert header in PAGE
    assert re.search(r"`\[log: .*?\]`", PAGE)
