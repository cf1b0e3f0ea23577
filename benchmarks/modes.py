"""Measures both modes over recorded sessions: is any session ever dearer than sent directly?

    python -m benchmarks.modes FOLDER
    python -m benchmarks.modes FOLDER --markdown modes.md --originals

Every mode, with the provider's cache alive and lapsed between turns, at three read prices, with
and without thinking that is bound to its prefix.  The planner is told each cell's prices, and
time passes by its clock.  Writes Markdown to the screen.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bindings import Bindings, thinking_aloud
from benchmarks.report import table
from headroom.api import Session as PlannedSession
from headroom.economics import Costs
from headroom.pipeline.budget import Budget
from headroom.replay.bill import Pricing
from headroom.replay.dialects import AnthropicDialect
from headroom.replay.files import read_sessions, session_files
from headroom.replay.measure import Meter, SessionMeasure
from headroom.replay.offline import Offline
from headroom.replay.session import Session
from headroom.tokens import Counter

READ_PRICES = (0.1, 0.05, 0.025)
STEP_S, LAPSE_S = 20.0, 200_000.0
"""Between two turns: a tool call, and longer than any cache lives."""
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Cell:
    """One way to run: *rewrites* is `token` mode."""

    rewrites: bool
    lapsed: bool
    read: float
    bound: bool

    @property
    def pricing(self) -> Pricing:
        """What the provider bills."""
        return Pricing("cell", read=self.read, lapsed=self.lapsed)

    @property
    def names(self) -> list[str]:
        """As the first cells of a line."""
        return [
            "token" if self.rewrites else "cache",
            "lapsed" if self.lapsed else "alive",
            f"{self.read:g}",
            "bound" if self.bound else "none",
        ]


@dataclass(frozen=True, slots=True)
class Found:
    """One session in one cell."""

    measure: SessionMeasure
    bindings: int = 0
    broken: int = 0


def cells() -> Iterator[Cell]:
    """All of them; `cache` mode before the `token` mode that is compared with it."""
    for bound, lapsed, read in itertools.product((False, True), (False, True), READ_PRICES):
        for rewrites in (False, True):
            yield Cell(rewrites, lapsed, read, bound)


def marked(session: Session) -> Session:
    """The session with the cache mark that agents set, where their dialect needs one."""
    if session.dialect != AnthropicDialect():
        return session
    head = {**session.head, "cache_control": {"type": "ephemeral"}}
    return dataclasses.replace(session, head=head)


async def measured(session: Session, counter: Counter, cell: Cell) -> Found:
    """The session in this cell."""
    budget = Budget(costs=Costs(read=cell.read), rewrites=cell.rewrites)
    now = [0.0]
    way = Offline(
        lambda: PlannedSession(counter=counter, budget=budget, clock=lambda: now[0]),
        clock=time.perf_counter,
    )
    way.begin(session)
    meter = Meter(session, counter.count)
    bindings = Bindings(session, counter.count)
    for turn in session.turns():
        now[0] += LAPSE_S if cell.lapsed else STEP_S
        sent = await way.send(session, turn)
        meter.turn(turn, sent)
        if cell.bound:
            bindings.take(sent.body, turn.number, is_last=turn.number == session.turn_count - 1)
    return Found(meter.result(lambda _: None), bindings.checked, bindings.broken)


def row(cell: Cell, found: Sequence[Found], without: Sequence[Found]) -> list[str]:
    """One line; *without* are the same sessions in `cache` mode."""
    pricing = cell.pricing
    measures = [one.measure for one in found]
    direct = sum(one.direct.units(pricing) for one in measures)
    worst = max(measures, key=lambda one: one.net(pricing))
    used = sum(one.used for one in measures)
    rewritten = [
        (one.measure, other.measure)
        for one, other in zip(found, without, strict=True)
        if one.measure.rewrites
    ]
    gains = [other.units(pricing) - one.units(pricing) for one, other in rewritten]
    expected = sum(rewrite.gain for one, _ in rewritten for rewrite in one.rewrites)
    return [
        *cell.names,
        f"{sum(one.units(pricing) for one in measures) / direct:.4f}",
        f"{worst.net(pricing):.4f} ({worst.name})",
        str(sum(one.net(pricing) > 1 + ROUNDING for one in measures)),
        str(sum(one.busts for one in measures)),
        f"{sum(len(one.rewrites) for one in measures)}",
        f"{expected / direct:+.2%}" if rewritten else "–",
        f"{sum(gains) / direct:+.2%} ({sum(gain < 0 for gain in gains)})" if rewritten else "–",
        f"{sum(one.kept for one in measures) / max(used, 1):.4f}",
        f"{sum(one.broken for one in found)} of {sum(one.bindings for one in found)}"
        if cell.bound
        else "–",
    ]


HEADS = (
    *("mode", "cache", "read price", "thinking", "net bill", "worst session"),
    *("above 1.00", "busts", "rewrites", "gain announced"),
    *("gain by the bill (sessions it cost)", "use kept", "bindings broken"),
)


def matrix(sessions: Sequence[Session], counter: Counter) -> str:
    """All cells as a table."""
    rows: list[list[str]] = []
    without: list[Found] = []
    for cell in cells():
        chosen = [thinking_aloud(one) if cell.bound else one for one in map(marked, sessions)]
        found = [asyncio.run(measured(one, counter, cell)) for one in chosen]
        if not cell.rewrites:
            without = found
        rows.append(row(cell, found, without))
        print(" · ".join(rows[-1]), file=sys.stderr, flush=True)
    return table(HEADS, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="modes", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="session files or request bodies")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there too")
    chosen = parser.parse_args(arguments)
    sessions = [one for file in session_files([chosen.folder]) for one in read_sessions(file)]
    written = f"{len(sessions)} sessions\n\n{matrix(sessions, Counter.load())}"
    print(written)
    if chosen.markdown:
        chosen.markdown.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
