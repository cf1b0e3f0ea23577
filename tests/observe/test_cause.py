"""Each reason that a plan gives has a word of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import headroom.pipeline
from headroom.observe.cause import NEVER_TOUCHED, OTHER_CAUSE, SKIPPED_KIND, cause_of

PIPELINE = Path(headroom.pipeline.__file__).parent


def reasons() -> list[str]:
    """Every reason that the pipeline writes down, with x for what differs."""
    found = []
    for name in ("draft.py", "reduce.py"):
        source = (PIPELINE / name).read_text()
        found += re.findall(r'(?:Note\(block\.path, |Result\(form, |form, |= )f?"(.+?)"\)?', source)
    whole = re.findall(r'return "(.+)"', (PIPELINE / "whole.py").read_text())
    found = [one for one in found if " " in one and "{w" not in one]
    return [re.sub(r"\{.*?\}", "x", one) for one in (*found, *(f"kept whole: {w}" for w in whole))]


def test_no_reason_of_the_pipeline_is_without_a_word() -> None:
    assert len(reasons()) >= 15
    assert [one for one in reasons() if cause_of(one) == OTHER_CAUSE] == []


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("", NEVER_TOUCHED),
        ("results of mcp__billing__get are protected", "protected"),
        ("too small: nothing leaves below 400 tokens", "small"),
        ("kept whole: an error", "error"),
        ("kept whole: it could not be had again", "no_way_back"),
        ("code is left as it is", SKIPPED_KIND),
        ("something new", OTHER_CAUSE),
    ],
)
def test_S4_a_reason_is_one_word_of_a_few(reason: str, cause: str) -> None:
    assert cause_of(reason) == cause
