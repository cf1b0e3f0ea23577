from __future__ import annotations

from headroom.compressors.finds.paths import bare_paths, numbered_paths


def test_a_numbered_match_begins_with_its_path() -> None:
    assert numbered_paths(["src/a.py:3:x", "note", "src/b.py:9:y"]) == ["src/a.py", "", "src/b.py"]


def test_context_is_known_by_the_match_next_to_it() -> None:
    lines = ["a-1.py-2-before", "a-1.py:3:match", "a-1.py-4-after", "--", "a-1.py:9:match"]

    assert numbered_paths(lines) == ["a-1.py"] * 5


def test_numbers_that_do_not_rise_are_no_line_numbers() -> None:
    assert numbered_paths([f"host.example:{90 - n}:up" for n in range(30)]) is None


def test_nothing_numbered_gives_nothing() -> None:
    assert numbered_paths(["one", "two: three"]) == []


def test_a_path_without_numbers_counts_where_two_lines_have_it() -> None:
    lines = ["docs/a.md:first", "docs/a.md:second", "docs/b.md:alone", "Note: prose"]

    assert bare_paths(lines) == ["docs/a.md", "docs/a.md", "", ""]
