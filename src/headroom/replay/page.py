"""The summary as one self-contained page: no script, no network, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from importlib import resources
from itertools import accumulate, zip_longest
from string import Template

from headroom.replay.bill import PRICINGS, STANDARD
from headroom.replay.chart import Curve, line_chart
from headroom.replay.measure import SessionMeasure
from headroom.replay.summary import Row, Summary, counted

MISSES_SHOWN = 100
SPAN_CHARACTERS = 160
SESSION_COLUMNS = (
    *("Session", "Model", "Turns", "Prompt tokens", "Net", "Dollars", "Kept"),
    *("Rewrites", "Busts"),
)


def as_page(summary: Summary, *, way: str) -> str:
    """The whole page; everything that comes from the sessions is escaped."""
    template = resources.files("headroom.replay").joinpath("page.html")
    return Template(template.read_text(encoding="utf-8")).substitute(
        lead=escape(_lead(summary)),
        subtitle=escape(
            f"{counted(len(summary.sessions), 'session')}, {counted(summary.turns, 'turn')}, "
            f"replayed {way}."
        ),
        tiles="".join(_tile(figure, name) for figure, name in _figures(summary)),
        curve=_curve(summary),
        kinds="".join(_bars(summary.kinds)),
        strategies=_strategies(summary),
        sessions=_sessions(summary),
        misses=_misses(summary),
        unpriced=escape(_unpriced(summary)),
    )


def _lead(summary: Summary) -> str:
    saved = 1 - summary.net(STANDARD)
    if summary.turns == 0:
        return "No turn was measured."
    if saved < 0.0005:
        return "Headroom would not have lowered this bill."
    if summary.dollars is None or not summary.dollars[0]:
        return f"Headroom would have saved {saved:.1%} of the bill."
    direct, forwarded = summary.dollars
    share = (direct - forwarded) / direct
    return f"Headroom would have saved ${direct - forwarded:,.2f} of ${direct:,.2f} ({share:.1%})."


def _figures(summary: Summary) -> Iterator[tuple[str, str]]:
    worst = summary.worst(STANDARD)
    yield f"{summary.net(STANDARD):.3f}", "net bill in tokens (1 is without Headroom)"
    yield f"{worst.net(STANDARD) if worst else 1:.3f}", "worst session"
    yield f"{summary.use_kept:.2%}", "of what is used later still visible"
    yield f"{summary.busts:,}", "cached prefixes broken"
    if summary.rewrites:
        yield f"{summary.rewrites:,}", "announced rewrites"
        yield f"{summary.rewrites_saved(STANDARD):,.0f}", "input tokens' worth saved by these"
    for pricing in PRICINGS[1:]:
        yield f"{summary.net(pricing):.3f}", f"net with {pricing.name}"
    yield f"{summary.overhead_ms(0.5):.1f} ms", "added per request (median)"
    if summary.errors:
        yield f"{summary.errors:,}", "turns with an error"


def _tile(figure: str, name: str) -> str:
    return f'<div class="tile"><b>{escape(figure)}</b><span>{escape(name)}</span></div>'


def _curve(summary: Summary) -> str:
    direct = _by_turn(
        [turn.direct.units(STANDARD) for turn in each.turns] for each in summary.sessions
    )
    after = _by_turn(
        [turn.forwarded.units(STANDARD) for turn in each.turns] for each in summary.sessions
    )
    return line_chart(
        (Curve("before", direct), Curve("after", after)),
        label="Bill of all sessions up to each turn, directly and through Headroom",
        across="turn of the session",
        up="bill in input tokens",
    )


def _by_turn(sessions: Iterable[list[float]]) -> tuple[float, ...]:
    """The bill of all sessions up to their first, second, third … turn."""
    turns = (sum(units) for units in zip_longest(*sessions, fillvalue=0.0))
    return (0.0, *accumulate(turns))


def _bars(rows: Iterable[Row]) -> Iterator[str]:
    shown = tuple(rows)
    largest = max((row.share.direct.units(STANDARD) for row in shown), default=0.0) or 1.0
    for row in shown:
        direct = row.share.direct.units(STANDARD)
        after = row.share.forwarded.units(STANDARD)
        tone = "worse" if after > direct else "after"
        yield (
            f"<dt>{escape(row.name)}</dt><dd>"
            f'<span class="bar before" style="width:{direct / largest:.2%}"></span>'
            f'<span class="bar {tone}" style="width:{after / largest:.2%}"></span>'
            f"{counted(row.share.blocks, 'block')}, "
            f"{row.share.before:,} → {row.share.after:,} tokens"
            f"{_row_money(row)}</dd>"
        )


def _row_money(row: Row) -> str:
    return f", ${row.dollars_saved:,.2f} saved" if row.dollars_direct else ""


def _strategies(summary: Summary) -> str:
    if not summary.strategies:
        return '<p class="quiet">Nothing was changed.</p>'
    return (
        '<p class="quiet">Only the blocks that each strategy changed.</p>'
        f'<dl class="bars">{"".join(_bars(summary.strategies))}</dl>'
    )


def _sessions(summary: Summary) -> str:
    ordered = sorted(summary.sessions, key=lambda each: -each.direct.units(STANDARD))
    return _table(SESSION_COLUMNS, (_session_cells(each) for each in ordered))


def _session_cells(session: SessionMeasure) -> tuple[str, ...]:
    direct, forwarded = session.dollars_direct, session.dollars_forwarded
    known = direct is not None and forwarded is not None
    return (
        session.name,
        session.model,
        f"{len(session.turns):,}",
        f"{session.direct.prompt:,}",
        f"{session.net(STANDARD):.3f}",
        f"{direct:,.2f} → {forwarded:,.2f}" if known else "price unknown",
        f"{session.use_kept:.3f}",
        f"{len(session.rewrites)}",
        f"{session.busts}",
    )


def _misses(summary: Summary) -> str:
    found = [(session, miss) for session in summary.sessions for miss in session.misses]
    if not found:
        return f'<p class="quiet">None of {summary.used:,}.</p>'
    rows = (
        (
            session.name,
            f"{miss.turn + 1}",
            miss.span[:SPAN_CHARACTERS],
            f"{miss.kind} of {miss.tool or 'a tool'}",
            miss.strategy or "nothing",
        )
        for session, miss in found[:MISSES_SHOWN]
    )
    more = len(found) - MISSES_SHOWN
    note = f'<p class="quiet">and {more:,} more</p>' if more > 0 else ""
    table = _table(("Session", "Turn", "What", "Result", "Changed by"), rows)
    return f'<div class="scroll">{table}</div>{note}'


def _table(names: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _unpriced(summary: Summary) -> str:
    if not summary.unpriced_models:
        return ""
    return f"No price is known for {', '.join(summary.unpriced_models)}: those are left out."
