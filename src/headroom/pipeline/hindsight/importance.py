"""How much each turn of a conversation matters for what comes next.

The signs and their weights are those that the specification names: how recently a turn was made
or something in it named again, how near it is to the task, what was learned of such outputs,
errors, whether later calls name what it first showed, and how much it says that is not said
twice.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from headroom.compressors.names import names_of
from headroom.compressors.words import words_of
from headroom.conversation import Block
from headroom.pipeline.hindsight.turns import Turn

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "recency": 0.20,
        "similarity": 0.20,
        "learned": 0.25,
        "errors": 0.15,
        "references": 0.15,
        "density": 0.05,
    }
)
RECENCY_FADES = 1 / 16
"""Per turn: one that was named last sixteen turns ago counts 0.37.  In 24 recorded sessions what
was made long ago was used as often as what was made lately, but not what nobody had named for
so long (2026-11)."""

LONGEST_TEXT = 20_000
"""Characters of a block that are looked at, half of them at its end."""
MOST_SAID = 4_000
RECENT_TURNS = 3
SATURATION, LENGTH_SHARE = 1.2, 0.75
"""The usual constants of BM25."""

NOWHERE_NEAR: Mapping[int, float] = MappingProxyType({})

_ERRORS = frozenset({"error", "exception", "traceback", "failed", "failure", "panic", "fatal"})


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one turn, each between 0 and 1; 0.5 where nobody knows."""

    recency: float
    similarity: float = 0.5
    learned: float = 0.5
    errors: float = 0.0
    references: float = 0.0
    density: float = 0.5

    @property
    def score(self) -> float:
        """How much the turn matters, between 0 and 1."""
        signs = dataclasses.asdict(self)
        return sum(weight * float(signs[name]) for name, weight in WEIGHTS.items())


def by_place(turns: Sequence[Turn]) -> list[float]:
    """Scores by nothing but age: the older, the less it matters."""
    return [(at + 1) / len(turns) for at in range(len(turns))]


def by_signs(
    blocks: Sequence[Block],
    turns: Sequence[Turn],
    *,
    learned: Callable[[Turn], float] = lambda _: 0.5,
    near: Mapping[int, float] = NOWHERE_NEAR,
) -> list[float]:
    """Scores by all signs; *learned* says how often such outputs were asked for again.

    *near* says by number how near turns are to the task, where more than their words was looked
    at: it counts before BM25.
    """
    words = [_words(blocks, turn) for turn in turns]
    similar = _similarities(words, _task(blocks, turns))
    named = _references(blocks, turns)
    latest = _named_last(blocks, turns)
    return [
        Signs(
            recency=math.exp(-RECENCY_FADES * (len(turns) - 1 - latest[at])),
            similarity=near.get(turn.number, similar[at]),
            learned=learned(turn),
            errors=float(_tells_of_errors(blocks, turn, words[at])),
            references=min(1.0, 0.3 + 0.2 * math.log(named[at] + 1)) if named[at] else 0.0,
            density=_density(words[at]),
        ).score
        for at, turn in enumerate(turns)
    ]


def _looked_at(text: str) -> str:
    half = LONGEST_TEXT // 2
    return text if len(text) <= LONGEST_TEXT else f"{text[:half]}\n{text[-half:]}"


def _words(blocks: Sequence[Block], turn: Turn) -> Tally[str]:
    words: Tally[str] = Tally()
    for index in turn.blocks:
        if blocks[index].kind != "opaque":
            words.update(words_of(_looked_at(blocks[index].text)))
    return words


def _task(blocks: Sequence[Block], turns: Sequence[Turn]) -> frozenset[str]:
    """The words of what is being done now: the last task, and what was said and done lately."""
    task = next((b.text for b in reversed(blocks) if b.role == "user" and not b.editable), "")
    said = [task[-MOST_SAID:]]
    for turn in turns[-RECENT_TURNS:]:
        for index in turn.blocks:
            block = blocks[index]
            if block.role == "assistant" and block.kind != "opaque":
                said.append(block.text[-MOST_SAID:])
    return frozenset(words_of("\n".join(said)))


def _similarities(turns: Sequence[Tally[str]], task: frozenset[str]) -> list[float]:
    """BM25 of each turn for the task, over the highest of them."""
    if not turns:
        return []
    lengths = [sum(words.values()) for words in turns]
    usual = max(sum(lengths) / len(lengths), 1.0)
    holding = Tally(word for words in turns for word in words if word in task)
    scores = []
    for words, length in zip(turns, lengths, strict=True):
        share = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length / usual)
        # Words of a set come in another order in another process; their exact sum does not.
        scores.append(
            math.fsum(
                _rarity(holding[word], len(turns))
                * words[word]
                * (SATURATION + 1)
                / (words[word] + share)
                for word in task.intersection(words)
            )
        )
    most = max(scores)
    return [score / most if most else 0.5 for score in scores]


def _rarity(holding: int, of: int) -> float:
    return math.log(1 + (of - holding + 0.5) / (holding + 0.5))


def _references(blocks: Sequence[Block], turns: Sequence[Turn]) -> list[int]:
    """For each turn, how many later turns name something that its results were first to show."""
    first: dict[str, int] = {}
    counts = [0] * len(turns)
    for at, turn in enumerate(turns):
        spoken = [blocks[i] for i in turn.blocks if blocks[i].role == "assistant"]
        shown = [blocks[i] for i in turn.blocks if blocks[i].role != "assistant"]
        named = {name for block in spoken for name in names_of(block.text[:LONGEST_TEXT])}
        for source in {first[name] for name in named if name in first}:
            counts[source] += 1
        for name in named:
            first.setdefault(name, -1)
        for block in shown:
            for name in names_of(_looked_at(block.text)):
                first.setdefault(name, at)
    return counts


def _named_last(blocks: Sequence[Block], turns: Sequence[Turn]) -> list[int]:
    """For each turn, the last at which the assistant named something that it shows, or itself."""
    latest: dict[str, int] = {}
    for at, turn in enumerate(turns):
        for block in (blocks[i] for i in turn.blocks if blocks[i].role == "assistant"):
            latest |= dict.fromkeys(names_of(block.text[:LONGEST_TEXT]), at)
    found = []
    for at, turn in enumerate(turns):
        shown = (blocks[i].text for i in turn.blocks if blocks[i].role != "assistant")
        names = (name for text in shown for name in names_of(_looked_at(text)))
        found.append(max(at, max((latest.get(name, at) for name in names), default=at)))
    return found


def _tells_of_errors(blocks: Sequence[Block], turn: Turn, words: Tally[str]) -> bool:
    return any(blocks[i].is_error for i in turn.blocks) or not _ERRORS.isdisjoint(words)


def _density(words: Tally[str]) -> float:
    total = sum(words.values())
    return min(max((len(words) / total - 0.2) / 0.6, 0.0), 1.0) if total else 0.0
