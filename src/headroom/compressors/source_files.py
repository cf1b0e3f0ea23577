"""Whether a text is a file that is going to be edited or copied: there, whole lines are needed."""

from __future__ import annotations

import re

from headroom.compressors.base import Origin
from headroom.compressors.lines import glance

SOURCE_TOKENS = 4_000
"""Up to which source is kept whole: a miss costs as much as folding saves (recorded sessions,
2026-11: of what was used later of source, half were whole lines)."""

_ENDING = re.compile(
    r"(?i)\.(?:pyi?|[mc]?jsx?|[mc]?tsx?|go|rs|java|kts?|scala|swift|[ch](?:pp|xx|c)?|hh|cs|rb|php"
    r"|pony|ex|exs|erl|hs|ml|clj|lua|r|jl|pl|sh|bash|zsh|ps1|sql|vue|svelte|astro|s?css|less"
    r"|html?|xml|svg|ya?ml|toml|ini|cfg|conf|gradle|tf|proto|graphql|dockerfile|cmake|mk)\b"
)
_SHOWS_FILE = re.compile(
    r"(?i)(?:^|[;&|\n'\"]\s{0,9})(?:cat|bat|nl|head|tail|sed|less|view|open|goto|get-content|gc|type)\s"
)
_FILE_HEADER = re.compile(r"^\[File: [^\n]{1,300}\([0-9]{1,8} lines", re.M)
_NUMBERED = re.compile(r"^ {0,12}[0-9]{1,8} ?[\t→|:]", re.M)
NUMBERED_SHARE = 0.6


def shows_source(text: str, origin: Origin) -> bool:
    """Whether *text* is a file of source, with or without line numbers."""
    if _FILE_HEADER.search(text[:2_000]) or _is_numbered(text):
        return True
    if origin.path:
        return _ENDING.search(origin.path) is not None
    found = _SHOWS_FILE.search(origin.command)
    return found is not None and _ENDING.search(origin.command, found.start()) is not None


def _is_numbered(text: str) -> bool:
    sample = glance(text)
    lines = sample.count("\n") + 1
    return len(_NUMBERED.findall(sample)) >= NUMBERED_SHARE * lines
