from __future__ import annotations

from headroom.compressors.base import Origin
from headroom.compressors.tables.grid_finder import grids
from headroom.compressors.tables.writer import written
from tests.compressors.tables.test_grid_frames import PSQL


def short(text: str, origin: Origin) -> list[str] | None:
    lines = text.split("\n")
    grid = grids(text, lines, origin)[0]
    return written(grid, lines[grid.first : grid.first + grid.height])


CSV = Origin(command="cat towns.csv")
NOTES = [f"{n},note {n * n},eu-west-1" for n in range(20)]


def test_cells_are_parted_by_what_no_cell_holds() -> None:
    words = short(
        PSQL.replace("Mo i Rana", "Mo_i_Rana").replace("140 |           ", "140 | Narvik    "), CSV
    )
    commas = short(PSQL, CSV)
    bars = short(PSQL.replace("Mo i Rana", "Mo, Rana "), CSV)

    assert words is not None
    assert "7 Oslo 0.5" in words
    assert commas is not None
    assert "9,Mo i Rana,0" in commas
    assert bars is not None
    assert "9|Mo, Rana|0" in bars


def test_a_row_that_could_be_misread_stands_as_it_is() -> None:
    table = short("\n".join(["id,note,region", *NOTES, "[20],note,eu-west-1"]), CSV)

    assert table is not None
    assert table[-2:] == ["19,note 361", "\\[20],note,eu-west-1"]


def test_a_table_whose_heads_could_be_misread_is_not_written() -> None:
    assert short("\n".join(["[id],note,region", *NOTES]), CSV) is None


def test_heads_are_not_folded_with_rows_that_are_the_same() -> None:
    rows = [f"{n},{'note' * (n % 4)},x{n * 7}" for n in range(20)]

    table = short("\n".join(["id,note,region"] * 6 + rows), CSV)

    assert table is not None
    assert table[1:3] == ["id,note,region", "id,note,region (×5)"]
