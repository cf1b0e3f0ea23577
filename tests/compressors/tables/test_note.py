from __future__ import annotations

import pytest

from headroom.compressors.tables.columns import Plan
from headroom.compressors.tables.note import Note, read

FULL = Note(
    height=109,
    layout="columns at 0 14> 20",
    width=12,
    separator=" ",
    plan=Plan(
        constants={8: "<none>", 9: ""},
        usual={3: "Running"},
        above={0: 0, 10: 1},
        around={7: ("", ".example.internal"), 5: ("https://example.com/", "")},
        decimals={1: 6, 2: 6, 4: 6},
        nothing={6: "N/A"},
    ),
    names={0: "NAMESPACE", 3: "STATUS", 8: "NOMINATED NODE", 9: "GATES", 10: "date"},
    is_folded=True,
)


def test_a_note_says_it_all_in_one_line() -> None:
    assert str(FULL) == (
        "[table of 109 lines, 12 columns: blanks for columns at 0 14> 20; every row: "
        "9 NOMINATED NODE = <none> | 10 GATES = ; unless a row says otherwise: 4 STATUS = Running; "
        "in brackets above: 1 NAMESPACE | 11 date…; column 8: ….example.internal; "
        "column 6: https://example.com/…; columns 2-3, 5: 6 decimals, zeros at the end left out; "
        "column 7: empty is N/A; (×3) is a row three times]"
    )


def test_what_a_note_says_can_be_read() -> None:
    assert read(str(FULL)) == FULL
    plain = Note(7, "comma-separated", has_heads=False)
    assert str(plain) == "[table of 7 lines: comma-separated; no heads]"
    assert read(str(plain)) == plain


def test_other_lines_are_no_notes() -> None:
    assert read("[7 of 9 rows left out. Original kept: hash=1]") is None
    assert read("[table of many lines: comma-separated]") is None


@pytest.mark.parametrize(
    "clause",
    ["nonsense", "every row: x", "every row: 0 a = b", "columns x: …y", "columns 9-3: …y",
     "column 99999: …y", "in brackets above: a"],
)  # fmt: skip
def test_a_note_that_makes_no_sense_is_refused(clause: str) -> None:
    with pytest.raises(ValueError, match=r"says nothing|not there|no range"):
        read(f"[table of 7 lines: comma-separated; {clause}]")
