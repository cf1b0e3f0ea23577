"""P6: values reach SQL as parameters; statements are put together of constants and marks alone."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.support.from_wheel import ROOT

SOURCE = ROOT / "src" / "headroom"
RUNS = {"execute", "executemany", "executescript"}
WORDS = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "REPLACE ", "DROP ", "ALTER ", "PRAGMA ")

PUT_TOGETHER = {
    "state/backends/sqlite_entries.py": {"THERE", "below", "marks"},
    "state/backends/sqlite_file.py": {
        "APPLICATION_ID",
        "len(MIGRATIONS)",
        "name",
        "pragma",
        "value",
    },
    "state/backends/sqlite_room.py": {"name"},
}
"""Where statements are put together, and of what: constants of ours, and as many ? as values."""


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text("utf-8"))


def is_sql(node: ast.JoinedStr) -> bool:
    said = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    return said.lstrip().startswith(WORDS)


def test_P6_only_known_statements_are_put_together_and_of_known_parts() -> None:
    found: dict[str, set[str]] = {}
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and is_sql(node):
                parts = {
                    ast.unparse(part.value)
                    for part in node.values
                    if isinstance(part, ast.FormattedValue)
                }
                found.setdefault(file, set()).update(parts)

    assert found == PUT_TOGETHER


def test_P6_no_statement_is_made_by_format_or_percent() -> None:
    for file, tree in trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr in RUNS and node.args:
                assert not is_formatted(node.args[0]), (file, node.lineno)


def is_formatted(statement: ast.expr) -> bool:
    """Whether it is made by % or by format."""
    if isinstance(statement, ast.BinOp):
        return isinstance(statement.op, ast.Mod)
    called = statement.func if isinstance(statement, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr == "format"


def test_P6_the_lint_against_it_is_on() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]

    assert "S" in lint["select"]
    assert not any(str(each).startswith("S6") for each in lint["ignore"])
    assert not any("src" in path for path in lint["per-file-ignores"])


def test_P6_where_the_lint_is_silenced_a_reason_stands_beside() -> None:
    silenced = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "noqa: S608" in path.read_text("utf-8")
    }

    assert silenced <= PUT_TOGETHER.keys()


def test_P6_the_page_names_this_file() -> None:
    assert Path(__file__).name in (ROOT / "docs" / "dependencies.md").read_text("utf-8")
