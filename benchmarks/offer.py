"""Measures what offering our tool costs recorded sessions, and whether the rule spares them that.

    python -m benchmarks.offer FOLDER

Replays the sessions in FOLDER with the tool offered never, always, and by the rule; first with
nothing left out, so that the tool is pure cost, then as the proxy does.  Writes Markdown to the
screen.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from headroom.api import Session as PlannedSession
from headroom.replay.bill import STANDARD
from headroom.replay.files import read_sessions, session_files
from headroom.replay.measure import SessionMeasure
from headroom.replay.offline import Offline
from headroom.replay.run import replay
from headroom.replay.session import Session
from headroom.tokens import Counter

Offer = Literal["never", "always", "auto"]

ROUNDING = 1e-9


async def measured(
    sessions: Sequence[Session], counter: Counter, *, offer: Offer, leaves_out: bool
) -> list[SessionMeasure]:
    """What each session's bill becomes."""
    way = Offline(
        lambda: PlannedSession(counter=counter, offer=offer, leaves_out=leaves_out),
        clock=time.perf_counter,
    )
    return [one async for one in replay(sessions, way, count=counter.count, turn_done=lambda: None)]


def row(offer: Offer, measures: Sequence[SessionMeasure], *, leaves_out: bool) -> str:
    """One line of the table."""
    direct = sum(one.direct.units(STANDARD) for one in measures)
    nets = [one.net(STANDARD) for one in measures]
    cells = [
        "as the proxy does" if leaves_out else "nothing",
        "by the rule" if offer == "auto" else offer,
        f"{sum(one.units(STANDARD) for one in measures) / direct:.4f}",
        f"{max(nets):.4f}",
        str(sum(net > 1 + ROUNDING for net in nets)),
        str(sum(one.busts for one in measures)),
    ]
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="offer", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="session files or request bodies")
    chosen = parser.parse_args(arguments)
    sessions = [one for file in session_files([chosen.folder]) for one in read_sessions(file)]
    counter = Counter.load()
    print(f"{len(sessions)} sessions\n")
    print("| left out | offered | bill | worst session | above 1.000 | busts |")
    print("|---|---|---:|---:|---:|---:|")
    offers: tuple[Offer, ...] = ("never", "always", "auto")
    for leaves_out in (False, True):
        for offer in offers:
            measuring = measured(sessions, counter, offer=offer, leaves_out=leaves_out)
            print(row(offer, asyncio.run(measuring), leaves_out=leaves_out), flush=True)


if __name__ == "__main__":
    main()
