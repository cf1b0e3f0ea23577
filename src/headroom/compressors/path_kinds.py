"""What stands at a path, told by its name: by whom it was written, and what for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Kind = Literal["source", "config", "test", "docs", "made"]
"""*made* is what programs write or install: builds, caches, lock files, other people's code."""

# What the ignore files that code hosts offer for each language name, and version control.
_MADE_DIRECTORIES = frozenset(
    {
        *("node_modules", "bower_components", "jspm_packages", "vendor", "third_party"),
        *("third-party", "venv", ".venv", "site-packages", "dist-packages", "__pycache__"),
        *("__pypackages__", ".git", ".hg", ".svn", "dist", "build", "target", "_build"),
        *(".next", ".nuxt", ".svelte-kit", ".output", ".turbo", ".parcel-cache", ".cache"),
        *(".tox", ".nox", ".eggs", ".mypy_cache", ".ruff_cache", ".pytest_cache"),
        *(".hypothesis", "htmlcov", ".nyc_output", "__snapshots__", "__generated__"),
        *("generated", ".gradle", ".terraform", "pods", "deriveddata", ".yarn", ".pnpm-store"),
        *(".cargo", ".npm", ".idea", ".vs"),
    }
)
_MADE_ENDS = (".egg-info", ".dist-info")
_MADE_NAMES = frozenset(
    {
        *("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum"),
        *("go.work.sum",),
    }
)
_MADE = frozenset(
    {
        *("lock", "lockb", "map", "snap", "svg", "pyc", "pyo", "o", "d", "a", "so", "dll"),
        *("class", "obj", "rlib", "rmeta", "tsbuildinfo", "orig", "bak"),
    }
)
_MADE_TWICE = frozenset(
    {
        *("min.js", "min.css", "min.mjs", "bundle.js", "chunk.js", "chunk.css", "pb.go"),
        *("pb.cc", "pb.h", "g.dart"),
    }
)
_MADE_STEMS = ("_pb2", "_pb2_grpc", "_generated", ".generated", "_pb")
_TEST_DIRECTORIES = frozenset(
    {
        *("test", "tests", "__tests__", "spec", "specs", "testdata", "test_data", "fixtures"),
        *("e2e", "mock", "mocks", "benches"),
    }
)
_TEST = re.compile(
    r"test_|conftest\.py$|[^.]{1,120}(?:_test|_spec|[.-]test|[.-]spec|\.stories)\.\w{1,5}$"
    r"|[^.]{1,120}tests?\.(?:java|kt|cs|swift|scala)$"
)
_DOCS_DIRECTORIES = frozenset({"doc", "docs", "example", "examples", "sample", "samples"})
_DOCS = frozenset({"md", "mdx", "rst", "adoc", "txt", "po"})
_DOCS_NAMES = frozenset(
    {
        *("authors", "changes", "changelog", "contributors", "copying", "history", "license"),
        *("licence", "news", "notice"),
    }
)
_CONFIG = frozenset(
    {
        *("yaml", "yml", "toml", "json", "jsonc", "ini", "cfg", "conf", "properties", "xml"),
        *("env",),
    }
)


_RANK: Mapping[Kind, int] = MappingProxyType(
    {"source": 0, "config": 1, "docs": 2, "test": 3, "made": 4}
)


def kind_of(path: str) -> Kind:
    """The kind of the file or directory at *path*."""
    directory, slash, name = path.replace("\\", "/").rstrip("/").rpartition("/")
    return Kinds().of(directory + slash, name)


class Kinds:
    """The kinds of many paths, of which many are in the same directories."""

    def __init__(self) -> None:
        self._directories: dict[str, Kind] = {}

    def of(self, directory: str, name: str) -> Kind:
        """The kind of what has this name in this directory."""
        around = self.within(directory)
        own = _of_name(name.rstrip("/\\").lower())
        return own if _RANK[own] > _RANK[around] else around

    def within(self, directory: str) -> Kind:
        """What this directory makes of what is in it."""
        around = self._directories.get(directory)
        if around is None:
            around = self._directories[directory] = _around(directory)
        return around


def _around(directory: str) -> Kind:
    """What a directory makes of the files in it."""
    above = directory.lower().replace("\\", "/").split("/")
    if any(map(_is_made_directory, above)):
        return "made"
    if not _TEST_DIRECTORIES.isdisjoint(above):
        return "test"
    if not _DOCS_DIRECTORIES.isdisjoint(above):
        return "docs"
    return "config" if any(one[:1] == "." and len(one) > 2 for one in above) else "source"


def _of_name(name: str) -> Kind:
    if _is_made_directory(name) or _is_made(name):
        return "made"
    if _TEST.match(name):
        return "test"
    stem, _, end = name.rpartition(".")
    if end in _DOCS or (stem or name) in _DOCS_NAMES:
        return "docs"
    return "config" if end in _CONFIG or name.startswith(".") else "source"


def made_within(path: str) -> int:
    """How many characters of *path* lead to a directory of what is made, that included, else 0."""
    at = 0
    for name in path.lower().replace("\\", "/").split("/"):
        if _is_made_directory(name):
            return at + len(name)
        at += len(name) + 1
    return 0


def _is_made_directory(name: str) -> bool:
    return name in _MADE_DIRECTORIES or name.endswith(_MADE_ENDS)


def _is_made(name: str) -> bool:
    stem, _, end = name.rpartition(".")
    if end in _MADE and stem:
        return True
    twice = f"{stem.rpartition('.')[2]}.{end}"
    return name in _MADE_NAMES or twice in _MADE_TWICE or stem.endswith(_MADE_STEMS)
