"""Tables as they are written."""

from __future__ import annotations

import json

from headroom.compressors.jsontree.style import Style
from headroom.compressors.jsontree.table_writer import write_table
from headroom.compressors.jsontree.text import Forest


def table_of(value: object) -> tuple[str, str]:
    root = Forest().parse(json.dumps(value))
    assert root is not None
    return write_table(root, Style())


def test_columns_stand_once_and_usual_values_are_left_out() -> None:
    rows = [
        {"id": n, "task": f"step {n}", "state": "failed" if n == 2 else "done", "by": "night run"}
        for n in range(4)
    ]

    table, legend = table_of(rows)

    assert table == (
        "[4 rows(id,task,state=done,.by=night run)\n"
        "0,step 0\n1,step 1\n2,step 2,failed\n3,step 3\n]"
    )
    assert legend == "blank = column's default, .x=1: is 1 unless the row says .x="


def test_equal_parts_are_written_once() -> None:
    address = {"street": "1 Long Street with a Name", "zip": "00777", "city": "Sampleton"}

    table, legend = table_of({"from": address, "to": address})

    assert table.count("Sampleton") == 1
    assert table.endswith("\nto:*1\n}")
    assert legend == "*1 = copy of &1"


def test_a_shape_that_several_places_use_is_declared_first() -> None:
    legs = [
        {"from": {"code": f"A{n}", "gate": n}, "to": {"code": f"B{n}", "gate": n + 9}, "number": n}
        for n in range(3)
    ]

    table, _ = table_of(legs)

    assert table.splitlines()[:3] == [
        "#from=(code,gate)",
        "[3 rows(from(#from),to(#from),number)",
        "(A0,0),(B0,9),0",
    ]


def test_lists_of_lists_have_a_line_each() -> None:
    assert table_of([["id", "name"], [1, "Ada"], [2, ""]])[0] == "[3 lists\nid,name\n1,Ada\n2,\n]"


def test_a_small_document_needs_no_legend() -> None:
    assert table_of({"ok": True, "note": "all fine"}) == ("{ok:true,note:all fine}", "")
