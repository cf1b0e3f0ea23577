"""Tables read back."""

from __future__ import annotations

import json

import pytest

from headroom.compressors.jsontree.style import Style, render
from headroom.compressors.jsontree.table_reader import read_table


def value_of(table: str) -> object:
    return json.loads(render(read_table(table, Style()), Style()))


def test_blanks_defaults_absences_and_named_cells() -> None:
    table = "[3 rows(id,state=done,note=~,.by=ada)\n1\n2,late,see 1\n,~,.by=jon\n]"

    assert value_of(table) == [
        {"id": 1, "state": "done", "by": "ada"},
        {"id": 2, "state": "late", "note": "see 1", "by": "ada"},
        {"id": "", "by": "jon"},
    ]


def test_labels_stand_for_what_they_were_put_before() -> None:
    assert value_of("{\na:&1 [x,y]\nb:*1\n}") == {"a": ["x", "y"], "b": ["x", "y"]}


def test_links_extend_the_link_in_another_column() -> None:
    table = '[2 rows(url,.pets=url+"/pets")\nx:/ada\nx:/jon,.pets=null\n]'

    assert value_of(table) == [
        {"url": "x:/ada", "pets": "x:/ada/pets"},
        {"url": "x:/jon", "pets": None},
    ]


@pytest.mark.parametrize(
    "table",
    [
        "",
        "{",
        "[1,2",
        "*1",
        "#x(1)",
        "(1)",
        "[2 rows(id\n1\n]",
        "[2 rows(id)\n1,2\n]",
        "[2 rows(id)\n.x=2\n]",
        '[1 rows(.a=b+"c",b)\n[]\n]',
        "[1]\nrest",
        "[" * 500 + "]" * 500,
        "!json[] " * 500 + "1",
        '["""\nopen',
    ],
)
def test_anything_else_is_refused(table: str) -> None:
    with pytest.raises(ValueError, match="not a table of ours"):
        read_table(table, Style())
