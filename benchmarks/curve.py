"""One strength of reduction over many sessions: the bill and the use kept, by half and by kind.

Half A is what was looked at while building, half B what was held back.  Everything is measured
twice: as MEASURES has it, and with observations of agents without tools counted as results.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.report import table
from headroom.replay.bill import STANDARD
from headroom.replay.measure import SessionMeasure
from headroom.replay.session import Session
from headroom.replay.shares import Share, merged
from headroom.replay.use import Miss

Half = Literal["A", "B"]
Cut = Literal["A", "B", "all"]
CUTS: tuple[Cut, ...] = ("A", "B", "all")
TITLES: Mapping[Cut, str] = {"A": "half A", "B": "half B", "all": "all"}

OBSERVED = "an observation"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A session, and the half that it belongs to."""

    session: Session
    half: Half


@dataclass(frozen=True, slots=True)
class Measured:
    """One session at one strength, in the usual and in the stricter reading."""

    half: Half
    usual: SessionMeasure
    strict: SessionMeasure


@dataclass(frozen=True, slots=True)
class Point:
    """All sessions at one strength."""

    strength: float
    sessions: tuple[Measured, ...]

    def of(self, cut: Cut, *, strict: bool = False) -> tuple[SessionMeasure, ...]:
        """The measures of one half, or of all."""
        return tuple(
            one.strict if strict else one.usual for one in self.sessions if cut in ("all", one.half)
        )

    def net(self, cut: Cut, *, strict: bool = False) -> float:
        """The bill with penalties over the bill of the same sessions sent directly."""
        return net(self.of(cut, strict=strict))

    def kept(self, cut: Cut, *, strict: bool = False) -> float:
        """The share of what is used later that could still be seen."""
        sessions = self.of(cut, strict=strict)
        used = sum(one.used for one in sessions)
        return sum(one.kept for one in sessions) / used if used else 1.0


def net(sessions: Iterable[SessionMeasure]) -> float:
    """The bill of these sessions with penalties over the same sent directly."""
    found = list(sessions)
    direct = sum(one.direct.units(STANDARD) for one in found)
    return sum(one.units(STANDARD) for one in found) / direct if direct else 1.0


def curve_table(points: Sequence[Point]) -> str:
    """Net bill and use kept by strength and half."""
    heads = [
        "strength", "half", "net", "worst session", "busts", "used", "kept",
        "to be fetched", "strict: net", "used", "kept",
    ]  # fmt: skip
    rows = [
        [
            f"{point.strength:g}",
            TITLES[cut],
            f"{point.net(cut):.4f}",
            f"{max((one.net(STANDARD) for one in point.of(cut)), default=1.0):.4f}",
            str(sum(one.busts for one in point.of(cut))),
            *_use(point, cut),
            str(sum(len(one.penalties) for one in point.of(cut))),
            f"{point.net(cut, strict=True):.4f}",
            *_use(point, cut, strict=True),
        ]
        for point in points
        for cut in CUTS
        if point.of(cut)
    ]
    return table(heads, rows)


def _use(point: Point, cut: Cut, *, strict: bool = False) -> tuple[str, str]:
    used = sum(one.used for one in point.of(cut, strict=strict))
    return f"{used:,}", f"{point.kept(cut, strict=strict):.4f}"


def kinds_table(point: Point, cut: Cut) -> str:
    """By kind of content: tokens, points of the bill saved, and what misses cost again.

    Observations are under the kind that they look like, so the figures are the strict ones.
    """
    sessions = point.of(cut, strict=True)
    return _shares_table("kind", sessions, lambda one: one.kinds, lambda miss: miss.kind)


def passes_table(point: Point, cut: Cut) -> str:
    """By what changed a block: the same."""
    sessions = point.of(cut, strict=True)
    return _shares_table("changed by", sessions, lambda one: one.strategies, lambda m: m.strategy)


def _shares_table(
    title: str,
    sessions: Sequence[SessionMeasure],
    shares_of: Callable[[SessionMeasure], Mapping[str, Share]],
    name_of: Callable[[Miss], str],
) -> str:
    direct = sum(one.direct.units(STANDARD) for one in sessions) or 1.0
    lost_spans: Tally[str] = Tally()
    lost_units: Tally[str] = Tally()
    for one in sessions:
        for miss in one.misses:
            lost_spans[name_of(miss)] += 1
            lost_units[name_of(miss)] += round(_cost(miss))
    heads = [title, "blocks", "before", "after", "points saved", "misses", "points lost"]
    shares = merged(shares_of(one) for one in sessions)
    rows = [
        [
            name or "nothing",
            f"{share.blocks:,}",
            f"{share.before:,}",
            f"{share.after:,}",
            f"{100 * _saved(share) / direct:.2f}",
            str(lost_spans[name]),
            f"{100 * lost_units[name] / direct:.2f}",
        ]
        for name, share in {**dict.fromkeys(lost_spans, Share()), **shares}.items()
    ]
    return table(heads, rows)


def _saved(share: Share) -> float:
    return share.direct.units(STANDARD) - share.forwarded.units(STANDARD)


def worst_misses(point: Point, cut: Cut, count: int) -> str:
    """The misses that cost most, with their sessions, as a table."""
    found = sorted(_misses(point.of(cut, strict=True)), key=lambda pair: -_cost(pair[1]))
    heads = ["session", "turn", "what", "tool", "kind", "changed by", "units of penalty"]
    rows = [
        [
            session,
            str(miss.turn + 1),
            f"`{_plain(miss.span)}`",
            miss.tool or OBSERVED,
            miss.kind,
            miss.strategy or "nothing",
            f"{_cost(miss):,.0f}" if miss.penalty else "paid already",
        ]
        for session, miss in found[:count]
    ]
    return table(heads, rows)


def _misses(sessions: Iterable[SessionMeasure]) -> Iterator[tuple[str, Miss]]:
    return ((one.name, miss) for one in sessions for miss in one.misses)


def _cost(miss: Miss) -> float:
    return miss.penalty.units(STANDARD) if miss.penalty else 0.0


def _plain(span: str) -> str:
    shown = span.replace("|", "¦").replace("`", "'")
    return shown if len(shown) <= 100 else shown[:99] + "…"
