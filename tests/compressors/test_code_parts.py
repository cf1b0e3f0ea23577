from __future__ import annotations

from headroom.compressors.code_grammars import PYTHON
from headroom.compressors.code_parts import behind_opening, ordered, outermost, quotes
from headroom.compressors.code_tree import parsed


def test_documentation_goes_on_behind_the_first_line_that_says_something() -> None:
    lines = ['"""One.', "", '    r"""', "    Two.", "/**", " * Three.", "/* Four."]

    assert [behind_opening(lines, row) for row in (0, 2, 4, 6)] == [1, 4, 6, 7]
    assert behind_opening(lines, -1) == 0


def test_the_outermost_of_nested_nodes_hold_the_others() -> None:
    tree = parsed("a = [1, [2, [3]]]\nb = [4]\n", (PYTHON,))
    assert tree is not None

    lists = ordered(tree.captures()["list"])

    assert [node.start_byte for node in lists] == [4, 8, 12, 22]
    assert [node.start_byte for node in outermost(lists)] == [4, 22]


def test_a_docstring_ends_with_its_quotes() -> None:
    tree = parsed("def a():\n    '''One.\n    '''\n", (PYTHON,))
    assert tree is not None

    assert quotes(tree.captures()["docstring"][0]) == "'''"
