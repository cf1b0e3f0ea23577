"""Prose that is cut down to its outline and to what the task is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from headroom.compressors.base import Ask, Origin, whole
from headroom.compressors.prose import Prose
from tests.compressors.cut_cases import cut, is_shown
from tests.compressors.golden import cases, read

PROSE = Prose()
GUIDE = Origin("Read", path="docs/guide.md")
SENTENCE = "The shop keeps what it has read, and what was changed is lost with the next order."


def sections(count: int) -> str:
    return "".join(
        f"## Part {n}\n\nPart {n} is about the things with the number {n}.\n\n"
        f"{SENTENCE} It was {n} of them.\n\n{SENTENCE} So it is for all that come to {n}.\n\n"
        for n in range(count)
    )


@pytest.mark.parametrize("case", cases("prose"), ids=lambda case: case.stem)
def test_prose_looks_as_reviewed_and_as_its_page_shows(case: Path) -> None:
    assert cut(PROSE, case) == read(case.with_suffix(".out"))
    assert is_shown(case)


def test_the_outline_stays_and_what_the_task_is_about() -> None:
    text = sections(30).replace("It was 17 of them.", "Refunds are paid on the next day.")

    reduced = PROSE.reduce(text, Ask(words=frozenset({"refunds"}), room=3_000))

    assert reduced is not None
    assert reduced.before.count("## Part") == 30
    assert "Refunds are paid on the next day." in reduced.before
    assert len(reduced.before) < 5_000
    assert (reduced.unit, reduced.of) == ("lines", text.count("\n"))


def test_lines_keep_the_numbers_that_are_shown_for_them() -> None:
    text = "".join(f"{n:6d}\t{line}\n" for n, line in enumerate(sections(30).split("\n"), 201))

    reduced = PROSE.reduce(text, Ask(GUIDE, room=3_000))

    assert reduced is not None
    assert reduced.before.startswith("   201\t## Part 0\n")
    assert reduced.gone_lines[0][0] > 201


def test_text_with_numbers_that_is_not_said_to_be_a_document_may_be_code() -> None:
    text = "".join(f"{n:6d}\t{line}\n" for n, line in enumerate(sections(30).split("\n"), 1))

    assert PROSE.reduce(text, Ask(Origin("view"), room=3_000)) is None


def test_a_page_in_one_line_loses_sentences() -> None:
    text = " ".join(f"{SENTENCE} It was {n} of them." for n in range(400))
    text = text.replace("It was 237 of them.", "Refunds are paid on the next day.")

    reduced = PROSE.reduce(text, Ask(words=frozenset({"refunds"}), room=3_000))

    assert reduced is not None
    assert "Refunds are paid on the next day." in reduced.before
    assert " characters left out] " in reduced.before
    assert reduced.unit == "parts"


def test_what_was_said_above_leaves_first_and_is_told() -> None:
    note = (
        "Please note that the shop is provided as it is, without warranty of any kind, and that "
        "you use it at your own risk, whatever comes of it.\n"
    )
    text = "# Guide\n\n" + note + "".join(f"\n## Part {n}\n\n{note}" for n in range(40))

    reduced = PROSE.reduce(text, Ask(GUIDE, room=2_000))

    assert reduced is not None
    assert reduced.before.count("Please note") == 1
    assert "left out: much as from line 3 on]" in reduced.before


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("", GUIDE),
        (sections(30), Origin("Read", path="src/app.py")),
        (sections(30), Origin("Read", path="CLAUDE.md")),
        ("def run(order):\n    return order.total\n" * 200, Origin("fetch")),
        ('{"text": "' + SENTENCE * 60 + '"}', Origin("fetch")),
    ],
)
def test_what_is_no_long_prose_is_left_to_others(text: str, origin: Origin) -> None:
    assert PROSE.reduce(text, Ask(origin, room=3_000)) is None


def test_a_short_document_stays_whole() -> None:
    assert PROSE.reduce(sections(2), Ask(GUIDE, room=3_000)) == whole(sections(2))
