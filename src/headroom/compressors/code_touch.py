"""How much a task has to do with each part of a file.

By the name of the function that the part belongs to; by the words of the task that are rare in
the file; by what such parts call; by line numbers that the task names.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from headroom.compressors.code_parts import Part

COMMON_SHARE = 0.34
"""A word that more than this share of the parts hold tells nothing about any of them."""
FEW_HOLD = 2
PLAIN = 0.3
"""What a word counts that is not spelled like a name: as likely by chance."""
BEGINS = 3.0
"""Times what a word counts where a function begins, or that is defined in it."""
CALLED = 1.5
NUMBERED = 2.0
STRONG = 3.0
SIGNATURE_ROWS = 3

_WORD = re.compile(r"\w{3,80}")
_PIECE = re.compile(r"[^\W\d_]{3,40}")
# Spelled as a name: snake_case, camelCase, with a digit.
_SPELLED = re.compile(r"[^_]_[^_]|^_|[a-z][A-Z]|\d")
_DEFINED = re.compile(r"\b(?:const|let|var|def|function|func|fn|class|struct|type) (\w{3,80})")
_NUMBER = re.compile(r"[0-9]{2,7}")
_CALL = re.compile(r"(\w{3,80})\(")
# What a function is called where it begins: `area(shape)`, `area<'a>(shape)`, `area = (shape`.
_OWN_NAME = re.compile(
    r"(?<![@\w])(\w{3,80})(?:<[^()\n]{0,80}>)?(?:\(| ?[:=] ?(?:async ?)?(?:function ?)?\()"
)


def worths(
    parts: Sequence[Part], lines: Sequence[str], numbers: Sequence[int], asked: Collection[str]
) -> list[float]:
    """For each part how much the task touches it: below 1.0 hardly."""
    wanted = frozenset(piece for word in asked for piece in _WORD.findall(word))
    if not wanted:
        return [0.0] * len(parts)
    texts = ["\n".join(lines[part.first : part.last + 1]) for part in parts]
    begins = [_beginning(part, lines) for part in parts]
    names = [_own_name(beginning) for beginning in begins]
    ways = (
        _by_words(texts, begins, wanted),
        _by_name(parts, names, wanted),
        _by_number(parts, numbers, wanted),
    )
    found = [math.fsum(each) for each in zip(*ways, strict=True)]
    strong = "\n".join(text for text, worth in zip(texts, found, strict=True) if worth >= STRONG)
    called = frozenset(_CALL.findall(strong))
    return [
        worth + CALLED if name in called and worth < STRONG else worth
        for name, worth in zip(names, found, strict=True)
    ]


def _by_words(texts: Sequence[str], begins: Sequence[str], wanted: frozenset[str]) -> list[float]:
    inside = [_held(_WORD.findall(text), wanted) for text in texts]
    above = [
        _held((*_WORD.findall(one), *_PIECE.findall(one), *_DEFINED.findall(text)), wanted)
        for one, text in zip(begins, texts, strict=True)
    ]
    holding = Counter(
        word for pair in zip(inside, above, strict=True) for word in {*pair[0], *pair[1]}
    )
    most = max(COMMON_SHARE * len(texts), FEW_HOLD)
    rarity = {
        word: math.log((len(texts) + 1) / parts) for word, parts in holding.items() if parts <= most
    }
    return [
        math.fsum(rarity.get(word, 0.0) * counts for word, counts in words.items())
        + BEGINS * math.fsum(rarity.get(word, 0.0) * counts for word, counts in beginning.items())
        for words, beginning in zip(inside, above, strict=True)
    ]


def _held(words: Iterable[str], wanted: frozenset[str]) -> dict[str, float]:
    """What of *words* is wanted, in small letters, and what each counts."""
    found: dict[str, float] = {}
    for word in set(words):
        small = word.lower()
        if small in wanted:
            found[small] = max(found.get(small, PLAIN), 1.0 if _SPELLED.search(word) else PLAIN)
    return found


def _by_name(parts: Sequence[Part], names: Sequence[str], wanted: frozenset[str]) -> list[float]:
    functions = Counter({(name, part.owner) for name, part in zip(names, parts, strict=True)})
    alike = Counter(name for name, _ in functions)
    return [
        BEGINS * math.log((len(functions) + 1) / alike[name]) if name.lower() in wanted else 0.0
        for name in names
    ]


def _by_number(
    parts: Sequence[Part], numbers: Sequence[int], wanted: frozenset[str]
) -> list[float]:
    asked = sorted(int(word) for word in wanted if _NUMBER.fullmatch(word))
    # The first line of a window is in the call that asks for it.
    above = [bisect_right(asked, numbers[part.first]) for part in parts]
    return [
        NUMBERED if at < len(asked) and asked[at] < numbers[part.last] else 0.0
        for at, part in zip(above, parts, strict=True)
    ]


def _own_name(beginning: str) -> str:
    found = _OWN_NAME.search(beginning)
    return found[1] if found is not None else ""


def _beginning(part: Part, lines: Sequence[str]) -> str:
    """Where the function begins to which a part belongs; empty where there is none."""
    if not 0 <= part.owner < len(lines):
        return ""
    end = part.owner + SIGNATURE_ROWS
    return "\n".join(lines[part.owner : end if part.owner > part.last else min(end, part.first)])
