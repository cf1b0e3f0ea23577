from __future__ import annotations

import pytest

from headroom.compressors.code_frames import file_named, sections

CODE = [f"line_{n} = {n}" for n in range(20)]


def test_numbers_in_front_of_lines_are_no_code() -> None:
    (section,) = sections([f"{n:6d}\t{line}" for n, line in enumerate(CODE, 280)])

    assert section.lines == tuple(CODE)
    assert section.columns[0] == "   280\t"
    assert section.numbers[:2] == (280, 281)


@pytest.mark.parametrize("mark", ["→", ": ", "| ", ":", "|"])
def test_viewers_write_numbers_in_many_ways(mark: str) -> None:
    (section,) = sections([f"{n:05d}{mark}{line}" for n, line in enumerate(CODE, 1)])

    assert section.lines == tuple(CODE)
    assert section.columns[3] == f"00004{mark}"


def test_the_indentation_behind_a_number_is_the_codes() -> None:
    rows = [f"{n}:    {line}" if n % 2 else f"{n}:{line}" for n, line in enumerate(CODE, 1)]

    (section,) = sections(rows)

    assert section.lines[0] == "    line_0 = 0"


def test_a_blank_line_without_a_number_belongs_to_the_run() -> None:
    rows = [f"{n:6d}\t{line}" for n, line in enumerate(CODE, 1)]

    (section,) = sections([*rows[:5], "       ", *rows[5:]])

    assert section.lines[5] == ""
    assert section.numbers[4:7] == (5, 6, 6)


def test_each_run_of_numbers_is_a_section_with_the_heading_above_it() -> None:
    run = [f"{n:6d}\t{line}" for n, line in enumerate(CODE, 1)]

    one, two = sections(["==> a.py <==", *run, "==> src/b.go <==", *run, "<system-reminder>"])

    assert (one.first, two.first) == (1, 22)
    assert (file_named(one), file_named(two)) == ("a.py", "src/b.go")


@pytest.mark.parametrize(
    "heading",
    [
        ["Chunk ID: 41f2aa", "Wall time: 0.04 seconds", "Process exited with code 0", "Output:"],
        ["Exit code: 0", "Wall time: 1 seconds", "Output:"],
        ["<file>"],
        ["<path>src/a.py</path>", '<content lines="1-10">'],
        ["```python"],
        ["[File: /srv/a.py (900 lines total)]", "(280 more lines above)"],
        [],
    ],
)
@pytest.mark.parametrize(
    "closing",
    [
        ["</file>", ""],
        ["```"],
        ["", "<system-reminder>", "Mind the gap.", "</system-reminder>"],
        ["(30 more lines below)", "(Open file: /srv/a.py)", "bash-$"],
        [],
    ],
)
def test_sentences_of_the_tool_are_no_code(heading: list[str], closing: list[str]) -> None:
    (section,) = sections([*heading, *CODE, *closing])

    assert section.lines == tuple(CODE)
    assert section.numbers[0] == len(heading) + 1


def test_a_heading_names_the_file() -> None:
    rows = ["Here's the result of running `cat -n` on /srv/my files/shape.tsx:", *CODE]

    assert file_named(sections(rows)[0]).endswith("/srv/my files/shape.tsx")
    assert file_named(sections(CODE)[0]) == ""


def test_a_few_numbers_do_not_make_a_numbered_text() -> None:
    rows = [*CODE, *CODE, *(f"{n}: step" for n in range(1, 9))]

    (section,) = sections(rows)

    assert section.lines == tuple(rows)
    assert section.columns[0] == ""
