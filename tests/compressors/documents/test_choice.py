"""Which blocks of a document stay."""

from __future__ import annotations

from headroom.compressors.documents.blocks import read_blocks
from headroom.compressors.documents.choice import chosen_blocks, with_blanks

FILLER = "This sentence says nothing that anybody has asked for, and it says it at some length."


def section(title: str, *paragraphs: str) -> str:
    return f"## {title}\n\n" + "".join(f"{text}\n\n" for text in paragraphs)


def shown(text: str, room: int, words: tuple[str, ...] = (), repeated: tuple[int, ...] = ()) -> str:
    lines = text.split("\n")
    blocks = read_blocks(lines, [False] * len(lines))
    kept = chosen_blocks(blocks, lines, frozenset(words), room, repeated)
    return "\n".join(line for at, line in enumerate(lines) if at in kept)


TEXT = "# Guide\n\n" + "".join(
    section(f"Part {n}", f"Part {n} begins so. {FILLER}", FILLER, f"{FILLER} It is {n}.")
    for n in range(6)
)


def test_headings_and_beginnings_stay_first() -> None:
    text = shown(TEXT, 900)

    assert text.count("## Part") == 6
    assert text.count("begins so.") == 6
    assert text.count("It is ") < 3


def test_what_answers_to_the_task_stays_with_its_neighbours() -> None:
    asked = TEXT.replace("It is 4.", "The rounding of sums is done last.")

    text = shown(asked, 600, ("rounding", "sums"))

    assert "The rounding of sums is done last." in text
    assert f"\n{FILLER}\n\n{FILLER} The rounding" in text


def test_code_stays_with_the_paragraph_that_leads_to_it() -> None:
    code = "To round a sum, call it so:\n\n```python\nround_half_up(total)\n```"
    text = shown(TEXT + section("Rounding", FILLER, code), 300, ("round",))

    assert code in text


def test_a_long_paragraph_may_stay_with_its_first_sentence() -> None:
    long = "It begins here.\n" + f"{FILLER}\n" * 6

    text = shown(f"# Guide\n\n{long}", 200)

    assert text == "# Guide\n\nIt begins here."


def test_of_a_long_table_the_first_rows_stay() -> None:
    rows = [f"| name_{n} | what it is and what it is for | usual |" for n in range(40)]
    text = shown("# Names\n\n" + "\n".join(rows), 600)

    assert "name_5 " in text
    assert "name_6 " not in text


def test_what_is_repeated_is_worth_nothing() -> None:
    text = f"# Guide\n\nOne thing.\n\n{FILLER} {FILLER}"

    assert shown(text, 900, repeated=(4,)) == "# Guide\n\nOne thing.\n"


def test_small_gaps_and_blank_lines_behind_what_stays_are_no_gaps() -> None:
    lines = ["a", "", "b", "c" * 200, "d", "e"]

    assert with_blanks({0, 5}, lines) == {0, 1, 5}
    assert with_blanks({0, 3, 5}, lines) == {0, 1, 2, 3, 4, 5}
