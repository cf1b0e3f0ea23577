"""How much the parts of a text have to do with a task: BM25, with the text as its own corpus.

Words are compared by their stems, names also by what they are made of (`merge_inner`: merge,
inner), and writing without blanks between words by pairs of characters.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from headroom.compressors.words import words_of

# Robertson and Zaragoza, The Probabilistic Relevance Framework (2009): the usual values.
SATURATION = 1.2
LENGTH_WEIGHT = 0.75
LONGEST_TERM = 60

_RUN = re.compile(r"[^\W_]{1,200}")
# Hiragana to CJK ideographs, Hangul syllables, Thai.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
# Behind at least three letters; the longest ending that fits is the first that matches.
_ENDING = re.compile(r"(?<=.{3})(?:ations?|ings?|ies|ied|ers?|ed|es|ly|s)$")
SHORTEST_STEM = 3
_STOP_WORDS = """
a about above after again all also am an and any are as at be because been before being
below between both but by can could d did do does doing done down during each else etc
ever every few for from further get gets give go goes got had has have having he her
here hers him his how however i if in into is it its just let like ll look looking m
make many may me might more most much must my need needs new no nor not now of off on
once one only or other our out over own please re s same see shall she should so some
such t take tell than that the their them then there these they this those through to
too under until up us use used uses using ve very want was way we well were what when
where which while who whom whose why will with within without would you your yours
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
FEW_TEXTS = 3
"""In how many parts of a text a word of the task may stand and still tell them from the others."""


def terms_of(text: str) -> Iterator[str]:
    """The stems of the words of *text* that say something, in their order."""
    for word in _RUN.findall(text.lower()):
        yield from _terms_of_word(word)


def _terms_of_word(word: str) -> tuple[str, ...]:
    if word in STOP_WORDS:
        return ()
    if not word.isascii() and UNSPACED.search(word):
        return tuple(word[at : at + 2] for at in range(len(word) - 1))
    return (stem(word[:LONGEST_TERM]),)


def stem(word: str) -> str:
    """What *word* has in common with its other forms: `connect` for connects, connected."""
    word = _ENDING.sub("", word, count=1)
    if len(word) > SHORTEST_STEM and word[-1] == word[-2]:
        return word[:-1]
    return word[:-1] if len(word) > SHORTEST_STEM and word[-1] in "ey" else word


def terms_asked(words: Iterable[str]) -> frozenset[str]:
    """The terms of all these words."""
    return frozenset(terms_of("\n".join(words)))


def relevance(texts: Sequence[str], wanted: frozenset[str]) -> list[float]:
    """For each of *texts* how well it answers to the terms that are *wanted*; 0 for not at all."""
    if not wanted:
        return [0.0] * len(texts)
    words = [_RUN.findall(text.lower()) for text in texts]
    terms = _terms_by_word(frozenset(chain.from_iterable(words)), wanted)
    counts = [_counted(said, terms) for said in words]
    return scores(counts, [len(said) or 1 for said in words])


def scores(counts: Sequence[Mapping[str, int]], lengths: Sequence[int]) -> list[float]:
    """For each text how well it answers, by how often it holds each term that is wanted.

    *lengths* are those of the texts, in whatever unit.
    """
    weights = _weights(counts)
    usual = max(sum(lengths) / max(len(lengths), 1), 1.0)
    return [
        sum(
            weights[term] * times * (SATURATION + 1) / (times + _damping(length / usual))
            for term, times in count.items()
        )
        for count, length in zip(counts, lengths, strict=True)
    ]


def rare_words(held: Iterable[Collection[str]]) -> frozenset[str]:
    """Those that few texts hold, where *held* are the words of each, none twice."""
    often = Counter(chain.from_iterable(held))
    return frozenset(word for word, count in often.items() if count <= FEW_TEXTS)


def hold_rare_words(texts: Iterable[str], asked: frozenset[str]) -> list[bool]:
    """For each of *texts* whether it holds a word that was asked for and that few of them hold."""
    held = [asked.intersection(words_of(text)) if asked else asked for text in texts]
    rare = rare_words(held)
    return [not rare.isdisjoint(words) for words in held]


def _terms_by_word(words: Collection[str], wanted: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """For each word that has terms which are wanted, those terms."""
    # A stem begins as its word does: most words need not be taken apart.
    beginnings = {term[:SHORTEST_STEM] for term in wanted}
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        if word[:SHORTEST_STEM] in beginnings or not word.isascii():
            terms = tuple(term for term in _terms_of_word(word) if term in wanted)
            if terms:
                found[word] = terms
    return found


def _counted(words: Iterable[str], terms: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in [word for word in words if word in terms]:
        for term in terms[word]:
            found[term] = found.get(term, 0) + 1
    return found


def _damping(share: float) -> float:
    return SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * share)


def _weights(counts: Collection[Mapping[str, int]]) -> dict[str, float]:
    """How telling each term is: the rarer, the more."""
    # One is added inside the logarithm, so that a term of every text still counts for a little.
    holding = Counter(term for count in counts for term in count)
    total = len(counts)
    return {
        term: math.log(1 + (total - texts + 0.5) / (texts + 0.5)) for term, texts in holding.items()
    }
