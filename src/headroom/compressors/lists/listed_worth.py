"""How much each entry of a listing is worth to whoever asked.

What is near the top above what is deep, what people wrote above what programs make, the first
of each kind in a directory above the next, and what the task names above all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from headroom.compressors.lists.listed import Listed
from headroom.compressors.path_kinds import Kind, Kinds

DEEPER = 0.15
NEXT_ALIKE = 0.1
FIRST_ALIKE = 1.5
LANDMARK = 1.6
ALIKE = 2.5
FEW = 0.2
"""A word of the task tells something where at most this share of the entries has it."""
SHORTEST_NAME = 3
ALL_MADE = 0.9
"""Where so many of the entries lie in what programs made, it is that which was asked for."""

_BY_KIND: Mapping[Kind, float] = MappingProxyType(
    {"source": 1.0, "config": 0.8, "docs": 0.6, "test": 0.6, "made": 0.05}
)
_LANDMARK = re.compile(
    r"(?i)(?:readme|license|changelog|contributing|makefile|dockerfile|justfile|rakefile|gemfile"
    r"|procfile|vagrantfile)(?:\.\w{1,5})?|package\.json|cargo\.toml|pyproject\.toml|setup\.(?:py|cfg)"
    r"|go\.mod|pom\.xml|build\.gradle(?:\.kts)?|composer\.json|requirements[\w-]{0,20}\.txt|tox\.ini"
    r"|docker-compose\.ya?ml|cmakelists\.txt|tsconfig\.json|manage\.py|conftest\.py|\.env[\w.]{0,20}"
    r"|(?:main|index|app|lib|mod|cli|server|routes?|urls|models?|schema|settings|config|core|base|api)"
    r"\.\w{1,5}"
)
_PARTS = re.compile(r"[^\W_]{3,80}")


def worths(entries: Sequence[Listed], asked: frozenset[str]) -> list[float]:
    """The worth of each entry, in their order."""
    alike: Counter[tuple[str, str]] = Counter()
    telling = _telling(entries, asked)
    kinds = Kinds()
    within = [kinds.within(entry.directory) == "made" for entry in entries]
    passed_over = sum(within) < ALL_MADE * len(within)
    worth: list[float] = []
    for entry, words, is_within in zip(entries, telling, within, strict=True):
        if (is_within and passed_over) or entry.name in (".", ".."):
            worth.append(0.0)
            continue
        kind = (entry.directory, suffix(entry))
        value = _BY_KIND[kinds.of(entry.directory, entry.name)] / (1 + DEEPER * _depth(entry))
        value *= FIRST_ALIKE if not alike[kind] else 1 / (1 + NEXT_ALIKE * alike[kind])
        if _LANDMARK.fullmatch(entry.name.rstrip("/")):
            value *= LANDMARK
        worth.append(value * (1 + ALIKE * words))
        alike[kind] += 1
    return worth


def suffix(entry: Listed) -> str:
    """What kind of entry it is, by the end of its name: `.py`, `directories`, `others`."""
    name = entry.name
    if entry.is_directory:
        return "directories"
    cut = name.rfind(".")
    return name[cut:].lower() if 0 < cut < len(name) - 1 and len(name) - cut < 12 else "others"


def named(entries: Sequence[Listed], asked: frozenset[str]) -> list[int]:
    """The numbers of the entries whose names the task tells, and few others have."""
    names = [entry.name.rstrip("/").lower() for entry in entries]
    having = Counter(name for name in names if name in asked and len(name) > SHORTEST_NAME)
    most = max(FEW * len(entries), 1)
    return [number for number, name in enumerate(names) if 0 < having[name] <= most]


def _depth(entry: Listed) -> int:
    return entry.directory.removeprefix("./").strip("/").count("/")


def _telling(entries: Sequence[Listed], asked: frozenset[str]) -> list[float]:
    """For each entry how many words of its name were asked for that few names have."""
    wanted = asked | {part for word in asked for part in _PARTS.findall(word)}
    words = [_words(entry.name.lower()) & wanted for entry in entries]
    having = Counter(word for said in words for word in said)
    most = max(FEW * len(entries), 1)
    return [float(sum(having[word] <= most for word in said)) for said in words]


def _words(name: str) -> frozenset[str]:
    stem = name.strip("/").partition(".")[0]
    return frozenset((name.strip("/"), stem, *_PARTS.findall(stem)))
