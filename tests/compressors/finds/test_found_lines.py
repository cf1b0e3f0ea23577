from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.finds.found_lines import FoundLine, found_lines

WITH_PATHS = ["src/a.py:3:import os", "src/a.py-4-", "--", "src/b.py:9:os.name", "src/b.py:12:os"]


def kinds(found: list[FoundLine]) -> list[str]:
    return [one.kind for one in found]


def test_lines_with_their_paths_are_matches_and_context() -> None:
    found = found_lines([*WITH_PATHS, "3 matches"], of_one_file=False)

    assert kinds(found) == ["match", "context", "between", "match", "match", "other"]
    assert found[3] == FoundLine("match", "src/b.py", 9, len("src/b.py:9:"))


def test_a_path_above_its_lines_is_a_heading() -> None:
    lines = ["src/a.py", "3:import os", "7:os.name", "", "src/b.py", "1:import os", "20-rest"]

    found = found_lines(lines, of_one_file=False)

    assert kinds(found) == ["heading", "match", "match", "between", "heading", "match", "context"]
    assert {one.path for one in found if one.is_of_a_file} == {"src/a.py", "src/b.py"}


def test_the_search_tools_of_agents_write_their_headings_in_their_own_ways() -> None:
    for heading, line in (
        ("File: src/a.py", "L{}: os"),
        ("/home/ada/src/a.py:", "  Line {}: os"),
        ("# src/a.py", " {} | os"),
        ("src/a.py (4 matches)", "{}: os"),
    ):
        lines = [heading, *(line.format(n) for n in (3, 9, 12, 40))]

        found = found_lines(lines, of_one_file=False)

        assert kinds(found) == ["heading", *["match"] * 4], heading
        assert [one.number for one in found[1:]] == [3, 9, 12, 40]


def test_numbers_alone_are_lines_only_where_the_call_was_a_search() -> None:
    lines = ["3:import os", "17:os.name", "40:os.path"]

    assert found_lines(lines, of_one_file=False) == []
    assert kinds(found_lines(lines, of_one_file=True)) == ["match"] * 3


def test_a_file_that_is_shown_line_by_line_is_no_search_result() -> None:
    lines = ["src/a.py", *(f"{n}:line" for n in range(1, 40))]

    assert found_lines(lines, of_one_file=True) == []


def test_prose_is_no_search_result() -> None:
    assert found_lines(["Note: this", "and: that", "12 o'clock"] * 4, of_one_file=True) == []


@given(st.lists(st.sampled_from([*WITH_PATHS, "src/a.py", "3:x", "", "--", "x", "L9: y", "é"])))
def test_every_line_is_told_or_none(lines: list[str]) -> None:
    found = found_lines(lines, of_one_file=True)

    assert len(found) in (0, len(lines))
    assert all(one.start <= len(line) for one, line in zip(found, lines, strict=False))
