from __future__ import annotations

import json

from headroom.compressors.jsontree.documents import documents
from headroom.compressors.jsontree.text import Array, Object

ROW = {"name": "a" * 60, "note": "b" * 60}


def test_documents_inside_a_text_are_found_with_their_places() -> None:
    first, second = json.dumps(ROW), json.dumps([ROW, ROW], indent=2)
    text = f"before\n{first}\nbetween\n{second} after"

    found = list(documents(text))

    assert [text[one.start : one.end] for one in found] == [first, second]
    assert isinstance(found[0].root, Object)
    assert isinstance(found[1].root, Array)
    assert found[1].length == len(second)


def test_rows_on_lines_right_below_one_another_are_one_document() -> None:
    text = "\n".join([json.dumps(ROW)] * 3)

    [found] = documents(text)

    assert found.lines
    assert isinstance(found.root, Array)
    assert len(found.root.items) == 3


def test_what_cannot_be_written_again_to_the_byte_is_left_out() -> None:
    assert not list(documents('{"a" :  "' + "x" * 200 + '" ,"b":1}'))


def test_small_documents_are_not_worth_it() -> None:
    assert not list(documents('{"a": 1}'))
