"""Figures to tables: what each subject adds to a direct call, and how that compares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Figures = dict[str, Any]


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99, the largest, and how many there were; empty when there were none."""
    if not values:
        return {}
    ordered = sorted(values)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return {
        "p50": at(0.50),
        "p95": at(0.95),
        "p99": at(0.99),
        "max": ordered[-1],
        "n": len(ordered),
    }


def one_line(cell: Figures) -> str:
    """One cell for the reader who waits."""
    shown = cell["event_gap_ms"] or cell["whole_ms"]
    if not shown:
        return f"nothing came back ({cell['error']})"
    spread = " / ".join(f"{shown[name]:.2f}" for name in ("p50", "p95", "p99"))
    troubles = f", {cell['errors']} errors ({cell['error']})" if cell["errors"] else ""
    late = f", {cell['late']} late" if cell["late"] > 1 else ""
    return (
        f"{spread} ms, {cell['per_second']:.0f}/s, {cell['cpu_ms']:.2f} ms CPU, "
        f"n={shown['n']:.0f}{late}{troubles}"
    )


_PREFACE = """\
{seconds_per_cell} s per cell, {minutes} min in all.  Added milliseconds are the subject's
quantile less the direct call's; ≥ means that most requests were not answered when time was up.
"""


def markdown(figures: Figures) -> str:
    """All tables."""
    found = {n: s for n, s in figures["subjects"].items() if "left_out" not in s}
    parts = [
        "# Overhead\n",
        _PREFACE.format(**figures),
        *(_cells(found, kind) for kind in ("cells", "streams")),
        _capacity(found),
        _ratios(found),
        _lag(found),
        _once(found),
        *(
            f"{name} left out: {subject['left_out']}\n"
            for name, subject in figures["subjects"].items()
            if "left_out" in subject
        ),
    ]
    return "\n".join(part for part in parts if part)


def _cells(found: Figures, kind: str) -> str:
    measured = "whole_ms" if kind == "cells" else "first_byte_ms"
    title = "Added time, p50 / p95 / p99 ms" if kind == "cells" else "Added time to first byte, ms"
    others = [name for name in found if name != "direct"]

    def row(index: int, cell: Figures) -> list[str]:
        direct = cell[measured]
        shown = [_added(found[name][kind][index], direct, measured) for name in others]
        return [_title(cell), _spread(direct), *shown]

    rows = [row(index, cell) for index, cell in enumerate(_first(found)[kind])]
    if "direct" not in found:
        rows = [[cells[0], *cells[2:]] for cells in rows]
    heads = ["body", *(["direct (whole)"] if "direct" in found else []), *others]
    return f"## {title}\n\n{table(heads, rows)}"


def _capacity(found: Figures) -> str:
    names = list(found)
    rows = [
        [
            _title(cell),
            *(_capacity_of(found[name]["cells"][index]) for name in names),
        ]
        for index, cell in enumerate(_first(found)["cells"])
    ]
    title = "## Requests per second · CPU ms per request (all processes of the subject)"
    return f"{title}\n\n{table(['body', *names], rows)}"


def _capacity_of(cell: Figures) -> str:
    return f"{cell['per_second']:.0f} · {cell['cpu_ms']:.2f}"


def _ratios(found: Figures) -> str:
    others = [name for name in found if name not in ("direct", "nginx")]
    if "nginx" not in found or not others:
        return ""

    def row(index: int, plain: Figures) -> list[str]:
        cells = (found[name]["cells"][index] for name in others)
        return [_title(plain), *(f"{_times(cell, plain)}" for cell in cells)]

    rows = [row(index, plain) for index, plain in enumerate(found["nginx"]["cells"])]
    return f"## As multiples of nginx: p50 · CPU\n\n{table(['body', *others], rows)}"


def _times(cell: Figures, plain: Figures) -> str:
    if not cell["whole_ms"] or not plain["whole_ms"]:
        return "–"
    slower = cell["whole_ms"]["p50"] / plain["whole_ms"]["p50"]
    return f"{slower:.1f} · {cell['cpu_ms'] / max(plain['cpu_ms'], 0.001):.1f}"


def _lag(found: Figures) -> str:
    def row(name: str) -> list[str]:
        cell = found[name]["lag"]
        gaps = cell["event_gap_ms"]
        return [name, _spread(gaps), f"{gaps['max']:.1f}" if gaps else "–"]

    title = (
        "## Gaps between the events of a paced stream (one each 5 ms) "
        "while another client sends fresh 1 MB bodies"
    )
    return f"{title}\n\n{table(['', 'p50 / p95 / p99 ms', 'max ms'], map(row, found))}"


def _once(found: Figures) -> str:
    columns: tuple[tuple[str, Callable[[Figures], str]], ...] = (
        ("start to ready", lambda s: f"{s['ready_s']:.2f} s"),
        ("memory (PSS) idle", lambda s: f"{s['memory_idle_mb']:.0f} MB"),
        ("after all cells", lambda s: f"{s['memory_after_mb']:.0f} MB"),
        ("installed", lambda s: f"{s['installed_mb']:.0f} MB" if "installed_mb" in s else "–"),
    )
    rows = [
        [name, *(show(subject) for _, show in columns)]
        for name, subject in found.items()
        if name != "direct"
    ]
    return f"## Once\n\n{table(['', *(title for title, _ in columns)], rows)}"


def _first(found: Figures) -> Figures:
    first: Figures = next(iter(found.values()))
    return first


def _title(cell: Figures) -> str:
    plural = "client" if cell["clients"] == 1 else "clients"
    return f"{cell['size']} {cell['kind']}, {cell['clients']} {plural}"


def _added(cell: Figures, direct: Figures, measured: str) -> str:
    values = cell[measured]
    if not values:
        return f"– ({cell['error'] or 'none ended'})"
    late = "≥ " if 2 * cell["late"] > values["n"] else ""
    less = direct or {"p50": 0.0, "p95": 0.0, "p99": 0.0}
    return late + " / ".join(_short(values[name] - less[name]) for name in ("p50", "p95", "p99"))


def _spread(values: Figures) -> str:
    return " / ".join(_short(values[name]) for name in ("p50", "p95", "p99")) if values else "–"


def _short(milliseconds: float) -> str:
    return f"{milliseconds:.2f}" if abs(milliseconds) < 10 else f"{milliseconds:.0f}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its first column to the left."""
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
