"""Check that tests mirror the source: one test file per source file, and the other way round.

Free of the rule are packages' `__init__`, `__main__`, `base` (protocols only) and modules
without a single function; and the test folders in FREE, which try several rooms at once.
Files over 400 lines are told, as a question: do two nouns live here?
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FREE = frozenset(
    {
        *("agents", "clients", "contracts", "dashboard", "gateways", "node", "project"),
        *("reliability", "support", "upstream", "wholehouse"),
    }
)
EXEMPT = frozenset({"__init__", "__main__", "base"})
LONG_FILE_LINES = 400


def has_functions(source: str) -> bool:
    """Whether there is anything to call, and so to test, in this module."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, kinds) for node in ast.walk(ast.parse(source)))


def untested(root: Path) -> Iterator[str]:
    """Source files that lack their test file."""
    package = root / "src" / "headroom"
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        test = root / "tests" / place.parent / f"test_{place.name}"
        if place.stem in EXEMPT or test.exists() or not has_functions(path.read_text("utf-8")):
            continue
        yield f"src/headroom/{place} has no {test.relative_to(root)}"


def orphaned(root: Path) -> Iterator[str]:
    """Test files whose source file is not there.

    `tests/pipeline/test_pipeline.py` belongs to `pipeline/__init__.py`.
    """
    tests = root / "tests"
    for path in sorted(tests.rglob("test_*.py")):
        place = path.relative_to(tests)
        if place.parts[0] in FREE or "node_modules" in place.parts:
            continue
        name = place.stem.removeprefix("test_")
        folder = root / "src" / "headroom" / place.parent
        if (folder / f"{name}.py").exists() or place.parent.name == name:
            continue
        yield f"tests/{place} has no src/headroom/{place.parent / name}.py"


def long_files(root: Path) -> Iterator[str]:
    """Files that may have grown a second subject."""
    for folder in ("src", "tests", "scripts"):
        for path in sorted((root / folder).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            lines = path.read_text("utf-8").count("\n")
            if lines > LONG_FILE_LINES:
                yield f"{path.relative_to(root)}: {lines} lines"


def main(root: Path = ROOT) -> int:
    """Print what does not mirror; 1 if anything."""
    for line in long_files(root):
        print(f"long: {line}")
    wrong = [*untested(root), *orphaned(root)]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
