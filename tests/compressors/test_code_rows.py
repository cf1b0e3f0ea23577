from __future__ import annotations

from headroom.compressors.code_rows import Rows
from headroom.compressors.code_signs import by_path
from headroom.compressors.code_tree import parsed


def rows_of(path: str, code: str) -> tuple[Rows, list[tuple[int, int, bool]]]:
    """The rows of some code, and those of the members of its first body."""
    tree = parsed(code, by_path(path))
    assert tree is not None
    rows = Rows(tree, code.split("\n"))
    bodies = sorted(tree.captures()["body"], key=lambda node: node.start_byte)
    spans = rows.members(bodies[0])
    return rows, [(span.first, span.last, span.begins_line) for span in spans]


def test_members_of_a_body_stand_on_their_rows() -> None:
    _, members = rows_of("a.py", "def a():\n    one()\n    if two:\n        pass\n")

    assert members == [(1, 1, True), (2, 3, True)]


def test_members_that_share_a_row_are_one() -> None:
    _, members = rows_of("a.js", "function a() { one();\n  two(); three({\n  }); four();\n}\n")

    assert members == [(0, 0, False), (1, 2, True)]


def test_the_statements_of_go_are_members_though_a_list_holds_them() -> None:
    _, members = rows_of("a.go", "package a\n\nfunc b() {\n\t// first\n\tone()\n\ttwo()\n}\n")

    assert [first for first, _, _ in members] == [3, 4, 5]


def test_rows_of_a_window_are_counted_from_its_own_first_line() -> None:
    code = "        return one\n\n    def two(self):\n        return 2\n"

    _, members = rows_of("a.py", code)

    assert members[0][0] == 0


def test_sizes_include_line_breaks_and_end_with_the_text() -> None:
    rows, _ = rows_of("a.py", "def a():\n    pass")

    assert rows.size(0, 0) == 9
    assert rows.size(0, 1) == rows.size(0, 100) == 18
    assert rows.size(-5, 0) == 9


def test_text_between_elements_has_rows_without_the_blanks_around_it() -> None:
    code = "const a = (\n  <p>\n    some\n    words\n    <b>x</b>\n  </p>\n);\n"
    tree = parsed(code, by_path("a.tsx"))
    assert tree is not None
    element = next(node for node in tree.captures()["list"] if node.start_point.row == 1)

    spans = Rows(tree, code.split("\n")).members(element)

    assert [(span.first, span.last, span.begins_line) for span in spans] == [
        (2, 3, True),
        (4, 4, True),
    ]
