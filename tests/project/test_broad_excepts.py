"""Broad `except`s stand where decision 2 says, and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src" / "headroom"
DECISION = ROOT / "docs" / "decisions" / "0002-where-broad-excepts-stand.md"

BROAD = frozenset({"Exception", "BaseException"})

BORDERS = [
    "observe/__init__.py",
    "pipeline/draft.py",
    "proxy/attempt.py",
    "proxy/backends/translated.py",
    "proxy/watching.py",
]


def swallows_everything(handler: ast.ExceptHandler) -> bool:
    """Whether it catches whatever comes, and does not raise it again."""
    kind = handler.type
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    is_broad = kind is None or any(isinstance(k, ast.Name) and k.id in BROAD for k in kinds)
    return is_broad and not any(isinstance(node, ast.Raise) for node in handler.body)


def broad_excepts() -> Iterator[str]:
    """The file of each, as often as it has one."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ExceptHandler) and swallows_everything(node):
                yield path.relative_to(PACKAGE).as_posix()


def test_there_is_one_at_each_border_and_no_other() -> None:
    assert list(broad_excepts()) == BORDERS


def test_the_decision_names_them_all() -> None:
    said = DECISION.read_text("utf-8")

    assert all(f"`{border}`" in said for border in BORDERS)
