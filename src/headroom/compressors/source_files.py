"""Whether a text is a file that is going to be edited or copied: there, whole lines are needed."""

from __future__ import annotations

import re

from headroom.compressors.base import CHARACTERS_PER_TOKEN, Ask, Origin
from headroom.compressors.lines import glance

SOURCE_TOKENS = 4_000
"""Up to which source is kept whole: a miss costs as much as folding saves (31 recorded sessions,
2026-11: of what was used later of source, 82 of 272 were whole lines)."""

_ENDING = re.compile(
    r"(?i)\.(?:pyi?|[mc]?jsx?|[mc]?tsx?|go|rs|java|kts?|scala|swift|[ch](?:pp|xx|c)?|hh|cs|rb|php"
    r"|pony|ex|exs|erl|hs|ml|clj|lua|r|jl|pl|sh|bash|zsh|ps1|sql|vue|svelte|astro|s?css|less"
    r"|html?|xml|svg|ya?ml|toml|ini|cfg|conf|gradle|tf|proto|graphql|dockerfile|cmake|mk)\b"
)
_DOCUMENT = re.compile(r"(?i)\.(?:md|mdx|markdown|rst|txt|adoc|org|tex|log|out|csv|tsv|jsonl)\b")
_SHOWS_FILE = re.compile(
    r"(?i)(?:^|[;&|\n'\"]\s{0,9})(?:cat|bat|nl|head|tail|sed|less|view|open|goto|get-content|gc|type)\s"
)
_FILE_HEADER = re.compile(r"^\[File: [^\n]{1,300}\([0-9]{1,8} lines", re.M)
_NUMBERED = re.compile(r"^ {0,12}[0-9]{1,8} ?[\t→|:]", re.M)
_BLAMED = re.compile(r"^\^?[0-9a-f]{7,40} [^\n]{0,200}?\([^\n)]{1,80} [0-9]{1,8}\) ", re.M)
_COUNTED = re.compile(r"^ {0,4}[^\n|]{1,200}\| {1,8}(?:[0-9]{1,7} [+-]*|Bin )", re.M)
NUMBERED_SHARE = 0.6


def shows_source(text: str, origin: Origin) -> bool:
    """Whether *text* is a file of source, with or without line numbers, or who changed how much
    of which: lines of which each counts.
    """
    shown = _shown(origin)
    if _ENDING.search(shown):
        return True
    if _DOCUMENT.search(shown):
        return False
    return _FILE_HEADER.search(text[:2_000]) is not None or _is_numbered(text)


def source_room(ask: Ask, room: int) -> int:
    """The room that a file of source has, where other text has *room*; never less."""
    return max(room, ask.source_room or SOURCE_TOKENS * CHARACTERS_PER_TOKEN)


def _shown(origin: Origin) -> str:
    """What names the file that is shown, if one is."""
    if origin.path:
        return origin.path
    found = _SHOWS_FILE.search(origin.command)
    return origin.command[found.start() :] if found is not None else ""


def _is_numbered(text: str) -> bool:
    sample = glance(text)
    lines = sample.count("\n") + 1
    found = max(len(one.findall(sample)) for one in (_NUMBERED, _BLAMED, _COUNTED))
    return found >= NUMBERED_SHARE * lines
