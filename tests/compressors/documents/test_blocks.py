"""Prose that is read as blocks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.documents.blocks import Block, Kind, read_blocks

LINES = st.sampled_from(
    [
        "# Heading",
        "## Below it",
        "Heading",
        "=======",
        "---",
        "~~~",
        "```sh",
        "```",
        "A sentence that is here.",
        "- an item",
        "2. another",
        "  that goes on",
        "    indented",
        "| a | b |",
        "[1] Title",
        "[2] Title",
        "[3] Title",
        "",
        "  ",
        "x" * 900,
        "<!-- so",
        "it is -->",
    ]
)


def blocks_of(text: str) -> list[Block]:
    lines = text.split("\n")
    return read_blocks(lines, [False] * len(lines))


def kinds_of(text: str) -> list[Kind]:
    return [block.kind for block in blocks_of(text) if block.kind != "blank"]


@given(st.lists(LINES, max_size=40), st.booleans())
def test_every_line_belongs_to_one_block(lines: list[str], are_parts: bool) -> None:
    blocks = read_blocks(lines, [are_parts] * len(lines))

    assert [at for block in blocks for at in range(block.first, block.end)] == [*range(len(lines))]
    assert all(
        block.section < number or block.section == number for number, block in enumerate(blocks)
    )


def test_markdown_has_headings_paragraphs_items_code_and_tables() -> None:
    text = (
        "# The shop\n\nIt keeps orders.\nAll of them.\n\n## Items\n- one\n  goes on\n- two\n\n"
        "```sh\n# not a heading\n```\n| a | b |\n|---|---|\n| 1 | 2 |\nUnder\n-----\n"
    )

    assert kinds_of(text) == [
        *("heading", "text", "heading", "item", "item", "code", "table", "heading"),
    ]


def test_headings_of_restructured_text_have_levels_by_their_signs() -> None:
    text = (
        "=====\nTitle\n=====\n\nPart\n----\n\nText of it::\n\n    code\n    more\n\nOther\n-----\n"
    )

    blocks = [block for block in blocks_of(text) if block.kind != "blank"]

    assert [(block.kind, block.level) for block in blocks] == [
        *(("heading", 1), ("heading", 2), ("text", 0), ("code", 0), ("heading", 2)),
    ]
    assert [block.end - block.first for block in blocks] == [3, 2, 1, 2, 2]


def test_manuals_are_indented_and_no_code() -> None:
    text = "NAME\n       shop - keeps orders\n\nOPTIONS\n       -a\n           all\n       -b\n"

    assert kinds_of(text) == ["heading", "text", "heading", "text"]


def test_passages_are_told_by_numbers_that_rise() -> None:
    passages = "\n\n".join(f"[{n}] Title\nText of it." for n in (1, 2, 3))
    documents = "\n\n".join(f"Document {n}: Title\nText of it." for n in (1, 2, 3))

    assert kinds_of(passages) == kinds_of(documents) == ["passage", "text"] * 3
    assert "passage" not in kinds_of(passages.replace("[2]", "[7]"))


def test_rules_and_comments_are_marks_that_lead_no_section() -> None:
    text = "# One\n<!-- added:\n  v1 -->\nText.\n\n---\n\n<!-- never closed"

    assert kinds_of(text) == ["heading", "mark", "text", "mark", "mark"]


def test_blocks_know_their_section() -> None:
    blocks = blocks_of("Before.\n\n# One\nText.\n# Two\nText.")

    assert [block.section for block in blocks] == [-1, -1, 2, 2, 4, 4]


def test_a_fence_that_is_never_closed_is_a_line() -> None:
    assert kinds_of("```\nA sentence.\n\nAnd one more.") == ["code", "text", "text"]


def test_a_paragraph_that_never_ends_is_several_blocks() -> None:
    assert len(blocks_of("A sentence that goes on and on.\n" * 100)) > 3
