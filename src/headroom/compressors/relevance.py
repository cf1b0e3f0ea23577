"""How much the parts of a text have to do with a task: BM25, with the text as its own corpus.

Words are compared by their stems, names also by what they are made of (`merge_inner`: merge,
inner), and writing without blanks between words by pairs of characters.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

# Robertson and Zaragoza, The Probabilistic Relevance Framework (2009): the usual values.
SATURATION = 1.2
LENGTH_WEIGHT = 0.75
LONGEST_TERM = 60

_RUN = re.compile(r"[^\W_]{1,200}")
# Hiragana to CJK ideographs, Hangul syllables, Thai.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "er", "ed", "es", "ly", "s")
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


def terms_of(text: str) -> Iterator[str]:
    """The stems of the words of *text* that say something, in their order."""
    for word in _RUN.findall(text.lower()):
        if word in STOP_WORDS:
            continue
        if _UNSPACED.search(word):
            yield from (word[at : at + 2] for at in range(len(word) - 1))
        else:
            yield stem(word[:LONGEST_TERM])


def stem(word: str) -> str:
    """What *word* has in common with its other forms: `connect` for connects, connected."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            word = word[: -len(ending)]
            break
    if len(word) > SHORTEST_STEM and word[-1] == word[-2]:
        return word[:-1]
    return word[:-1] if len(word) > SHORTEST_STEM and word[-1] in "ey" else word


def relevance(texts: Sequence[str], asked: Iterable[str]) -> list[float]:
    """For each of *texts* how well it answers to the words that were *asked*; 0 for not at all."""
    wanted = {term for word in asked for term in terms_of(word)}
    counts, lengths = [], []
    for text in texts:
        terms = list(terms_of(text)) if wanted else []
        counts.append(Counter(term for term in terms if term in wanted))
        lengths.append(len(terms) or 1)
    weights = _weights(counts)
    usual = sum(lengths) / max(len(lengths), 1)
    return [
        sum(
            weights[term] * times * (SATURATION + 1) / (times + _damping(length / usual))
            for term, times in count.items()
        )
        for count, length in zip(counts, lengths, strict=True)
    ]


def _damping(share: float) -> float:
    return SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * share)


def _weights(counts: Collection[Counter[str]]) -> dict[str, float]:
    """How telling each term is: the rarer, the more."""
    holding = Counter(term for count in counts for term in count)
    total = len(counts)
    return {
        term: math.log(1 + (total - texts + 0.5) / (texts + 0.5)) for term, texts in holding.items()
    }
