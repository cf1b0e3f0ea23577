"""How much a task has to do with each part of a file.

By the words of the task that are rare in the file: in the part itself, or where the function
begins that it belongs to; by what such parts call; by line numbers that the task names.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence

from headroom.compressors.code_parts import Part

COMMON_SHARE = 0.34
"""A word that more than this share of the parts hold tells nothing about any of them."""
FEW_HOLD = 2
PLAIN = 0.3
"""What a word counts that is not spelled like a name: as likely by chance."""
NAMED = 3.0
"""Times what a word counts where a function begins: it is what it is about."""
CALLED = 1.5
NUMBERED = 2.0
STRONG = 3.0
SIGNATURE_ROWS = 3

_WORD = re.compile(r"\w{3,80}")
_PIECE = re.compile(r"[^\W\d_]{3,40}")
_SPELLED = re.compile(r"[^_]_[^_]|^_|\d")
_NUMBER = re.compile(r"[0-9]{2,7}")
_CALL = re.compile(r"(\w{3,80})\(")


def worths(
    parts: Sequence[Part], lines: Sequence[str], numbers: Sequence[int], asked: Collection[str]
) -> list[float]:
    """For each part how much the task touches it: below 1.0 hardly."""
    wanted = frozenset(piece for word in asked for piece in _WORD.findall(word))
    if not wanted:
        return [0.0] * len(parts)
    texts = ["\n".join(lines[part.first : part.last + 1]) for part in parts]
    begins = [_beginning(part, lines) for part in parts]
    found = _by_words([text.lower() for text in texts], [one.lower() for one in begins], wanted)
    _add_numbered(found, parts, numbers, wanted)
    _add_called(found, texts, begins)
    return found


def _by_words(texts: Sequence[str], begins: Sequence[str], wanted: frozenset[str]) -> list[float]:
    inside = [wanted.intersection(_WORD.findall(text)) for text in texts]
    named = [wanted.intersection((*_WORD.findall(one), *_PIECE.findall(one))) for one in begins]
    holding = Counter(
        word for pair in zip(inside, named, strict=True) for word in pair[0] | pair[1]
    )
    most = max(COMMON_SHARE * len(texts), FEW_HOLD)
    weights = {
        word: math.log((len(texts) + 1) / count) * (1.0 if _SPELLED.search(word) else PLAIN)
        for word, count in holding.items()
        if count <= most
    }
    return [
        math.fsum(weights.get(word, 0.0) for word in words)
        + NAMED * math.fsum(weights.get(word, 0.0) for word in names)
        for words, names in zip(inside, named, strict=True)
    ]


def _add_numbered(
    found: list[float], parts: Sequence[Part], numbers: Sequence[int], wanted: Collection[str]
) -> None:
    asked = [int(word) for word in wanted if _NUMBER.fullmatch(word)]
    for index, part in enumerate(parts):
        if any(numbers[part.first] < number < numbers[part.last] for number in asked):
            found[index] += NUMBERED


def _add_called(found: list[float], texts: Sequence[str], begins: Sequence[str]) -> None:
    strong = "\n".join(text for text, worth in zip(texts, found, strict=True) if worth >= STRONG)
    called = set(_CALL.findall(strong))
    for index, beginning in enumerate(begins):
        name = _CALL.search(beginning)
        if name is not None and name[1] in called and found[index] < STRONG:
            found[index] += CALLED


def _beginning(part: Part, lines: Sequence[str]) -> str:
    """Where the function begins to which a part belongs; empty for other code."""
    if not 0 <= part.owner < len(lines):
        return ""
    return "\n".join(lines[part.owner : min(part.owner + SIGNATURE_ROWS, part.first)])
