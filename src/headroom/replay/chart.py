"""A line chart as SVG, drawn by hand: its colours come from the page's style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 720
HEIGHT = 300
LEFT = 64
BOTTOM = 56
TOP = 12
RIGHT = 24
POINTS_DRAWN = 400


@dataclass(frozen=True, slots=True)
class Curve:
    """One line; *tone* is the class that gives its colour."""

    tone: str
    values: Sequence[float]


def line_chart(curves: Sequence[Curve], *, label: str, across: str, up: str) -> str:
    """The curves over 0, 1, 2 …, with a few round numbers on either axis."""
    last = max((len(curve.values) - 1 for curve in curves), default=0) or 1
    top = max((max(curve.values, default=0.0) for curve in curves), default=0.0) or 1.0
    return "".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">',
            *_grid(top),
            *_turns(last),
            *(_line(curve, last, top) for curve in curves),
            f'<text x="{LEFT}" y="{HEIGHT - 4}">{escape(across)}; {escape(up)}</text>',
            "</svg>",
        ]
    )


def round_steps(top: float, count: int) -> Iterator[float]:
    """About *count* round numbers from 0 to *top*."""
    raw = max(top / count, 1e-9)
    size = 10.0 ** (len(str(int(raw))) - 1) if raw >= 1 else 1.0
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw)
    value = 0.0
    while value <= top:
        yield value
        value += step


def short(value: float) -> str:
    """1.2M, 340k, 17."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def _grid(top: float) -> Iterator[str]:
    for value in round_steps(top, 5):
        y = _y(value, top)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{short(value)}</text>'


def _turns(last: int) -> Iterator[str]:
    for value in round_steps(last, 6):
        yield (
            f'<text x="{_x(value, last):.1f}" y="{HEIGHT - BOTTOM + 22}" '
            f'text-anchor="middle">{short(value)}</text>'
        )


def _line(curve: Curve, last: int, top: float) -> str:
    stride = max(1, len(curve.values) // POINTS_DRAWN)
    kept = [*range(0, len(curve.values), stride)]
    if kept and kept[-1] != len(curve.values) - 1:
        kept.append(len(curve.values) - 1)
    points = " ".join(f"{_x(at, last):.1f},{_y(curve.values[at], top):.1f}" for at in kept)
    return f'<polyline class="curve {escape(curve.tone)}" points="{points}"/>'


def _x(value: float, last: int) -> float:
    return LEFT + value / last * (WIDTH - LEFT - RIGHT)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP)
