"""Measures how fast each compressor and each reducer is, on fresh text and on hostile shapes.

    python -m benchmarks.speed                  on texts made up here
    python -m benchmarks.speed CORPUS           and on the samples of a corpus folder
    python -m benchmarks.speed --only log,search --shapes
    python -m benchmarks.speed --code           and on code of installed packages

A text is of a compressor's own kind when it makes something of it; what it takes to leave other
texts alone is a figure of its own.  CPU time, the better of two runs.  `pipeline` is all of
planning one such text, token counting included, with originals kept.  With --shapes each is
tried on the shapes of `hostile.py` at one size and at twice that: a ratio near 2 is linear.
Writes Markdown to the screen.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.code_samples import code_samples
from benchmarks.hostile import SHAPES
from benchmarks.report import table
from benchmarks.samples import Sample, conversation_of, read_corpus
from benchmarks.synthetic import made_texts
from headroom.compressors import COMPRESSORS, REDUCERS
from headroom.compressors.base import CHARACTERS_PER_TOKEN, Ask, Compressor, Origin, Reducer
from headroom.compressors.words import words_of
from headroom.conversation import Known
from headroom.pipeline import plan
from headroom.tokens import Counter

MADE_CHARACTERS = 100_000
SHAPE_CHARACTERS = 500_000
RUNS = 2
FEWEST_TOKENS = 500
"""Shorter texts take too little time to tell anything per token."""
NOTICED_MS = 50.0
"""Below this the ratio of two times is noise."""
SUSPICIOUS_RATIO = 3.0
PIPELINE = "pipeline"

Work = Callable[[Sample], bool]
"""Does the work on a text; whether anything came of it."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One text: how long it took, and whether it was of the worker's kind."""

    name: str
    characters: int
    tokens: int
    ms: float
    is_own: bool

    @property
    def ms_per_10k(self) -> float:
        """Milliseconds per 10,000 tokens."""
        return self.ms / self.tokens * 10_000


@dataclass(slots=True)
class Times:
    """Several texts."""

    texts: list[Timed] = field(default_factory=list)

    def mb_per_s(self) -> str:
        """Millions of characters per second, over all texts."""
        seconds = sum(one.ms for one in self.texts) / 1000
        return (
            f"{sum(one.characters for one in self.texts) / 1e6 / seconds:.1f}" if seconds else "–"
        )

    def at(self, share: float) -> str:
        """Milliseconds per 10,000 tokens at this share of the texts: 0.5, 0.99."""
        ordered = sorted(one.ms_per_10k for one in self.texts)
        return (
            f"{ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.2f}" if ordered else "–"
        )

    def slowest(self) -> str:
        """The text that takes most time for its tokens."""
        found = max(self.texts, key=lambda one: one.ms_per_10k, default=None)
        return found.name if found is not None else "–"


def workers(only: Sequence[str] = ()) -> dict[str, Work]:
    """All compressors and reducers, and planning as a whole, by name; or those named *only*."""
    found: dict[str, Work] = {one.name: partial(_encodes, one) for one in COMPRESSORS}
    found |= {f"{one.name} (reducer)": partial(_reduces, one) for one in REDUCERS}
    found[PIPELINE] = _plans
    return {name: work for name, work in found.items() if not only or name.split()[0] in only}


def _encodes(compressor: Compressor, sample: Sample) -> bool:
    return compressor.encode(sample.content, _origin(sample)) is not None


def _reduces(reducer: Reducer, sample: Sample) -> bool:
    words = frozenset(words_of(sample.queries[0]))
    room = reducer.usual_tokens * CHARACTERS_PER_TOKEN
    return reducer.reduce(sample.content, Ask(_origin(sample), words, room)) is not None


def _plans(sample: Sample) -> bool:
    """Read and plan the whole conversation, with a counter that has counted nothing yet."""
    conversation = conversation_of(sample.asked(sample.queries[0]))
    return bool(plan(conversation, Known(), counter=Counter.load(), means="tool").forms)


def _origin(sample: Sample) -> Origin:
    told = sample.arguments
    return Origin(sample.tool, told.get("command", ""), told.get("file_path", ""))


def timed(work: Work, sample: Sample, tokens: int) -> Timed:
    """CPU time for one text: the best of a few runs, as other work only adds."""
    took = []
    is_own = False
    for _ in range(RUNS):
        began = time.process_time()
        is_own = work(sample)
        took.append(time.process_time() - began)
    return Timed(sample.name, len(sample.content), tokens, min(took) * 1000, is_own)


def fresh_table(samples: Sequence[Sample], only: Sequence[str], counter: Counter) -> str:
    """How fast each is on texts of its own kind, and how soon it leaves others alone."""
    counted = [(one, counter.count(one.content)) for one in samples]
    long = [(one, tokens) for one, tokens in counted if tokens >= FEWEST_TOKENS]
    heads = [
        "", "own texts", "MB/s", "ms per 10k tokens p50", "p99", "slowest",
        "others", "p50", "p99", "slowest",
    ]  # fmt: skip
    rows = []
    for name, work in workers(only).items():
        own, others = Times(), Times()
        for sample, tokens in long:
            one = timed(work, sample, tokens)
            (own if one.is_own or name == PIPELINE else others).texts.append(one)
        rows.append([name, *_cells(own, speed=True), *_cells(others, speed=False)])
    return table(heads, rows)


def _cells(times: Times, *, speed: bool) -> Iterator[str]:
    yield str(len(times.texts))
    if speed:
        yield times.mb_per_s()
    yield from (times.at(0.5), times.at(0.99), times.slowest())


def shapes_table(only: Sequence[str], size: int, *, all_shapes: bool) -> str:
    """Each on every hostile shape at *size* and twice that; only what is noticed, if not all."""
    heads = ["", "shape", "ms at n", "ms at 2n", "ratio", "ms per MB"]
    rows = []
    for name, work in workers(only).items():
        found = [(shape, *_both(work, shape, size)) for shape in SHAPES]
        worst = max(found, key=lambda one: one[2])
        for shape, once, twice in found:
            ratio = twice / max(once, 0.001)
            odd = twice > NOTICED_MS and ratio > SUSPICIOUS_RATIO
            if all_shapes or odd or shape == worst[0]:
                noted = f"**{ratio:.1f}**" if odd else f"{ratio:.1f}"
                per_mb = twice / (2 * size / 1e6)
                shown = f"`{shape}`".replace("|", "¦")
                rows.append([name, shown, f"{once:.1f}", f"{twice:.1f}", noted, f"{per_mb:.0f}"])
    return table(heads, rows)


def _both(work: Work, shape: str, size: int) -> tuple[float, float]:
    """Milliseconds at this size and at twice that."""
    texts = (SHAPES[shape](size), SHAPES[shape](2 * size))
    once, twice = (timed(work, made_sample(shape, text), 1).ms for text in texts)
    return once, twice


def made_sample(name: str, text: str) -> Sample:
    """A text from nowhere."""
    return Sample(name=name, kind="shape", content_type="shape", needles=(), content=text)


def synthetic_samples() -> list[Sample]:
    """The texts that are made up here."""
    return [
        Sample(
            name=f"made up/{one.kind}",
            kind="made up",
            content_type=one.kind,
            needles=(),
            content=one.text,
            tool=one.tool,
            arguments=one.arguments,
        )
        for one in made_texts(MADE_CHARACTERS)
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="speed", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("corpus", nargs="?", type=Path, help="folder of samples, if there is one")
    parser.add_argument("--code", action="store_true", help="code of installed packages too")
    parser.add_argument("--only", default="", help="names of compressors, joined by commas")
    parser.add_argument("--shapes", action="store_true", help="hostile shapes too")
    parser.add_argument("--all-shapes", action="store_true", help="and a line for each of them")
    parser.add_argument("--size", type=int, default=SHAPE_CHARACTERS, help="characters of a shape")
    chosen = parser.parse_args(arguments)
    only = [name for name in chosen.only.split(",") if name]
    samples = synthetic_samples()
    if chosen.corpus:
        samples += [one for one in read_corpus(chosen.corpus) if one.is_single]
    if chosen.code:
        samples += code_samples()
    print(f"{len(samples)} texts\n\n{fresh_table(samples, only, Counter.load())}", flush=True)
    if chosen.shapes or chosen.all_shapes:
        print(f"n = {chosen.size:,} characters\n")
        print(shapes_table(only, chosen.size, all_shapes=chosen.all_shapes))


if __name__ == "__main__":
    main()
