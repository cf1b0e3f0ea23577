"""Measures the bill against the use kept, over the strength of reduction.

    python -m benchmarks.strength FOLDER
    python -m benchmarks.strength FOLDER --strengths 0,0.5,1,2,4 --offer always
    python -m benchmarks.strength FOLDER --tuned-on NAMES.txt --picture curve.html

Replays the sessions in FOLDER at each strength (1 is the default, 0 leaves nothing out), by
halves: A is what was looked at while building, B what was held back.  NAMES.txt names the
files of half A, a line each; without it, every other recording of each agent is in half A.
Prints Markdown: the curve, and for one strength the tables by kind and by pass and the worst
misses; of half A only, as what is held back is not to be looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.curve import (
    CUTS,
    TITLES,
    Cut,
    Half,
    Measured,
    Point,
    Recorded,
    curve_table,
    kinds_table,
    passes_table,
    worst_misses,
)
from benchmarks.curve_picture import as_page, as_svg
from benchmarks.observing import ObservingReader
from benchmarks.offer import Offer
from benchmarks.report import table
from headroom.api import Session as PlannedSession
from headroom.compressors import COMPRESSORS, REDUCERS
from headroom.pipeline.choices import Choices
from headroom.replay.files import read_sessions, session_files
from headroom.replay.measure import Meter
from headroom.replay.offline import Offline
from headroom.tokens import Counter

STRENGTHS = "0,0.5,0.7,1,1.4,2,4"
MISSES = 10

# Windows of one recording share what they begin with, so they are never held apart.
_WINDOW = re.compile(r"-w\d+$")


def halves(names: Sequence[str]) -> dict[str, Half]:
    """The half of each recording: of each agent (the first word of a name) every other one."""
    families: dict[str, list[str]] = {}
    for name in sorted(names):
        recording = _WINDOW.sub("", name)
        family = families.setdefault(name.partition("-")[0], [])
        if recording not in family:
            family.append(recording)
    half_of: dict[str, Half] = {
        recording: "A" if (place + len(family)) % 2 == 0 else "B"
        for family, recordings in families.items()
        for place, recording in enumerate(recordings)
    }
    return {name: half_of[_WINDOW.sub("", name)] for name in names}


def read_recorded(folder: Path, tuned_on: Path | None) -> list[Recorded]:
    """All sessions with their halves.  Raises SystemExit when there are none."""
    files = session_files([folder])
    names = [file.stem for file in files]
    found = halves(names)
    if tuned_on is not None:
        named = set(tuned_on.read_text().split())
        found = {name: "A" if name in named else "B" for name in names}
    recorded = [Recorded(one, found[file.stem]) for file in files for one in read_sessions(file)]
    if not recorded:
        raise SystemExit(f"no sessions in {folder}")
    return recorded


async def measured(
    recorded: Sequence[Recorded],
    counter: Counter,
    strength: float,
    *,
    offer: Offer,
    without: tuple[str, ...] = (),
) -> Point:
    """All sessions at one strength, *without* some kinds."""
    choices = Choices(strength=strength, without=without)
    way = Offline(
        lambda: PlannedSession(
            counter=counter, offer=offer, leaves_out=strength > 0, choices=choices
        ),
        clock=time.perf_counter,
    )
    return Point(strength, tuple([await _measured(one, counter, way) for one in recorded]))


async def _measured(one: Recorded, counter: Counter, way: Offline) -> Measured:
    session = one.session
    way.begin(session)
    usual = Meter(session, counter.count)
    reader = ObservingReader(session.dialect, counter.count)
    strict = Meter(session, counter.count, reader=reader)
    for turn in session.turns():
        sent = await way.send(session, turn)
        usual.turn(turn, sent)
        strict.turn(turn, sent)
    return Measured(one.half, usual.result(_unpriced), strict.result(_unpriced))


def _unpriced(_usage: object) -> None:
    return None


def kinds() -> list[str]:
    """Each kind that can be done without, by the name under which an option knows it."""
    return sorted({*(one.name for one in COMPRESSORS), *(one.kind for one in REDUCERS)})


def without_each(recorded: Sequence[Recorded], counter: Counter, whole: Point, offer: Offer) -> str:
    """What each kind is worth: the curve's figures when it alone is left out."""
    heads = ["without", *(f"{TITLES[cut]}: points of net · of use" for cut in CUTS)]
    rows = []
    for kind in kinds():
        print(f"without {kind} …", file=sys.stderr, flush=True)
        found = asyncio.run(
            measured(recorded, counter, whole.strength, offer=offer, without=(kind,))
        )
        cells = (f"{_points(found, whole, cut)}" for cut in CUTS)
        rows.append([kind, *cells])
    return table(heads, rows)


def _points(found: Point, whole: Point, cut: Cut) -> str:
    """How much dearer it is, and how much more use is kept, in points."""
    dearer = 100 * (found.net(cut) - whole.net(cut))
    kept = 100 * (found.kept(cut) - whole.kept(cut))
    return f"{dearer:+.2f} · {kept:+.2f}"


def report(points: Sequence[Point], *, shown: float, misses: int) -> Iterator[str]:
    """The curve, and more about the strength *shown*."""
    yield curve_table(points)
    for point in points:
        if point.strength != shown:
            continue
        for cut in CUTS:
            if point.of(cut):
                yield f"Strength {shown:g}, {TITLES[cut]}, strict, by kind and by pass:\n"
                yield kinds_table(point, cut)
                yield passes_table(point, cut)
        if misses and point.of("A"):
            yield f"Strength {shown:g}, half A: the {misses} misses that cost most\n"
            yield worst_misses(point, "A", misses)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="strength", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="session files or request bodies")
    parser.add_argument("--strengths", default=STRENGTHS, help="joined by commas")
    parser.add_argument("--offer", choices=("auto", "always", "never"), default="auto")
    parser.add_argument("--tuned-on", type=Path, metavar="FILE", help="names of half A")
    parser.add_argument("--shown", type=float, default=1.0, help="whose tables are printed")
    parser.add_argument("--kinds", action="store_true", help="and what each kind is worth")
    parser.add_argument("--misses", type=int, default=MISSES, metavar="N")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="an .svg or .html file")
    chosen = parser.parse_args(arguments)
    recorded = read_recorded(chosen.folder, chosen.tuned_on)
    counter = Counter.load()
    points = []
    for strength in sorted({float(one) for one in chosen.strengths.split(",")}):
        print(f"strength {strength:g} …", file=sys.stderr, flush=True)
        points.append(asyncio.run(measured(recorded, counter, strength, offer=chosen.offer)))
    print(*report(points, shown=chosen.shown, misses=chosen.misses), sep="\n", flush=True)
    for point in points:
        if chosen.kinds and point.strength == chosen.shown:
            print(without_each(recorded, counter, point, chosen.offer))
    if chosen.picture:
        draw = as_svg if chosen.picture.suffix == ".svg" else as_page
        chosen.picture.write_text(draw(points), encoding="utf-8")


if __name__ == "__main__":
    main()
