from __future__ import annotations

from headroom.compressors.code_parts import Part
from tests.compressors.test_code_outline import parts_of

LONG = "    total = total + width * height  # the area of one more shape\n" * 8


def shown(part: Part, code: str) -> list[str]:
    return code.split("\n")[part.first : part.last + 1]


def test_the_body_of_a_function_leaves_as_a_whole() -> None:
    code = f"def area(shape):\n{LONG}\n\nx = 1\n"

    (part,) = parts_of("a.py", code)

    assert (part.first, part.last, part.owner) == (1, 8, 0)
    assert (part.opening, part.closing) == ("...  # ", "")


def test_behind_the_first_line_of_a_docstring_all_leaves_inside_of_it() -> None:
    code = f'def area(shape):\n    """The area.\n\n    Of it.\n    """\n{LONG}'

    (part,) = parts_of("a.py", code)

    assert (part.first, part.opening, part.closing) == (2, "", '"""')


def test_a_docstring_of_one_line_stays() -> None:
    (part,) = parts_of("a.py", f'def area(shape):\n    """The area."""\n{LONG}')

    assert part.first == 2
    assert part.opening == "...  # "


def test_brackets_stay_where_they_are() -> None:
    code = "int\narea(void)\n{\n" + "    total += width * height; /* more */\n" * 8 + "}\n"

    (part,) = parts_of("a.c", code)

    assert (part.first, part.last) == (3, 10)


def test_what_shares_the_row_of_a_bracket_stays() -> None:
    code = (
        "function area() { one();\n"
        + "  two(width * height, 'of them all');\n" * 8
        + "  three(); }\n"
    )

    (part,) = parts_of("a.js", code)

    assert (part.first, part.last) == (1, 8)


def test_a_long_body_is_taken_apart_between_its_statements() -> None:
    inner = LONG.replace("    t", "        t")
    code = f"def area(shape):\n{LONG}    if shape.is_round:\n{inner}{LONG}"

    parts = parts_of("a.py", code, 700)

    assert [(part.first, part.last) for part in parts] == [(1, 8), (10, 17), (18, 25)]
    assert len({part.place for part in parts}) == 2
    assert {part.owner for part in parts} == {0}


def test_the_cases_of_a_python_match_stay_where_its_subject_stays() -> None:
    case = f"        case 1:\n{LONG.replace('    t', '            t')}"
    code = f"def area(shape):\n    match shape:\n{case}{case}{LONG}"

    parts = parts_of("a.py", code, 700)

    assert all(not shown(part, code)[0].startswith("        case") for part in parts)


def test_elements_are_named_as_comments_between_elements() -> None:
    item = '      <li className="article">one more of the articles of this shop</li>\n'
    code = f"export function A() {{\n  return (\n    <ul>\n{item * 13}    </ul>\n  );\n}}\n"

    parts = parts_of("a.tsx", code, 400)

    assert {(part.opening, part.closing) for part in parts} == {("{/* ", " */}")}
    assert (parts[0].first, parts[-1].last) == (3, 15)


def test_of_a_long_literal_the_first_items_and_the_last_stay() -> None:
    code = "COLORS = {\n" + "".join(f"    'colour {n}': 0x{n:06x},\n" for n in range(20)) + "}\n"

    (part,) = parts_of("a.py", code)

    assert (part.first, part.last, part.opening) == (4, 19, "# ")


def test_methods_in_a_literal_are_functions() -> None:
    body = "    total += width * height; // one more\n" * 8
    code = (
        f"module.exports = {{\n  area(shape) {{\n{body}  }},\n  other(shape) {{\n{body}  }},\n}};\n"
    )

    parts = parts_of("a.js", code)

    assert [(part.first, part.owner) for part in parts] == [(2, 1), (12, 11)]


def test_what_does_not_parse_stays_and_what_does_around_it_leaves() -> None:
    good = "function good() {\n" + "  total += width * height; // one more\n" * 8 + "}\n"
    code = f"{good}\nfunction bad() {{\n  const = ;\n{good}"

    parts = parts_of("a.js", code * 3)

    assert parts
    assert all("const = ;" not in "\n".join(shown(part, code * 3)) for part in parts)
