from __future__ import annotations

import pytest

from headroom.compressors.tables.note import read
from headroom.compressors.tables.reader import restored


def table(*lines: str) -> list[str]:
    note, *body = lines
    said = read(note)
    assert said is not None
    return list(restored(said, iter(body)))


def test_a_table_is_set_again() -> None:
    assert table(
        "[table of 5 lines: commas for psql borders; every row: 2 town = Oslo]",
        "id,rain",
        "---",
        "7,0.5",
        "[… lines 4-9 left out]",
        "10,12.25",
    ) == [
        " id | town | rain  ",
        "----+------+-------",
        "  7 | Oslo |   0.5",
        "[… lines 4-9 left out]",
        " 10 | Oslo | 12.25",
    ]


def test_what_stands_above_holds_until_something_else_does() -> None:
    assert table(
        "[table of 4 lines: comma-separated; in brackets above: 1 year | 2 day…]",
        "day,rain",
        "[year = 25 | day = 3/…]",
        "1,7",
        "[day = 4/…]",
        "1,8",
        "2,9",
    ) == ["year,day,rain", "25,3/1,7", "25,4/1,8", "25,4/2,9"]


def test_a_row_says_where_it_is_not_as_usual() -> None:
    assert table(
        "[table of 3 lines: blanks for columns 2 apart; unless a row says otherwise: 2 STATE = up]",
        "NAME AGE",
        "web 5d",
        "api 7d [STATE = down]",
    ) == ["NAME  STATE  AGE", "web   up     5d", "api   down   7d"]


def test_a_table_without_heads_is_one_of_rows_alone() -> None:
    note = "[table of 3 lines: comma-separated; no heads; every row: 2 column 2 = x]"

    assert table(note, "1 (×3)") == ["1,x"] * 3


@pytest.mark.parametrize(
    "lines",
    [
        ("[table of 9 lines: comma-separated]", "a,b", "1,2"),
        ("[table of 2 lines: comma-separated]", "a,b", "1,2,3"),
        ("[table of 2 lines: comma-separated]", "a,b", "1,2 (×7)"),
        ("[table of 2 lines: comma-separated]", "[c = d]", "a,b"),
    ],
)
def test_a_table_that_is_damaged_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"cut after|cells of|room for|names no"):
        table(*lines)
