"""P1: each part that Headroom stands on has its reason on a page."""

from __future__ import annotations

import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.test_packaging import ROOT, direct, project

PAGE = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \| (\S+) \| (.+) \|$", PAGE, re.MULTILINE)


def grammarless(name: str) -> str:
    return "tree-sitter" if name.startswith("tree-sitter-") else name


def extras() -> dict[str, str]:
    """The parts of the other extras, each with its extra."""
    table = project()["project"]["optional-dependencies"]
    return {
        canonicalize_name(Requirement(text).name): extra
        for extra, texts in table.items()
        if extra != "proxy"
        for text in texts
    }


def test_P1_no_part_comes_in_without_a_reason_on_the_page() -> None:
    told = {name: of.strip("`") for name, of, _ in ROWS}

    assert {name for name, of in told.items() if of in ("library", "proxy")} == {
        grammarless(name) for name in direct()
    }
    assert {name: of for name, of in told.items() if of not in ("library", "proxy")} == extras()
    assert len(told) == len(ROWS)
