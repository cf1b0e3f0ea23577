"""How much each entry of a listing is worth to whoever asked.

What is near the top above what is deep, what people wrote above what programs make, the first
of each kind in a directory above the next, and what the task names above all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
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
    alike: dict[tuple[str, str], int] = {}
    telling = _telling(entries, asked)
    kinds = Kinds()
    directories = {entry.directory for entry in entries}
    made = {directory for directory in directories if kinds.within(directory) == "made"}
    passed_over = len([entry for entry in entries if entry.directory in made])
    nothing = made if passed_over < ALL_MADE * len(entries) else frozenset[str]()
    deepness = {directory: 1 + DEEPER * _depth(directory) for directory in directories}
    landmarks = _landmarks({entry.name for entry in entries})
    worth: list[float] = []
    for entry, words in zip(entries, telling, strict=True):
        directory, name = entry.directory, entry.name
        if directory in nothing or name in (".", ".."):
            worth.append(0.0)
            continue
        kind = (directory, suffix(entry))
        seen = alike.get(kind, 0)
        value = _BY_KIND[kinds.of(directory, name)] / deepness[directory]
        value *= 1 / (1 + NEXT_ALIKE * seen) if seen else FIRST_ALIKE
        if name in landmarks:
            value *= LANDMARK
        worth.append(value * (1 + ALIKE * words) if words else value)
        alike[kind] = seen + 1
    return worth


def suffix(entry: Listed) -> str:
    """What kind of entry it is, by the end of its name: `.py`, `directories`, `others`."""
    name = entry.name
    if entry.is_directory:
        return "directories"
    cut = name.rfind(".")
    return name[cut:].lower() if cut > 0 and 1 < len(name) - cut < 12 else "others"


def named(entries: Sequence[Listed], asked: frozenset[str]) -> list[int]:
    """The numbers of the entries whose names the task tells, and few others have."""
    names = [entry.name.rstrip("/").lower() for entry in entries]
    having = Counter([name for name in names if name in asked and len(name) > SHORTEST_NAME])
    most = max(FEW * len(entries), 1)
    telling = {name for name, count in having.items() if count <= most}
    return [number for number, name in enumerate(names) if name in telling] if telling else []


def _depth(directory: str) -> int:
    return directory.removeprefix("./").strip("/").count("/")


def _landmarks(names: Collection[str]) -> frozenset[str]:
    """Those of *names* that tell of the whole."""
    return frozenset([name for name in names if _LANDMARK.fullmatch(name.rstrip("/"))])


def _telling(entries: Sequence[Listed], asked: frozenset[str]) -> list[int]:
    """For each entry how many words of its name were asked for that few names have."""
    wanted = asked | {part for word in asked for part in _PARTS.findall(word)}
    names = {entry.name for entry in entries}
    said = {name: words for name in names if (words := _words(name.lower(), wanted))}
    having = Counter([word for entry in entries if entry.name in said for word in said[entry.name]])
    most = max(FEW * len(entries), 1)
    few = {word for word, count in having.items() if count <= most}
    telling = {name: len(words & few) for name, words in said.items()}
    return [telling.get(entry.name, 0) for entry in entries]


def _words(name: str, wanted: frozenset[str]) -> frozenset[str]:
    """Which of the *wanted* words the name has."""
    whole = name.strip("/")
    stem = whole.partition(".")[0]
    return wanted.intersection((whole, stem, *_PARTS.findall(stem)))
