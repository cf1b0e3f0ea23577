"""Measures long sessions in windows that they outgrow: what leaves, and what that costs.

    python -m benchmarks.window FOLDER
    python -m benchmarks.window FOLDER --tuned-on NAMES.txt --windows 32000,64000 --half A

Sessions that outgrow a window, recorded ones and recordings of one agent joined into long ones
(for windows beyond what an agent's recordings fill, of one dialect), are sent through each
keeper of the window.  NAMES.txt names the files of half A; without it every other recording.
Writes Markdown to the screen.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.curve import Half, Recorded
from benchmarks.joined import joined
from benchmarks.modes import marked
from benchmarks.observing import ObservingReader
from benchmarks.report import table
from benchmarks.strength import read_recorded
from headroom.api import Session as PlannedSession
from headroom.conversation import Plan
from headroom.pipeline.budget import Budget
from headroom.replay.bill import STANDARD
from headroom.replay.dialects import AnthropicDialect
from headroom.replay.measure import Meter, Sent, SessionMeasure
from headroom.replay.segments import SegmentReader
from headroom.replay.session import Session
from headroom.tokens import Counter
from headroom.wire.document import Document
from tests.upstream.validate import problem_of

WINDOWS = "32000,64000,200000"
OUTGROWN = 1.25
"""A session is sent through a window if it is so much larger, as the client sends it."""
PARTED = 1.6
"""Joined sessions are not made longer than so many windows: they would be most of the sum."""

KEEPERS = {
    "all signs": Budget(),
    "all signs, nothing shortened first": Budget(shortens_first=False),
    "by place": Budget(by_many_signs=False),
    "oldest first": Budget(by_importance=False),
    "oldest first, nothing shortened first": Budget(by_importance=False, shortens_first=False),
}
WITHOUT = "(no window)"
HALVES: tuple[Half, ...] = ("A", "B")


@dataclass(slots=True)
class Row:
    """What happened to all sessions of one half in one window with one keeper."""

    requests: int = 0
    too_long: int = 0
    fitted: int = 0
    newest: int = 0
    rest: int = 0
    invalid: int = 0
    rewrites: int = 0
    used: int = 0
    kept: int = 0
    units: float = 0.0
    direct: float = 0.0
    worst: float = 0.0

    def add(self, other: Row) -> None:
        """Take in another session."""
        for name in self.__slots__:
            if name != "worst":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        self.worst = max(self.worst, other.worst)

    def measured(self, found: SessionMeasure) -> None:
        """Take in what its bill became."""
        self.used, self.kept = found.used, found.kept
        self.units, self.direct = found.units(STANDARD), found.direct.units(STANDARD)
        self.rewrites, self.worst = len(found.rewrites), found.net(STANDARD)

    @property
    def cells(self) -> list[str]:
        """As cells of a table."""
        apart = f"{self.requests / self.rewrites:.0f}" if self.rewrites else "–"
        return [
            f"{self.requests:,}",
            f"{self.too_long:,}",
            f"{self.fitted:,}",
            f"{self.newest:,}",
            f"{self.rest:,}",
            f"{self.invalid:,}",
            f"{self.kept / max(self.used, 1):.4f}",
            f"{self.rewrites} ({apart})",
            f"{self.units / max(self.direct, 1):.4f}",
            f"{self.worst:.4f}",
        ]


HEADS = (
    *("window", "half", "keeper", "requests", "too long", "made to fit", "not: newest turn"),
    *("not: else", "invalid", "use kept", "rewrites (requests each)", "net bill", "worst"),
)


def long_sessions(
    recorded: Sequence[Recorded], half: Half, window: int, counter: Counter
) -> list[Session]:
    """The sessions of one half that outgrow this window."""
    sizes = {one.session.name: _size(one.session, counter) for one in recorded}
    mine = [one.session for one in recorded if one.half == half]
    alone = [one for one in mine if sizes[one.name] > OUTGROWN * window]
    left = [one for one in mine if one not in alone]
    made = list(_joined(left, sizes, window, _agent))
    if not made and not alone:
        made = list(_joined(left, sizes, window, lambda session: session.dialect.format.name))
    return [marked(one) for one in (*alone, *made)]


def _agent(session: Session) -> str:
    return f"{session.name.partition('-')[0]} {session.dialect.format.name}"


def _joined(
    sessions: Sequence[Session], sizes: dict[str, int], window: int, group_of: Any
) -> Iterator[Session]:
    groups: dict[str, list[Session]] = {}
    for session in sessions:
        groups.setdefault(group_of(session), []).append(session)
    for name, members in groups.items():
        some: list[Session] = []
        for session in members:
            some.append(session)
            total = sum(sizes[one.name] for one in some)
            if total > PARTED * window:
                yield joined(f"{name} x{len(some)}", some)
                some = []
        if sum(sizes[one.name] for one in some) > OUTGROWN * window:
            yield joined(f"{name} x{len(some)}", some)


def _size(session: Session, counter: Counter) -> int:
    *_, last = session.turns()
    return SegmentReader(session.dialect, counter.count).read(last.body).tokens


def measured(session: Session, counter: Counter, budget: Budget) -> Row:
    """One session with one keeper; a budget without a window is sent as it is."""
    planner = PlannedSession(counter=counter, budget=budget)
    reader = ObservingReader(session.dialect, counter.count)
    meter = Meter(session, counter.count, reader=reader)
    row = Row()
    for turn in session.turns():
        forwarded = planner.forward(session.dialect.format.name, turn.body)
        plan = forwarded.plan
        edits = tuple((edit.path, edit.by) for edit in plan.edits)
        meter.turn(turn, Sent(forwarded.body, edits, plan.removals, plan.rewrite))
        row.requests += 1
        row.invalid += bool(problem(session, forwarded.body) and not problem(session, turn.body))
        most = budget.most_tokens
        if most and plan.tokens_before > most:
            row.too_long += 1
            _judge(row, session, plan, turn.body, counter, most)
    row.measured(meter.result(lambda _: None))
    return row


def _judge(
    row: Row, session: Session, plan: Plan, body: bytes, counter: Counter, most: int
) -> None:
    if plan.tokens_after <= most:
        row.fitted += 1
    elif _least(session, body, counter) > most:
        row.newest += 1
    else:
        row.rest += 1


def _least(session: Session, body: bytes, counter: Counter) -> int:
    """The tokens of what never leaves: tools, system, the task, and the newest turn."""
    conversation = session.dialect.format.read(Document.read(body))
    blocks = conversation.blocks
    stays = [block.text for block in blocks if block.turn in (0, blocks[-1].turn)]
    return sum(map(counter.count, (*conversation.fixed_text, *stays)))


def problem(session: Session, body: bytes) -> str:
    """What the provider would refuse in this body, empty if nothing."""
    # Recordings do not tell how long an answer might have been, which Anthropic wants to know.
    unsaid = {"max_tokens": 1} if session.dialect == AnthropicDialect() else {}
    return problem_of(session.dialect.format.name, {**unsaid, **json.loads(body)})


def budgets(window: int) -> dict[str, Budget]:
    """By name, all keepers of this window, and none."""
    found = {
        name: dataclasses.replace(chosen, most_tokens=window) for name, chosen in KEEPERS.items()
    }
    return {WITHOUT: Budget(), **found}


def rows(
    recorded: Sequence[Recorded], half: Half, window: int, counter: Counter
) -> Iterator[list[str]]:
    """The lines of one half in one window."""
    sessions = long_sessions(recorded, half, window, counter)
    names = ", ".join(one.name for one in sessions)
    print(f"window {window:,}, half {half}: {names}", file=sys.stderr, flush=True)
    for name, budget in budgets(window).items() if sessions else ():
        total = Row()
        started = time.perf_counter()
        for session in sessions:
            found = measured(session, counter, budget)
            print(f"  {session.name}: {' · '.join(found.cells)}", file=sys.stderr, flush=True)
            total.add(found)
        took = time.perf_counter() - started
        cells = [f"{window:,}", half, name, *total.cells]
        print(f"{' · '.join(cells)} ({took:.0f} s)", file=sys.stderr, flush=True)
        yield cells


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="window", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="session files or request bodies")
    parser.add_argument("--windows", default=WINDOWS, help="tokens, joined by commas")
    parser.add_argument("--tuned-on", type=Path, metavar="FILE", help="names of half A")
    parser.add_argument("--half", choices=HALVES, help="one half alone")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")
    chosen = parser.parse_args(arguments)
    recorded = read_recorded(chosen.folder, chosen.tuned_on)
    counter = Counter.load()
    found = [
        line
        for window in (int(one) for one in chosen.windows.split(","))
        for half in HALVES
        if chosen.half in (None, half)
        for line in rows(recorded, half, window, counter)
    ]
    written = table(HEADS, found)
    print(written)
    if chosen.markdown:
        chosen.markdown.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
