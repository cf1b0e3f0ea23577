"""Measures proxies as their users start them, ours and the original's versions, in both modes.

    python -m benchmarks.originals FOLDER
    python -m benchmarks.originals FOLDER --every 3 --markdown originals.md
    python -m benchmarks.originals FOLDER --window 32000 --tuned-on NAMES.txt

Every recorded session goes over HTTP through each proxy to a scripted provider on this machine,
each proxy with a home of its own.  With a window, every model is said to hold so much, and the
sessions are those of `benchmarks.window`.  Writes Markdown to the screen.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import peers, subjects
from benchmarks.modes import ROUNDING, marked
from benchmarks.observing import ObservingReader
from benchmarks.report import table
from benchmarks.strength import read_recorded
from benchmarks.subjects import Subject, free_port, running
from benchmarks.window import HALVES, long_sessions, problem
from headroom.replay.bill import CHEAP_READ, LAPSED, STANDARD
from headroom.replay.measure import Meter, SessionMeasure
from headroom.replay.segments import SegmentReader
from headroom.replay.session import Session
from headroom.replay.through import Through
from headroom.replay.upstream import ScriptedUpstream
from headroom.tokens import Counter

MODES = ("token", "cache")
OURS = "ours"


@dataclass(frozen=True, slots=True)
class Passed:
    """One session through one proxy."""

    measure: SessionMeasure
    too_long: int = 0
    fitted: int = 0
    invalid: int = 0


def limits(sessions: Sequence[Session], window: int) -> str:
    """HEADROOM_MODEL_LIMITS by which every model of these holds so much."""
    held = {one.model: window for one in sessions}
    return json.dumps({name: {"context_limits": held} for name in ("anthropic", "openai")})


def subject(name: str, mode: str, port: int, upstream: int, folder: Path, more: str) -> Subject:
    """The proxy of this name in this mode; *more* are the limits of models, if any."""
    if name == OURS:
        found = subjects.ours(port, upstream)
    else:
        found = subjects.original(peers.python_of(name, folder), name, port, upstream)
    environ = dict(found.environ)
    if more:
        environ["HEADROOM_MODEL_LIMITS"] = more
    return dataclasses.replace(
        found, command=(*found.command, "--mode", mode), environ=tuple(environ.items())
    )


async def passed(
    sessions: Sequence[Session], name: str, mode: str, folder: Path, counter: Counter, window: int
) -> list[Passed]:
    """All sessions through this proxy."""
    more = limits(sessions, window) if window else ""
    async with AsyncExitStack() as parts:
        home = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="headroom-modes-")))
        upstream = await parts.enter_async_context(ScriptedUpstream())
        port = free_port()
        chosen = subject(name, mode, port, int(upstream.url.rpartition(":")[2]), folder, more)
        # In a thread: while it starts it may ask its provider for something.
        await asyncio.to_thread(parts.enter_context, running(chosen, port, home))
        url = f"http://127.0.0.1:{port}"
        way = await parts.enter_async_context(Through(url, upstream, counter.count))
        await way.check([one.dialect for one in sessions])
        return [await _passed(one, way, counter, window) for one in sessions]


async def _passed(session: Session, way: Through, counter: Counter, window: int) -> Passed:
    way.begin(session)
    meter = Meter(session, counter.count, reader=ObservingReader(session.dialect, counter.count))
    reader = SegmentReader(session.dialect, counter.count)
    too_long = fitted = invalid = 0
    for turn in session.turns():
        sent = await way.send(session, turn)
        meter.turn(turn, sent)
        if sent.failed:
            continue
        invalid += bool(problem(session, sent.body) and not problem(session, turn.body))
        if window and reader.read(turn.body).tokens > window:
            too_long += 1
            fitted += reader.read(sent.body).tokens <= window
    print(".", end="", file=sys.stderr, flush=True)
    return Passed(meter.result(lambda _: None), too_long, fitted, invalid)


HEADS = (
    *("proxy", "mode", "net bill", "read price 0.05", "lapsed", "worst session", "above 1.00"),
    *("busts", "announced rewrites", "use kept", "invalid", "refused", "too long", "made to fit"),
)


def row(name: str, mode: str, found: Sequence[Passed]) -> list[str]:
    """One line."""
    measures = [one.measure for one in found]
    worst = max(measures, key=lambda one: one.net(STANDARD))
    used = sum(one.used for one in measures)
    nets = [
        sum(one.units(pricing) for one in measures)
        / max(sum(one.direct.units(pricing) for one in measures), 1)
        for pricing in (STANDARD, CHEAP_READ, LAPSED)
    ]
    return [
        name,
        mode,
        *(f"{net:.4f}" for net in nets),
        f"{worst.net(STANDARD):.4f} ({worst.name})",
        str(sum(one.net(STANDARD) > 1 + ROUNDING for one in measures)),
        str(sum(one.busts for one in measures)),
        str(sum(len(one.rewrites) for one in measures)),
        f"{sum(one.kept for one in measures) / max(used, 1):.4f}",
        str(sum(one.invalid for one in found)),
        str(sum(len(one.errors) for one in measures)),
        str(sum(one.too_long for one in found)),
        str(sum(one.fitted for one in found)),
    ]


def rows(
    sessions: Sequence[Session], names: Sequence[str], folder: Path, counter: Counter, window: int
) -> Iterator[list[str]]:
    """A line for each proxy and mode."""
    for name in names:
        for mode in MODES:
            found = asyncio.run(passed(sessions, name, mode, folder, counter, window))
            line = row(name, mode, found)
            print("\n" + " · ".join(line), file=sys.stderr, flush=True)
            yield line


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    names: Mapping[str, str] = {OURS: "", **peers.VERSIONS}
    parser = argparse.ArgumentParser(prog="originals", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="session files or request bodies")
    parser.add_argument("--only", default=",".join(names), help="proxies, joined by commas")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="each Nth session alone")
    parser.add_argument("--window", type=int, default=0, metavar="TOKENS")
    parser.add_argument("--tuned-on", type=Path, metavar="FILE", help="names of half A")
    parser.add_argument("--peers-folder", type=Path, default=peers.FOLDER)
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")
    chosen = parser.parse_args(arguments)
    counter = Counter.load()
    recorded = read_recorded(chosen.folder, chosen.tuned_on)
    sessions = [marked(one.session) for one in recorded]
    if chosen.window:
        halves = (long_sessions(recorded, half, chosen.window, counter) for half in HALVES)
        sessions = [one for half in halves for one in half]
    sessions = sessions[:: chosen.every]
    asked = [name for name in names if name in chosen.only.split(",")]
    found = list(rows(sessions, asked, chosen.peers_folder, counter, chosen.window))
    turns = sum(one.turn_count for one in sessions)
    written = f"{len(sessions)} sessions, {turns:,} turns\n\n{table(HEADS, found)}"
    print(written)
    if chosen.markdown:
        chosen.markdown.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
