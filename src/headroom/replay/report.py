"""The summary as text for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from headroom.outcome import Rewrite
from headroom.replay.bill import PRICINGS, STANDARD, Tokens
from headroom.replay.measure import SessionMeasure
from headroom.replay.summary import Row, Summary, counted
from headroom.replay.use import Miss

SESSIONS_SHOWN = 40
MISSES_SHOWN = 10


def as_text(summary: Summary, *, way: str) -> RenderableType:
    """The report for a terminal, the headline last, where the reader is looking."""
    parts: list[RenderableType] = [_sessions_table(summary)]
    parts.append(_rows_table("Kind of content", summary.kinds))
    if summary.strategies:
        parts.append(_rows_table("Strategy", summary.strategies))
    parts += [escape(line) for line in _problems(summary)]
    parts += [escape(line) for line in headline(summary, way=way)]
    return Group(*parts)


def headline(summary: Summary, *, way: str) -> Iterator[str]:
    """What a reader wants to know, in a few sentences."""
    worst = summary.worst(STANDARD)
    yield ""
    yield (
        f"{counted(len(summary.sessions), 'session')}, {counted(summary.turns, 'turn')}, "
        f"replayed {way}: "
        f"counted in tokens, the bill is {summary.net(STANDARD):.3f} of what it is without Headroom"
        f"{_money(summary)}."
    )
    if worst is not None:
        yield f"Worst session: {worst.net(STANDARD):.3f} ({worst.name})."
    others = ", ".join(f"{each.name} {summary.net(each):.3f}" for each in PRICINGS[1:])
    yield f"With {others}."
    yield (
        f"Prompt tokens: {summary.direct.prompt:,} directly, {summary.forwarded.prompt:,} "
        f"forwarded.  Cache prefixes broken by Headroom: {summary.busts}"
        f" (by the client itself: {summary.rewrites_by_client}){rewrites_told(summary)}."
    )
    yield (
        f"Still visible when it was used: {summary.kept:,} of {summary.used:,} spans "
        f"({summary.use_kept:.4f}); {counted(summary.penalties, 'tool result')} "
        "to be fetched again."
    )
    yield (
        f"Time per request: {summary.overhead_ms(0.5):.1f} ms (median), "
        f"{summary.overhead_ms(0.99):.1f} ms (99th percentile)."
    )
    if summary.unpriced_models:
        yield (f"Price unknown, so not in any dollar figure: {', '.join(summary.unpriced_models)}.")


def rewrites_told(summary: Summary) -> str:
    """What announced rewrites did to the bill, to go on a sentence; empty without any."""
    if not summary.rewrites:
        return ""
    saved = summary.rewrites_saved(STANDARD)
    verb = "saved" if saved >= 0 else "cost"
    return (
        f"; {counted(summary.rewrites, 'announced rewrite')} {verb} {abs(saved):,.0f} tokens' worth"
    )


def as_json(summary: Summary, *, way: str) -> dict[str, Any]:
    """Everything that was measured, as plain JSON values; dollars are decimal strings."""
    worst = summary.worst(STANDARD)
    dollars = summary.dollars
    return {
        "way": way,
        "total": {
            "sessions": len(summary.sessions),
            "turns": summary.turns,
            "net": {each.name: summary.net(each) for each in PRICINGS},
            "worst": None if worst is None else {"session": worst.name, "net": worst.net(STANDARD)},
            "busts": summary.busts,
            "rewrites": summary.rewrites,
            "rewrites_saved": {each.name: summary.rewrites_saved(each) for each in PRICINGS},
            "rewrites_by_client": summary.rewrites_by_client,
            "used": summary.used,
            "kept": summary.kept,
            "use_kept": summary.use_kept,
            "penalties": summary.penalties,
            "errors": summary.errors,
            "tokens": {
                "direct": _tokens(summary.direct),
                "forwarded": _tokens(summary.forwarded),
            },
            "dollars": None if dollars is None else _dollars(*dollars),
            "unpriced_models": list(summary.unpriced_models),
            "overhead_ms": {"p50": summary.overhead_ms(0.5), "p99": summary.overhead_ms(0.99)},
            "kinds": [_row(each) for each in summary.kinds],
            "strategies": [_row(each) for each in summary.strategies],
        },
        "sessions": [_session(each) for each in summary.sessions],
    }


def _session(session: SessionMeasure) -> dict[str, Any]:
    direct, forwarded = session.dollars_direct, session.dollars_forwarded
    return {
        "name": session.name,
        "dialect": session.dialect.format.name,
        "model": session.model,
        "turns": len(session.turns),
        "net": {each.name: session.net(each) for each in PRICINGS},
        "busts": session.busts,
        "rewrites": [_rewrite(each) for each in session.rewrites],
        "rewrites_saved": {each.name: session.rewrites_saved(each) for each in PRICINGS},
        "rewrites_by_client": session.rewrites_by_client,
        "used": session.used,
        "kept": session.kept,
        "use_kept": session.use_kept,
        "penalties": len(session.penalties),
        "tokens": {"direct": _tokens(session.direct), "forwarded": _tokens(session.forwarded)},
        "dollars": None if direct is None or forwarded is None else _dollars(direct, forwarded),
        "misses": [_miss(each) for each in session.misses],
        "errors": list(session.errors),
    }


def _rewrite(rewrite: Rewrite) -> dict[str, Any]:
    return {
        "occasion": rewrite.occasion,
        "tokens": rewrite.tokens,
        "turns": rewrite.turns,
        "gain_expected": rewrite.gain,
    }


def _miss(miss: Miss) -> dict[str, Any]:
    return {
        "turn": miss.turn + 1,
        "span": miss.span,
        "tool": miss.tool,
        "kind": miss.kind,
        "strategy": miss.strategy,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "blocks": row.share.blocks,
        "tokens_before": row.share.before,
        "tokens_after": row.share.after,
        "units_direct": row.share.direct.units(STANDARD),
        "units_saved": row.saved,
        "dollars": _dollars(row.dollars_direct, row.dollars_forwarded),
    }


def _tokens(tokens: Tokens) -> dict[str, int]:
    return {"read": tokens.read, "written": tokens.written, "output": tokens.output}


def _dollars(direct: Decimal, forwarded: Decimal) -> dict[str, str]:
    return {
        "direct": str(direct),
        "forwarded": str(forwarded),
        "saved": str(direct - forwarded),
    }


def _money(summary: Summary) -> str:
    dollars = summary.dollars
    if dollars is None:
        return ""
    direct, forwarded = dollars
    share = f", {forwarded / direct:.3f}" if direct else ""
    return f"; at each model's prices ${forwarded:,.2f} instead of ${direct:,.2f}{share}"


def _sessions_table(summary: Summary) -> Table:
    table = _table("Session", "Turns", "Tokens", "Net", "Dollars", "Kept", "Rewrites", "Busts")
    shown = sorted(summary.sessions, key=lambda each: -each.direct.units(STANDARD))
    for session in shown[:SESSIONS_SHOWN]:
        table.add_row(
            escape(session.name),
            f"{len(session.turns):,}",
            f"{session.direct.prompt:,}",
            f"{session.net(STANDARD):.3f}",
            _session_money(session),
            f"{session.use_kept:.3f}",
            str(len(session.rewrites)),
            str(session.busts),
        )
    if len(shown) > SESSIONS_SHOWN:
        table.caption = f"and {len(shown) - SESSIONS_SHOWN} smaller ones (all with --json)"
    return table


def _session_money(session: SessionMeasure) -> str:
    direct, forwarded = session.dollars_direct, session.dollars_forwarded
    if direct is None or forwarded is None:
        return "price unknown"
    return f"{direct:,.2f} → {forwarded:,.2f}"


def _rows_table(title: str, rows: Iterable[Row]) -> Table:
    table = _table(title, "Blocks", "Tokens", "after", "Bill before", "after", "Saved")
    for row in rows:
        table.add_row(
            escape(row.name),
            f"{row.share.blocks:,}",
            f"{row.share.before:,}",
            f"{row.share.after:,}",
            f"{row.share.direct.units(STANDARD):,.0f}",
            f"{row.share.forwarded.units(STANDARD):,.0f}",
            f"${row.dollars_saved:,.2f}",
        )
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _problems(summary: Summary) -> Iterator[str]:
    misses = [(session, miss) for session in summary.sessions for miss in session.misses]
    for session, miss in misses[:MISSES_SHOWN]:
        yield (
            f"Missed in {session.name}, turn {miss.turn + 1}: {miss.span[:80]!r} from the result "
            f"of {miss.tool or 'a tool'} ({miss.kind}), changed by {miss.strategy or 'nothing'}"
        )
    if len(misses) > MISSES_SHOWN:
        yield f"and {len(misses) - MISSES_SHOWN} further misses (all with --json)"
    errors = [(session, error) for session in summary.sessions for error in session.errors]
    for session, error in errors[:MISSES_SHOWN]:
        yield f"Error in {session.name}, {error}"
    if len(errors) > MISSES_SHOWN:
        yield f"and {len(errors) - MISSES_SHOWN} further errors (all with --json)"
