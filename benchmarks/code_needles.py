"""Facts made from source code: what an agent that reads a file would look for in it.

Signatures, classes and imports that nobody named; and of functions, classes and names that the
question does name: the signature, lines of the body, the line where a rare name stands.
"""

from __future__ import annotations

import ast
import re
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.made_needles import Fact, evenly

OUTLINE_ASKED, IMPORTS_ASKED = 12, 6
SIGNATURES_ASKED, BODIES_ASKED, NAMES_ASKED = 2, 4, 4
SHORTEST_LINE, LONGEST_LINE = 16, 160
SHORTEST_NAME = 5
SHORTEST_IDENTIFIER = 9
FEWEST_BODY_LINES = 5

# The head of a function, a method or a type in languages with braces, up to its opening one.
_HEAD = re.compile(
    r"(?P<indent>[ \t]*)(?:[\w@<>\[\],*&:$.]+ +\*{0,2}){0,8}?"
    r"(?:function\*? +|func +(?:\([^)]{0,60}\) *)?|fn +|(?:class|struct|interface|enum|impl) +)?"
    r"(?P<name>[A-Za-z_$][\w$]*)(?:<[^>{]{0,80}>)? *"
    r"(?:\([^;]{0,400}\)[^;{}()]{0,120}|[\w ,.<>:]{0,120})\{\s*$"
)
_IS_TYPE = re.compile(r"\b(?:class|struct|interface|enum|impl)\b")
_NO_NAMES = frozenset(
    {"if", "for", "while", "switch", "catch", "return", "else", "do", "try", "with", "match"}
    | {"const", "let", "var", "function", "loop", "select", "constructor", "default", "case"}
    | {"extern", "union", "typeof"}
)
_IMPORT = re.compile(
    r"(?:import\b|from +[\w.]+ +import\b|#include\b|use +[\w:]+"
    r"|(?:const|var|let) .{1,80}= *require\().{0,160}"
)
_NAME = re.compile(rf"[A-Za-z_$][\w$]{{{SHORTEST_IDENTIFIER - 1},40}}")
LONGEST_BODY_LINES = 400


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, a method or a class: lines counted from 0, the last one included."""

    name: str
    first: int
    body: int
    last: int
    is_type: bool = False


def code_needles(text: str, *, shown: range, path: str) -> Iterator[Fact]:
    """The facts of the lines of *text* that are *shown*."""
    lines = text.split("\n")
    all_definitions = definitions(text, path)
    found = [one for one in all_definitions if one.first in shown and one.last in shown]
    alone = Tally(line.strip() for line in lines)
    outline = [one for one in found if _is_fact(lines[one.first].strip(), alone)]
    for one in evenly(outline, OUTLINE_ASKED):
        kind = "class" if one.is_type else "signature"
        yield _fact(lines[one.first], kind, f"What does {path} define?")
    imports = [line for line in (lines[n] for n in shown) if _IMPORT.fullmatch(line)]
    for line in evenly(imports, IMPORTS_ASKED):
        yield _fact(line, "import", f"What does {path} import?")
    often = Tally(one.name for one in all_definitions)
    named = [one for one in found if often[one.name] == 1 and _is_telling(one.name)]
    for one in evenly(named, SIGNATURES_ASKED):
        yield _fact(lines[one.first], "id", f"How is {one.name} called?")
    yield from _bodies(lines, named, alone, path)
    yield from _names(lines, shown, alone)


def definitions(text: str, path: str) -> list[Definition]:
    """What a source file defines, in the order of its lines."""
    if path.endswith((".py", ".pyi")):
        return _of_python(text)
    return list(_of_braces(text.split("\n")))


def _of_python(text: str) -> list[Definition]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return []
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return [
        Definition(
            node.name,
            node.lineno - 1,
            _code(node.body)[0].lineno - 1,
            (node.end_lineno or node.lineno) - 1,
            is_type=isinstance(node, ast.ClassDef),
        )
        for node in sorted(found, key=lambda node: node.lineno)
    ]


def _code(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """The statements without a docstring, where there are any others."""
    first = body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if told and len(body) > 1 else body


def _of_braces(lines: Sequence[str]) -> Iterator[Definition]:
    for number, line in enumerate(lines):
        head = _HEAD.match(line)
        if not head or head["name"] in _NO_NAMES or line.lstrip().startswith(("//", "*", "}")):
            continue
        inside = range(number + 1, min(number + LONGEST_BODY_LINES, len(lines)))
        ending = head["indent"] + "}"
        last = next((n for n in inside if lines[n].startswith(ending)), None)
        if last is not None:
            is_type = _IS_TYPE.search(line) is not None
            yield Definition(head["name"], number, number + 1, last, is_type=is_type)


def _bodies(
    lines: Sequence[str], named: Sequence[Definition], alone: Tally[str], path: str
) -> Iterator[Fact]:
    """Two lines, early and late, of each of some bodies that the question names."""
    found = []
    for one in named:
        inside = (line.strip() for line in lines[one.body : one.last + 1])
        body = [line for line in inside if _is_fact(line, alone) and not _is_comment(line)]
        if not one.is_type and one.last - one.body >= FEWEST_BODY_LINES and len(body) > 1:
            found.append((one.name, body))
    for name, body in evenly(found, BODIES_ASKED):
        half = len(body) // 2
        for part in (body[:half], body[half:]):
            yield max(part, key=len), "asked", f"What does {name} do in {path}?"


def _names(lines: Sequence[str], shown: range, alone: Tally[str]) -> Iterator[Fact]:
    """Lines with a name that stands nowhere else, asked for by that name."""
    often = Tally(name for line in lines for name in _NAME.findall(line))
    found = []
    for number in shown:
        line = lines[number].strip()
        names = [name for name in _NAME.findall(line) if often[name] == 1 and _is_named(name)]
        if names and _is_fact(line, alone) and not _is_comment(line):
            found.append((max(names, key=len), line))
    for name, line in evenly(found, NAMES_ASKED):
        yield line, "id", f"Where is {name} used?"


def _is_comment(line: str) -> bool:
    return line.startswith(("# ", "//", "*", "/*", '"'))


def _is_fact(line: str, often: Tally[str]) -> bool:
    return SHORTEST_LINE <= len(line) <= LONGEST_LINE and often[line] == 1


def _is_telling(name: str) -> bool:
    return len(name) >= SHORTEST_NAME and not name.startswith("__")


def _is_named(name: str) -> bool:
    """Whether this is a name and no word of English."""
    return "_" in name.strip("_") or any(letter.isupper() for letter in name[1:])


def _fact(line: str, kind: str, query: str) -> Fact:
    return line.strip()[:LONGEST_LINE], kind, query
