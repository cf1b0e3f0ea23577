"""Prose as sentences, and the lines that give it its form.

Headings, code, drawn tables and what stands between tags of somebody's own stay as they are;
of the rest each sentence is a unit, with the blanks or the line break behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headroom.compressors.units import LONGEST_PART, Unit

SHORTEST_SENTENCE = 12
FEWEST_WORDS = 4

_ENDING = re.compile(r"[.!?…]{1,3}[\"')\]”’»*_]{0,3}\s{1,4}|[。！？](?=\S)")
# Behind these a full stop ends no sentence.
_ABBREVIATED = re.compile(
    r"(?:\b[A-Z]|\b(?:Dr|Mr|Mrs|Ms|Prof|St|Nr|No|vs|etc|cf|al|Fig|approx|[eE]\.g|i\.e|z\.B|d\.h))$"
)
_BEGINS = re.compile(r"[^\W_a-z]|[\"'(\[“‘«*_`]")
_FENCE = re.compile(r" {0,12}(```|~~~)")
_FORM = re.compile(r"\s{0,40}(?:#{1,6} |\||[-=*_]{3,}\s*$|\[\^?[\w.-]{1,40}\]:)|(?: {4}|\t)\s*\S")
# A name with a dash is of no element of HTML: whoever writes it means it.
_OPENED = re.compile(r"<([a-z][a-z0-9]{0,30}[-_][a-z0-9_-]{1,60})(?:\s[^<>]{0,400})?>")


@dataclass(frozen=True, slots=True)
class Prose:
    """The units of a text, which joined are the text, and which of them give it its form."""

    units: tuple[Unit, ...]
    form: frozenset[int]

    @property
    def share(self) -> float:
        """How much of the text are sentences."""
        said = sum(len(unit.text) for unit in self.units if _is_sentence(unit.text))
        return said / max(sum(len(unit.text) for unit in self.units), 1)


def prose_of(text: str) -> Prose:
    """*text* in sentences."""
    lines = text.splitlines(keepends=True) if "\n" in text else [text]
    units: list[Unit] = []
    form: set[int] = set()
    for number, (line, gives_form) in enumerate(zip(lines, _forms(lines), strict=True), 1):
        if gives_form:
            form.add(len(units))
            units.append(Unit(line, number))
            continue
        parts = [part for sentence in sentences(line) for part in _short(sentence)]
        units += (Unit(part, number, is_part=len(parts) > 1) for part in parts)
    return Prose(tuple(units), frozenset(form))


def sentences(line: str) -> list[str]:
    """The sentences of a line, which joined are the line."""
    found: list[str] = []
    start = 0
    for ending in _ENDING.finditer(line):
        end = ending.end()
        if end - start < SHORTEST_SENTENCE or end >= len(line):
            continue
        if ending[0][-1:].isspace() and not _BEGINS.match(line, end):
            continue
        if ending[0].startswith(".") and _ABBREVIATED.search(
            line[max(start, end - 16) : ending.start()]
        ):
            continue
        found.append(line[start:end])
        start = end
    return [*found, line[start:]]


def _forms(lines: Sequence[str]) -> Iterator[bool]:
    """For each line whether it belongs to the form of the text."""
    fence = closing = ""
    for line in lines:
        if closing:
            yield True
            closing = "" if closing in line else closing
            continue
        if fence or _FENCE.match(line):
            yield True
            fence = _after(line, fence)
            continue
        tag = _OPENED.match(line.lstrip())
        if tag is not None:
            end = f"</{tag[1]}>"
            closing = "" if end in line else end
        yield tag is not None or _FORM.match(line) is not None


def _after(line: str, fence: str) -> str:
    """The fence that is open behind *line*."""
    found = _FENCE.match(line)
    if not fence:
        return found[1] if found is not None else ""
    return "" if found is not None and found[1] == fence else fence


def _short(sentence: str) -> Iterator[str]:
    for at in range(0, len(sentence), LONGEST_PART):
        yield sentence[at : at + LONGEST_PART]


def _is_sentence(text: str) -> bool:
    shown = text.rstrip().rstrip("\"')]”’»*_")
    return shown[-1:] in ".!?…:。！？" and (len(shown.split(None, FEWEST_WORDS)) >= FEWEST_WORDS)
