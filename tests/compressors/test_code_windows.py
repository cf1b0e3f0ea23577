from __future__ import annotations

from headroom.compressors.code_grammars import JAVA, JAVASCRIPT, PYTHON
from headroom.compressors.code_windows import Surroundings, by_indentation, by_text


def test_surroundings_stand_around_a_window() -> None:
    inner = Surroundings(("/*",), "")
    outer = Surroundings(("class X {",), "}")

    both = inner.within(outer)

    assert both.around("text\n*/") == b"class X {\n/*\ntext\n*/\n}"


def test_each_level_of_indentation_that_is_left_needs_an_opening() -> None:
    code = "            deep()\n        less()\n    def method(self):\n        pass\nend()\n"

    (found,) = by_indentation(code, PYTHON)

    assert found.above == ("class _:", "    class _:", "        def _():")


def test_code_that_begins_at_the_margin_lacks_nothing() -> None:
    assert list(by_indentation("def a():\n    pass\n", PYTHON)) == []
    assert list(by_indentation("", PYTHON)) == []


def test_a_comment_that_is_only_closed_was_opened_above() -> None:
    assert list(by_text("  words\n*/\nint a;", JAVA)) == [Surroundings(("/*",), "")]
    assert list(by_text("int a;\n/* words", JAVA)) == [Surroundings((), "*/")]
    assert list(by_text("int a; /* words */", JAVASCRIPT)) == []


def test_a_docstring_may_begin_above_or_end_below() -> None:
    found = list(by_text('    words\n    """\n    pass', PYTHON))

    assert Surroundings(('    """',), "") in found
    assert Surroundings((), '"""') in found
    assert list(by_text("pass", PYTHON)) == []
