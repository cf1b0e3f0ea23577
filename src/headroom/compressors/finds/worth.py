"""How much each line of search results is worth to whoever asked.

Definitions above uses, source above tests above what programs write, lines with a rare word of
the task above all; the second match of a file less than the first, and a line that stood
before in the same words next to nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from headroom.compressors.finds.found_lines import FoundLine
from headroom.compressors.path_kinds import Kind, kind_of
from headroom.compressors.words import words_of

FIRST_OF_A_FILE = 2.0
DEFINITION = 1.5
IMPORT = 0.6
ASKED_FILE = 2.0
CONTEXT = 0.3
"""Of the match that it surrounds, right beside it; less farther off."""
COMMENT = 0.7
NEW = 0.2
"""For each word that no line before has, as names are what is looked for next."""
MOST_NEW = 5
NAME, PLAIN = 1.5, 0.7
"""For a rare word of the task: `parse_url`, `parse`."""
MOST_WORDS = 3.0
WITHIN = 1.5
"""For a file in a directory that the task names, and that not most of the files are in."""
NAMED_ALIKE = 1.4
"""For a file whose name has a word of the task or of the pattern."""
FEW = 0.1
"""A word of the task tells something where at most this share of the lines has it."""
FEW_FILES = 0.2
FALLING = 0.35
"""How fast the further matches of one file lose worth."""
USUAL_LENGTH = 100
LONGEST_TEXT = 400
"""Characters of a line that are looked at for words."""

_BY_KIND: Mapping[Kind, float] = MappingProxyType(
    {"source": 1.0, "config": 0.8, "test": 0.6, "docs": 0.5, "made": 0.1}
)
_DEFINITION = re.compile(
    r"\s{0,40}(?:(?:export|default|declare|pub|pub\([a-z]{1,10}\)|public|private|protected|internal"
    r"|static|async|abstract|final|inline|unsafe|extern|virtual|override|sealed|partial|data|open"
    r"|const|constexpr)\s{1,4}){0,6}"
    r"(?:def|class|function\*?|func|fn|struct|enum|union|interface|trait|impl|type|typedef|module"
    r"|mod|namespace|package|record|protocol|extension|object|macro_rules!|macro|#define"
    r"|create table|alter table)\b"
)
_BINDING = re.compile(r"(?:export )?(?:const|let|var|val|static) \w|[A-Z][A-Z0-9_]{2,60}\s?[:=]")
_IMPORT = re.compile(r"\s{0,20}(?:import|from|use|using|#include|require|@import)\b")
_COMMENT = re.compile(r"\s{0,40}(?://|/?\*|#(?!\[)|--|<!--|%|;|\"\"\")")
_NAMES = re.compile(r"\w{3,80}")
_PARTS = re.compile(r"[^\W_]{3,80}")
_PLACE = re.compile(r"(.{1,300}):([0-9]{1,7})")
# Words so common that a line with one of them is no rarer for it.
_COMMON = frozenset(
    {
        *("the", "and", "for", "with", "that", "this", "what", "which", "where", "when"),
        *("have", "has", "had", "are", "was", "were", "from", "into", "about", "please"),
        *("look", "find", "show", "all", "any", "can", "could", "how", "does", "did", "not"),
        *("but", "use", "used", "using", "there", "their", "would", "should", "will", "you"),
        *("your", "our", "its", "file", "files", "line", "lines", "code", "match", "matches"),
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: words, and lines of files."""

    words: frozenset[str]
    places: frozenset[tuple[str, int]]

    @classmethod
    def of(cls, asked: Collection[str]) -> Wanted:
        """From the words of the task and of the call."""
        parts = {part for word in asked for part in _NAMES.findall(word)}
        found = (_PLACE.fullmatch(word) for word in asked)
        places = frozenset((one[1].lower(), int(one[2])) for one in found if one)
        return cls(frozenset({*asked, *parts} - _COMMON), places)

    def is_place(self, line: FoundLine) -> bool:
        """Whether this line of this file was asked for."""
        return bool(self.places) and any(
            (tail, line.number) in self.places for tail in _tails(line.path.lower())
        )

    def is_alike(self, path: str) -> bool:
        """Whether the name of this file has a word that was asked for."""
        name = _stem(path)
        return not self.words.isdisjoint((name, *_PARTS.findall(name)))

    def directories(self, path: str) -> frozenset[str]:
        """The directories that lead to this file, as far as they were named."""
        return self.words.intersection(re.split(r"[/\\]", path.lower())[:-1])

    def is_file(self, path: str) -> bool:
        """Whether this file was named."""
        return any(tail in self.words for tail in _tails(path.lower()) if "." in tail)


def asked_files(found: Sequence[FoundLine], wanted: Wanted) -> frozenset[str]:
    """The paths of the files that were named, where those are few among all."""
    paths = {one.path for one in found if one.is_of_a_file}
    named = frozenset(path for path in paths if wanted.is_file(path))
    return named if len(named) <= max(FEW_FILES * len(paths), 1) else frozenset()


def worths(lines: Sequence[str], found: Sequence[FoundLine], wanted: Wanted) -> list[float]:
    """The worth of each line; 0 for lines that show no line of a file."""
    kinds = _kinds(found, wanted)
    names = [_names(line, one) for line, one in zip(lines, found, strict=True)]
    asked = _rare_words(names, wanted)
    worth = [0.0] * len(lines)
    stood: Counter[str] = Counter()
    known: set[str] = set()
    for index, one in enumerate(found):
        if one.kind != "match":
            continue
        text = lines[index][one.start : one.start + LONGEST_TEXT].strip()
        new = min(len(names[index] - known), MOST_NEW) * NEW
        as_such = 1.0 + _form(text) + new + min(asked.get(index, 0.0), MOST_WORDS)
        worth[index] = kinds[one.path] * as_such / (1 + stood[text])
        stood[text] += 1
        known |= names[index]
    _spread(found, worth)
    _add_context(found, worth)
    for index, one in enumerate(found):
        if one.kind == "context" and not names[index]:
            worth[index] = 0.0
    return [
        value * min(1.0, USUAL_LENGTH / max(len(line), 1))
        for value, line in zip(worth, lines, strict=True)
    ]


def _tails(path: str) -> Iterator[str]:
    """The path, and what is left of it after each directory: `a/b.py`, `b.py`."""
    path = path.replace("\\", "/").removeprefix("./").lstrip("/")
    yield path
    for cut, character in enumerate(path):
        if character == "/":
            yield path[cut + 1 :]


def _stem(path: str) -> str:
    """`user-list` of `src/user-list.tsx`, in small letters."""
    name = path[max(path.rfind("/"), path.rfind("\\")) + 1 :].lower()
    return name.partition(".")[0] or name


def _kinds(found: Sequence[FoundLine], wanted: Wanted) -> dict[str, float]:
    tests = not wanted.words.isdisjoint({"test", "tests", "testing"})
    kinds: dict[str, float] = {}
    paths = dict.fromkeys(one.path for one in found)
    within = Counter(part for path in paths for part in wanted.directories(path))
    for path in paths:
        kind = kind_of(path)
        kinds[path] = 1.0 if kind == "test" and tests else _BY_KIND[kind]
        if wanted.is_file(path):
            kinds[path] = ASKED_FILE
        elif wanted.is_alike(path):
            kinds[path] *= NAMED_ALIKE
        if any(within[part] * 2 < len(paths) for part in wanted.directories(path)):
            kinds[path] *= WITHIN
    return kinds


def _form(text: str) -> float:
    if _DEFINITION.match(text) or _BINDING.match(text):
        return DEFINITION
    if _IMPORT.match(text):
        return IMPORT - 1.0
    return COMMENT - 1.0 if _COMMENT.match(text) else 0.0


def _names(line: str, one: FoundLine) -> frozenset[str]:
    """The words of what a line of a file says."""
    if not one.is_of_a_file:
        return frozenset()
    text = line[one.start : one.start + LONGEST_TEXT].lower()
    return frozenset((*words_of(text), *_NAMES.findall(text)))


def _rare_words(names: Sequence[frozenset[str]], wanted: Wanted) -> dict[int, float]:
    """By line, the weight of words of the task that few of the lines have."""
    having: defaultdict[str, list[int]] = defaultdict(list)
    for index, said in enumerate(names):
        for word in sorted(said & wanted.words):
            having[word].append(index)
    of = sum(map(bool, names))
    weights: defaultdict[int, float] = defaultdict(float)
    for word, indexes in having.items():
        if len(indexes) <= max(FEW * of, 1):
            rarity = math.log(of / len(indexes)) / math.log(of + 1)
            for index in indexes:
                weights[index] += rarity * (NAME if _is_name(word) else PLAIN)
    return dict(weights)


def _is_name(word: str) -> bool:
    return not word.isalpha()


def _spread(found: Sequence[FoundLine], worth: list[float]) -> None:
    """The best match of each file first, then the second best, and so on."""
    of_file: defaultdict[str, list[int]] = defaultdict(list)
    for index, one in enumerate(found):
        if one.kind == "match":
            of_file[one.path].append(index)
    for indexes in of_file.values():
        for place, index in enumerate(sorted(indexes, key=lambda index: (-worth[index], index))):
            worth[index] /= 1 + FALLING * place
            if not place:
                worth[index] *= FIRST_OF_A_FILE


def _add_context(found: Sequence[FoundLine], worth: list[float]) -> None:
    """Give lines of context a part of what the nearer of the matches around them is worth."""
    for order in (range(len(found)), range(len(found) - 1, -1, -1)):
        path, at, source = "", 0, 0.0
        for index in order:
            one = found[index]
            if one.kind == "match":
                path, at, source = one.path, index, worth[index]
            elif one.kind != "context" or one.path != path:
                source = 0.0
            else:
                worth[index] = max(worth[index], CONTEXT * source / abs(index - at))
