from __future__ import annotations

from tests.compressors.test_code_outline import parts_of

WORDS = "of which there is a lot to be said in several lines of words"


def test_of_a_block_comment_the_first_line_that_says_something_stays() -> None:
    code = "/**\n * The area.\n *\n" + f" * {WORDS}\n" * 5 + " */\nint area;\n"

    (part,) = parts_of("a.c", code)

    assert (part.first, part.last) == (2, 8)
    assert (part.opening, part.closing, part.is_code) == ("* ", " */", False)


def test_of_a_run_of_comments_the_first_line_stays() -> None:
    code = "/// The area.\n" + f"/// {WORDS}\n" * 5 + "pub struct Area;\n"

    (part,) = parts_of("a.rs", code)

    assert (part.first, part.last) == (1, 5)
    assert (part.opening, part.closing) == ("/// ", "")


def test_comments_behind_code_are_no_run() -> None:
    code = f"a = 1  # {WORDS}\n" * 8

    assert parts_of("a.py", code) == ()


def test_documentation_belongs_to_what_stands_below_it() -> None:
    code = "# The area.\n" + f"# {WORDS}\n" * 5 + "def area():\n    pass\n"

    (part,) = parts_of("a.py", code)

    assert part.owner == 6


def test_docstrings_of_modules_and_classes_leave_behind_their_first_line() -> None:
    said = f"    {WORDS}\n" * 5
    code = f'"""Shapes.\n{said}"""\n\nclass Shape:\n    """One.\n{said}    """\n\n    x = 1\n'

    module, one = parts_of("a.py", code)

    assert (module.first, module.last, module.closing) == (1, 6, '"""')
    assert (one.first, one.last) == (10, 15)
