from __future__ import annotations

import pytest

from headroom.compressors.syntax.signs import by_path
from headroom.compressors.syntax.tree import Parsed, errors_in, parsed
from tests.compressors.code_samples import LANGUAGES, Language

every_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.ending)


def tree(path: str, code: str) -> Parsed:
    found = parsed(code, by_path(path))
    assert found is not None
    return found


@every_language
def test_the_samples_parse(language: Language) -> None:
    code = language.file([tuple(range(8))] * 2)

    assert tree(f"a.{language.ending}", code).errors == 0


@every_language
def test_a_window_that_begins_and_ends_in_functions_parses(language: Language) -> None:
    lines = language.file([(0, 1, 2, 7)] * 4).split("\n")
    begins = next(n for n, line in enumerate(lines) if "shape_0" in line) + 3
    ends = next(n for n, line in enumerate(lines) if "shape_3" in line) + 3

    found = tree(f"a.{language.ending}", "\n".join(lines[begins:ends]))

    assert found.errors <= 2


def test_a_window_may_begin_in_a_comment_or_in_a_docstring() -> None:
    java = "   * one thing\n   */\n  int one() {\n    return 1;\n  }\n"
    python = '    of this.\n    """\n    return one\n\ndef two():\n    """Two."""\n    return 2\n'

    assert tree("A.java", java).errors == 0
    assert tree("a.py", python).errors == 0


def test_a_window_may_begin_behind_try_and_if() -> None:
    code = (
        "    return one;\n  } catch (error) {\n    throw error;\n  }\n"
        "  } else {\n    two();\n  }\n}\n\nfunction next() {\n  return 3;\n}\n"
    )

    assert tree("a.js", code).errors == 0


def test_a_window_may_end_between_tags() -> None:
    code = "export function A() {\n  return (\n    <ul>\n      {all.map((one) => (\n        <li>\n"

    found = tree("a.tsx", code)

    assert "</li>" in found.surroundings.below
    assert found.surroundings.below.endswith("}")


def test_the_rest_of_a_function_is_no_code_of_a_module() -> None:
    code = (
        "        return total\n\n    def area(self):\n        return 1\n\ndef main():\n    pass\n"
    )

    assert tree("a.py", code).surroundings.above == ("class _:", "    def _():")


def test_the_language_that_leaves_fewer_errors_is_taken() -> None:
    code = "namespace a {\nclass B {\npublic:\n  int c() const { return 1; }\n};\n}\n" * 4

    assert tree("a.h", code).grammar.name == "cpp"


def test_what_is_another_language_has_no_tree() -> None:
    prose = "Nothing here is code: it is a sentence, and another one.\n" * 40

    assert parsed(prose, by_path("a.go")) is None
    assert parsed("x = 1\n", ()) is None


def test_errors_are_counted_in_the_same_surroundings() -> None:
    code = "    return 1;\n  }\n  private two(): number {\n    return 2;\n  }\n"
    found = tree("a.ts", code)

    assert errors_in(code, found) == found.errors == 0
    assert errors_in(code.replace("{", "("), found) > 0
