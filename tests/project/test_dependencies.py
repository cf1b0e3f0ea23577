"""P1: each part that Headroom stands on has its reason on a page."""

from __future__ import annotations

import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.test_packaging import ROOT, direct, project

PAGE = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| (.+) \|$", PAGE, re.MULTILINE)


def grammarless(name: str) -> str:
    return "tree-sitter" if name.startswith("tree-sitter-") else name


def extras() -> dict[str, set[str]]:
    """The parts of the other extras, each with its extras."""
    table = project()["project"]["optional-dependencies"]
    found: dict[str, set[str]] = {}
    for extra, texts in table.items():
        for text in texts if extra != "proxy" else ():
            found.setdefault(canonicalize_name(Requirement(text).name), set()).add(extra)
    return found


def test_P1_no_part_comes_in_without_a_reason_on_the_page() -> None:
    told = {name: {each.strip("`") for each in of.split(", ")} for name, of, _ in ROWS}

    core = {name for name, of in told.items() if of <= {"library", "proxy"}}
    assert core == {grammarless(name) for name in direct()}
    assert {name: of for name, of in told.items() if name not in core} == extras()
    assert len(told) == len(ROWS)
