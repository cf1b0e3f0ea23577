"""Texts of every kind, made up: about as long as is wanted, the same every time.

They stand in for a corpus where none is at hand, and are larger than real outputs are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType

_WORDS = (
    "harbour", "tide", "berth", "pilot", "signal", "anchor", "buoy", "channel", "current", "depth",
    "engine", "ferry", "gale", "helm", "island", "jetty", "keel", "lantern", "mooring", "north",
    "oar", "pier", "quay", "rudder", "sail", "tug", "vessel", "wharf", "yard",
)  # fmt: skip


Make = Callable[[int], str]
"""A text of about so many characters."""


@dataclass(frozen=True, slots=True)
class Made:
    """A text, and the call that gave it."""

    kind: str
    text: str
    tool: str = "Bash"
    arguments: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))


def made_texts(characters: int) -> list[Made]:
    """One text of each kind, of about so many characters."""
    return [
        Made(kind, make(characters), tool, MappingProxyType(arguments))
        for kind, tool, arguments, make in _KINDS
    ]


def word(number: int) -> str:
    """A word, spread so that neighbours differ."""
    return _WORDS[number * 7919 % len(_WORDS)]


def _taken(lines: Iterable[str], characters: int) -> list[str]:
    """As many lines as make up so many characters."""
    kept: list[str] = []
    length = 0
    for line in lines:
        kept.append(line)
        length += len(line) + 1
        if length >= characters:
            break
    return kept


def _lines(lines: Callable[[], Iterable[str]]) -> Make:
    return lambda characters: "\n".join(_taken(lines(), characters))


def _rows() -> Iterator[dict[str, object]]:
    for n in count():
        yield {
            "id": 10_000 + n,
            "name": f"{word(n)} {word(n + 3)}",
            "state": "closed" if n % 41 == 7 else "open",
            "depth_m": round(3 + n * 37 % 90 / 10, 1),
            "updated_at": f"2026-03-{n % 28 + 1:02d}T{n % 24:02d}:{n * 7 % 60:02d}:00Z",
            "pilot": {"name": word(n // 5), "radio": n % 16},
        }


def _json_array(characters: int) -> str:
    return f"[{', '.join(_taken(_json_lines(), characters))}]"


def _json_lines() -> Iterator[str]:
    return (json.dumps(row) for row in _rows())


def _json_cut() -> Iterator[str]:
    """The beginning of an array, as an output that was cut off has it."""
    yield "["
    yield from (f"  {json.dumps(row)}," for row in _rows())


def _json_pretty() -> Iterator[str]:
    for row in _rows():
        yield from json.dumps({"berth": row}, indent=2).split("\n")


def _log() -> Iterator[str]:
    for n in count():
        level = "ERROR" if n % 97 == 3 else "WARN" if n % 31 == 5 else "INFO"
        yield (
            f"2026-03-14T{n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d}.{n * 37 % 1000:03d}Z "
            f"{level} [{word(n % 7)}] vessel {1000 + n * 13 % 997} at {word(n % 11)} "
            f"in {n * 17 % 400} ms"
        )


def _build() -> Iterator[str]:
    for n in count():
        yield f"[{n % 100:3d}%] Building CXX object src/{word(n)}/CMakeFiles/{word(n)}.dir/{n}.cc.o"
        if n % 23 == 9:
            yield f"src/{word(n)}/{n}.cc:{n % 300}:{n % 70}: warning: unused variable '{word(n)}'"


def _grep() -> Iterator[str]:
    for n in count():
        yield f"src/{word(n // 40)}/{word(n // 9)}.py:{n * 3 % 900}:    return {word(n)}({n})"


def _find() -> Iterator[str]:
    return (f"./src/{word(n // 60)}/{word(n // 12)}/{word(n)}_{n}.py" for n in count())


def _listing() -> Iterator[str]:
    yield "total 1234"
    for n in count():
        size, day = n * 977 % 90_000, n % 28 + 1
        yield f"-rw-r--r--  1 me  staff {size:8d} Mar {day:2d} 10:00 {word(n)}_{n}"


def _tree() -> Iterator[str]:
    yield "."
    for n in count():
        yield f"├── {word(n)}_{n}"
        yield from (f"│   ├── {word(n + m)}.py" for m in range(n % 6))


def _numbered() -> Iterator[str]:
    return (f"{n:6d}\t{line}" for n, line in enumerate(_python(), 1))


def _python() -> Iterator[str]:
    for n in count():
        yield f"def {word(n)}_{n}(self, {word(n + 1)}: int) -> str:"
        yield f'    """The {word(n + 2)} of a {word(n + 3)}."""'
        yield f"    if {word(n + 1)} > {n}:"
        yield f'        raise ValueError(f"no {word(n)} for {{{word(n + 1)}}}")'
        yield f"    return self.{word(n + 4)}[{word(n + 1)}]"
        yield ""


def _diff() -> Iterator[str]:
    for n in count():
        path = f"src/{word(n)}/{n}.py"
        yield f"diff --git a/{path} b/{path}"
        yield f"index {n:07x}..{n + 1:07x} 100644"
        yield f"--- a/{path}"
        yield f"+++ b/{path}"
        yield f"@@ -{n + 1},6 +{n + 1},6 @@ def {word(n)}():"
        yield from (f"     {word(n + m)} = {m}" for m in range(3))
        yield f"-    return {word(n)}"
        yield f"+    return {word(n + 1)}"
        yield from (f"     {word(n + m)} = {m}" for m in range(3, 6))


def _git_log() -> Iterator[str]:
    for n in count():
        yield f"commit {n * 2654435761 % 16**10:040x}"
        yield f"Author: {word(n)} <{word(n)}@example.org>"
        yield f"Date:   Sat Mar {n % 28 + 1} 10:{n % 60:02d}:00 2026 +0100"
        yield ""
        yield f"    Give the {word(n + 1)} a {word(n + 2)}"
        yield ""


def _csv() -> Iterator[str]:
    yield "id,name,state,depth_m,updated_at"
    for row in _rows():
        yield ",".join(str(row[name]) for name in ("id", "name", "state", "depth_m", "updated_at"))


def _markdown() -> Iterator[str]:
    for n in count():
        yield f"## The {word(n)} and the {word(n + 1)}"
        yield ""
        for m in range(4):
            said = " ".join(word(n * 5 + m * 3 + k) for k in range(12))
            yield f"The {said}, which takes {n * m % 60} minutes."
        yield ""


def _html() -> Iterator[str]:
    yield "<!doctype html><html><body>"
    for n in count():
        said = " ".join(word(n + k) for k in range(14))
        yield f'<div class="{word(n)}"><p>{said} <a href="/{word(n)}/{n}">more</a></p></div>'


_KINDS: tuple[tuple[str, str, dict[str, str], Make], ...] = (
    ("JSON", "Bash", {"command": "curl -s localhost/berths"}, _json_array),
    ("JSON, cut", "Bash", {"command": "curl -s localhost/berths | head"}, _lines(_json_cut)),
    ("JSON lines", "Bash", {"command": "cat berths.ndjson"}, _lines(_json_lines)),
    ("JSON, pretty", "Bash", {"command": "cat berths.json"}, _lines(_json_pretty)),
    ("log", "Bash", {"command": "tail -n 5000 app.log"}, _lines(_log)),
    ("build", "Bash", {"command": "make -j8"}, _lines(_build)),
    ("grep", "Bash", {"command": "grep -rn return src"}, _lines(_grep)),
    ("find", "Bash", {"command": "find . -name '*.py'"}, _lines(_find)),
    ("ls -l", "Bash", {"command": "ls -l"}, _lines(_listing)),
    ("tree", "Bash", {"command": "tree"}, _lines(_tree)),
    ("numbered file", "Read", {"file_path": "/repo/src/harbour.py"}, _lines(_numbered)),
    ("code", "Bash", {"command": "cat src/harbour.py"}, _lines(_python)),
    ("diff", "Bash", {"command": "git diff"}, _lines(_diff)),
    ("git log", "Bash", {"command": "git log"}, _lines(_git_log)),
    ("CSV", "Bash", {"command": "cat berths.csv"}, _lines(_csv)),
    ("Markdown", "Bash", {"command": "cat README.md"}, _lines(_markdown)),
    ("HTML", "web_fetch", {"url": "https://example.org"}, _lines(_html)),
)
