"""What stands at a path, told by its name: by whom it was written, and what for."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["source", "config", "test", "docs", "made"]
"""*made* is what programs write or install: builds, caches, lock files, other people's code."""

# What the ignore files that code hosts offer for each language name, and version control.
_MADE_IN = re.compile(
    r"(?i)(?:^|[/\\])(?:node_modules|bower_components|jspm_packages|vendor|third[_-]?party|\.?venv"
    r"|site-packages|dist-packages|[\w.-]{1,80}\.(?:egg|dist)-info|__pycache__|__pypackages__"
    r"|\.git|\.hg|\.svn|dist|build|target|out|debug|release|_build|\.next|\.nuxt|\.svelte-kit"
    r"|\.output|\.turbo|\.parcel-cache|\.cache|\.tox|\.nox|\.eggs|\.mypy_cache|\.ruff_cache"
    r"|\.pytest_cache|\.hypothesis|htmlcov|coverage|\.nyc_output|__snapshots__|__generated__"
    r"|generated|\.gradle|\.terraform|pods|deriveddata|\.yarn|\.pnpm-store|\.cargo|\.npm"
    r"|\.idea|\.vs)(?=[/\\]|$)"
)
_MADE = re.compile(
    r"(?i)(?:^|[/\\])(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.(?:work\.)?sum"
    r"|[\w.-]{1,80}\.(?:lock|lockb|min\.(?:js|css|mjs)|bundle\.js|chunk\.(?:js|css)|map|snap|svg"
    r"|pyc|pyo|o|d|a|so|dll|class|obj|rlib|rmeta|tsbuildinfo|pb\.(?:go|cc|h)|g\.dart|orig|bak)"
    r"|\w{1,120}_(?:pb2|pb2_grpc|generated|pb)\.\w{1,5})$"
)
_TEST = re.compile(
    r"(?i)(?:^|[/\\])(?:tests?|__tests__|specs?|testdata|test_data|fixtures|e2e|mocks?|benches)[/\\]"
    r"|(?:^|[/\\])(?:test_[^/\\]{1,120}|conftest\.py"
    r"|[^/\\]{1,120}(?:_test|_spec|[.-]test|[.-]spec|\.stories)\.\w{1,5}"
    r"|[^/\\]{1,120}Tests?\.(?:java|kt|cs|swift|scala))$"
)
_DOCS = re.compile(
    r"(?i)(?:^|[/\\])(?:docs?|examples?|samples?)[/\\]|\.(?:md|mdx|rst|adoc|txt|po)$"
    r"|(?:^|[/\\])(?:authors|changes|changelog|contributors|copying|history|licen[cs]e|news|notice)$"
)
_CONFIG = re.compile(
    r"(?i)(?:^|[/\\])\.(?!\.?[/\\])[^/\\]{1,80}(?:$|[/\\])"
    r"|\.(?:ya?ml|toml|json|jsonc|ini|cfg|conf|properties|xml|env)$"
)


def kind_of(path: str) -> Kind:
    """The kind of the file or directory at *path*."""
    if _MADE_IN.search(path) or _MADE.search(path):
        return "made"
    if _TEST.search(path):
        return "test"
    if _DOCS.search(path):
        return "docs"
    return "config" if _CONFIG.search(path) else "source"


def made_within(path: str) -> int:
    """How many characters of *path* lead to a directory of what is made, that included, else 0."""
    found = _MADE_IN.search(path)
    return found.end() if found else 0
