"""Golden files are `cases/table_sample-<what>.in` and what stays of it, with its sentence.

`python -m tests.compressors.test_table_sample` writes the `.out` files anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.compressors.base import Ask, Origin, Reduced
from headroom.compressors.table_sample import TableSample
from headroom.compressors.words import words_of
from tests.compressors.golden import cases, is_shown, read

SAMPLE = TableSample()
PAGE = Path(__file__).parents[2] / "docs" / "reductions" / "table_sample.md"
QUESTIONS = {
    "table_sample-kubectl": "Why do pods of payments restart?",
    "table_sample-orders": "What was in order 5033?",
}
ROOM = 1_500
NOTHING_ASKED = Ask()
HEADS = "id,town,state,pieces"
ROWS = [f"{n},Oslo,paid,{n * 7 % 50}" for n in range(200)]


def shown(case: Path) -> str:
    """What stays of a case, and the sentence about the rest."""
    words = frozenset(words_of(QUESTIONS[case.stem]))
    reduced = SAMPLE.reduce(read(case), Ask(words=words, room=ROOM))
    assert reduced is not None
    told = f"[{reduced.gone} of {reduced.of} {reduced.unit} left out{reduced.told}. …]"
    return f"{reduced.before}\n{told}{reduced.after}\n"


def reduced_of(rows: list[str], ask: Ask = NOTHING_ASKED) -> Reduced:
    reduced = SAMPLE.reduce("\n".join([HEADS, *rows]) + "\n", ask)
    assert reduced is not None
    return reduced


@pytest.mark.parametrize("case", cases("table_sample"), ids=lambda case: case.stem)
def test_what_stays_looks_as_reviewed(case: Path) -> None:
    assert shown(case) == read(case.with_suffix(".out"))


def test_heads_ends_and_what_is_odd_stay() -> None:
    rows = [*ROWS]
    rows[90] = "90,Oslo,failed,20"
    rows[120] = "120,Oslo,paid,9000"
    rows[150] = "150,Bodø,paid,3"

    stays = reduced_of(rows).before.split("\n")

    assert {HEADS, rows[0], rows[90], rows[120], rows[150], rows[199]} <= set(stays)
    assert len(stays) < 40


def test_the_row_that_was_asked_for_stays() -> None:
    ask = Ask(words=frozenset({"what", "was", "the", "state", "of", "133"}), room=600)

    assert ROWS[133] in reduced_of(ROWS, ask).before.split("\n")


def test_a_table_of_nothing_but_failures_shrinks() -> None:
    rows = [f"{n},Oslo,failed,{n % 9}" for n in range(300)]

    assert len(reduced_of(rows, Ask(room=800)).before) < 2_000


def test_what_left_is_told_by_column_and_where_it_stood() -> None:
    rows = [row.replace("paid", "open") if n % 3 else row for n, row in enumerate(ROWS)]

    reduced = reduced_of(rows, Ask(room=600))

    assert "(state: open 126, paid 64; " in reduced.told
    assert "pieces: 0 to 49, mean " in reduced.told
    assert reduced.unit == "rows"
    assert reduced.of == 200
    assert sum(last - first + 1 for first, last in reduced.gone_lines) == reduced.gone
    first, last = reduced.gone_lines[0]
    assert f"[… lines {first}-{last} left out]" in reduced.before.split("\n")


def test_text_around_a_table_stays() -> None:
    heads = " id  | town | pieces "
    drawn = "-----+------+--------"
    rows = [f" {n:3d} | Oslo | {n * 7 % 50:6d}" for n in range(200)]

    reduced = SAMPLE.reduce("\n".join(["shop=> table;", heads, drawn, *rows, "(200 rows)"]), Ask())

    assert reduced is not None
    stays = reduced.before.split("\n")
    assert stays[:4] == ["shop=> table;", heads, drawn, rows[0]]
    assert stays[-2:] == [rows[-1], "(200 rows)"]


def test_a_csv_file_in_a_viewer_keeps_the_numbers_of_its_lines() -> None:
    text = "\n".join(f"{n:6d}\t{line}" for n, line in enumerate([HEADS, *ROWS], 1))

    reduced = SAMPLE.reduce(text, Ask(Origin(tool="Read", path="data/towns.csv")))

    assert reduced is not None
    assert reduced.before.startswith(f"     1\t{HEADS}\n")
    assert SAMPLE.reduce(text, Ask(Origin(tool="Read", path="src/towns.py"))) is None


def test_rows_that_take_more_lines_stay_or_leave_as_a_whole() -> None:
    rows = [f'{n},"Mo\ni Rana",paid,{n * 7 % 50}' for n in range(100)]

    reduced = SAMPLE.reduce("\n".join([HEADS, *rows]), Ask(Origin(path="towns.csv")))

    assert reduced is not None
    kept = reduced.before.split("\n")
    assert [kept[at + 1] for at, line in enumerate(kept) if line.endswith('"Mo')] == [
        row.split("\n")[1] for row in rows if row.split("\n")[0] in kept
    ]


@pytest.mark.parametrize("text", ["", "a", "\n".join([HEADS, *ROWS[:10]]), "words, words\n" * 99])
def test_what_is_short_or_no_table_is_left_alone(text: str) -> None:
    assert SAMPLE.reduce(text, Ask()) is None


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Oslo", "", '"a, b"', "error"]), st.integers(0, 9)), max_size=90
    ),
    st.frozensets(st.sampled_from(["oslo", "7", "id"])),
    st.integers(0, 3_000),
)
def test_lines_stay_as_they_were_in_their_order(
    cells: list[tuple[str, int]], words: frozenset[str], room: int
) -> None:
    lines = [HEADS, *(f"{n},{town},x,{m}" for n, (town, m) in enumerate(cells))]

    reduced = SAMPLE.reduce("\n".join(lines), Ask(Origin(path="x.csv"), words, room))

    if reduced is not None:
        kept = [line for line in reduced.before.split("\n") if not line.startswith("[…")]
        places = [lines.index(line) for line in kept]
        assert places == sorted(set(places))
        assert places[0] == 0
        assert len(kept) + reduced.gone == len(lines)


def test_the_example_on_the_page_is_a_golden_file() -> None:
    examples = PAGE.read_text().split("```text\n")[1:]

    assert len(examples) == 2
    assert any(is_shown(case, examples) for case in cases("table_sample"))


if __name__ == "__main__":
    for path in cases("table_sample"):
        path.with_suffix(".out").write_text(shown(path))
