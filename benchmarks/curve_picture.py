"""The curve as a picture: the bill from left to right, the use kept from below to above."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.curve import CUTS, TITLES, Cut, Point

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 72, 96, 34, 58
GOAL_NET, GOAL_KEPT = 0.83, 0.985
"""The least that is asked for (MEASURES 1 and 2, over recorded sessions)."""
DEFAULT_STRENGTH = 1.0

_STYLE = """
svg { color-scheme: light dark; }
svg text { fill: #4b5563; }
.paper { fill: #fbfaf7; } .grid { stroke: #e2e0d9; }
.goal { stroke: #8a8f98; stroke-dasharray: 2 4; }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round; } .strict { stroke-dasharray: 6 5; }
.A { stroke: #b45309; fill: #b45309; } .B { stroke: #4338ca; fill: #4338ca; }
.all { stroke: #14746f; fill: #14746f; }
text.A, text.B, text.all { stroke: none; font-weight: 600; } .line { fill: none !important; }
circle.usual { fill: #fbfaf7; stroke-width: 2; } .number { font-size: 11px; }
@media (prefers-color-scheme: dark) {
  svg text { fill: #b6bcc6; } .paper { fill: #14171c; } .grid { stroke: #303640; }
  .A { stroke: #fbbf24; fill: #fbbf24; } .B { stroke: #a5b4fc; fill: #a5b4fc; }
  .all { stroke: #45c4b5; fill: #45c4b5; } circle.usual { fill: #14171c; }
}
"""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Strength of reduction</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>body {{ margin: 2rem auto; max-width: 60rem; padding: 0 1rem; font: 15px/1.5 system-ui,
sans-serif; }} table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .3rem .8rem; text-align: right; border-bottom: 1px solid #8884; }}</style></head>
<body><h1>Net bill against use kept, by strength of reduction</h1>
{picture}
<p>To the upper left is better. Dashed: what agents without tools are told as user text counts as
a tool's result too.</p>
<table><thead><tr><th>strength</th>{heads}</tr></thead><tbody>{rows}</tbody></table>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class _Scale:
    """From values to places in the picture."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def steps(self) -> Iterator[float]:
        """Round numbers, four to nine of them."""
        size = next(
            one for one in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 10.0)
            if (self.high - self.low) / one <= 9
        )  # fmt: skip
        first = -int(-self.low // size)
        for number in range(first, int(self.high / size) + 1):
            yield number * size


def as_page(points: Sequence[Point]) -> str:
    """One page with the picture and its figures; no script, no network."""
    heads = "".join(f"<th>{TITLES[cut]}: net · kept · strict</th>" for cut in CUTS)
    rows = "".join(
        f"<tr><td>{point.strength:g}</td>{''.join(f'<td>{_cell(point, cut)}</td>' for cut in CUTS)}"
        "</tr>"
        for point in points
    )
    return _PAGE.format(picture=as_svg(points), heads=heads, rows=rows)


def _cell(point: Point, cut: Cut) -> str:
    if not point.of(cut):
        return "–"
    strict = f"{point.net(cut, strict=True):.3f} · {point.kept(cut, strict=True):.4f}"
    return f"{point.net(cut):.3f} · {point.kept(cut):.4f} · {strict}"


def as_svg(points: Sequence[Point]) -> str:
    """The picture alone, with its colours inside."""
    across = _scale([point.net(cut) for point in points for cut in CUTS] + [GOAL_NET], 0.01)
    kept = [point.kept(cut, strict=s) for point in points for cut in CUTS for s in (False, True)]
    up = _scale([*kept, GOAL_KEPT, 1.0], 0.002)
    across = _Scale(across.low, across.high, LEFT, WIDTH - RIGHT)
    up = _Scale(up.low, min(up.high, 1.0005), HEIGHT - BOTTOM, TOP)
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" ',
            'font-family="system-ui, sans-serif" font-size="13" ',
            'aria-label="Net bill against use kept, by strength of reduction">',
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
            *_axes(across, up),
            *(_line(points, cut, across, up) for cut in CUTS if points and points[0].of(cut)),
            "</svg>\n",
        ]
    )


def _scale(values: Sequence[float], margin: float) -> _Scale:
    return _Scale(min(values) - margin, max(values) + margin, 0.0, 1.0)


def _axes(across: _Scale, up: _Scale) -> Iterator[str]:
    low, high = HEIGHT - BOTTOM, WIDTH - RIGHT
    for value in across.steps():
        x = across(value)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{low}"/>'
        yield f'<text x="{x:.1f}" y="{low + 20}" text-anchor="middle">{value:.2f}</text>'
    for value in up.steps():
        y = up(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{high}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.3f}</text>'
    x, y = across(GOAL_NET), up(GOAL_KEPT)
    yield f'<line class="goal" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{low}"/>'
    yield f'<line class="goal" x1="{LEFT}" x2="{high}" y1="{y:.1f}" y2="{y:.1f}"/>'
    yield f'<text x="{LEFT}" y="{HEIGHT - 14}">net bill (1 is without Headroom)</text>'
    yield f'<text x="{LEFT - 60}" y="{TOP - 12}">use kept</text>'
    yield (
        f'<text x="{high}" y="{TOP - 12}" text-anchor="end">'
        "filled: the default; dashed: observations are results too</text>"
    )
    yield (
        f'<text x="{high}" y="{HEIGHT - 14}" text-anchor="end">'
        f"dotted: at least asked for, {GOAL_NET} and {GOAL_KEPT}</text>"
    )


def _line(points: Sequence[Point], cut: Cut, across: _Scale, up: _Scale) -> str:
    def places(*, strict: bool) -> list[tuple[float, float]]:
        nets = (across(one.net(cut, strict=strict)) for one in points)
        return list(zip(nets, (up(one.kept(cut, strict=strict)) for one in points), strict=True))

    usual = places(strict=False)
    parts = [_drawn(f"{cut} strict", places(strict=True)), _drawn(cut, usual)]
    for one, (x, y) in zip(points, usual, strict=True):
        tone, size = (cut, 5) if one.strength == DEFAULT_STRENGTH else (f"{cut} usual", 4)
        parts.append(f'<circle class="{tone}" cx="{x:.1f}" cy="{y:.1f}" r="{size}"/>')
        told = f"{one.strength:g}"
        # Numbers of the upper line above, of the lower ones below: lines lie close together.
        down = -8 if cut == "B" else 17
        parts.append(f'<text class="number" x="{x + 4:.1f}" y="{y + down:.1f}">{told}</text>')
    # Strength 0 changes least and is the farthest right; there the name of the line stands.
    x, y = usual[0]
    right, down = (18, -8) if cut == "B" else (9, 4)
    parts.append(f'<text class="{cut}" x="{x + right:.1f}" y="{y + down:.1f}">{TITLES[cut]}</text>')
    return "".join(parts)


def _drawn(tone: str, places: Sequence[tuple[float, float]]) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline class="line {tone}" points="{points}"/>'
