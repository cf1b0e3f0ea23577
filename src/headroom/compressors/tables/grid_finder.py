"""Finds the tables of a text, of whatever layout."""

from __future__ import annotations

import re
from collections.abc import Sequence

from headroom.compressors.base import Origin
from headroom.compressors.lines import glance
from headroom.compressors.tables import grid_columns, grid_delimited, grid_frames
from headroom.compressors.tables.grid import Cells, Grid, Layout

MOST_ATTEMPTS = 8
"""In one paragraph, so many lines may look like heads or rules without a table below: each
time the paragraph is read to its end."""

_DRAWN = re.compile(r"[-+|:= ─━┬┼┴┳╇╤╪┌┐└┘├┤┏┓┡┩]{3,8000}")
_STROKES = re.compile(r"--|==|──|━━|:-|-:|\|-")


def grids(text: str, lines: Sequence[str], origin: Origin) -> list[Grid]:
    """The tables of *text*, whose lines are given, in their order."""
    sample = glance(text).split("\n")
    if any(map(_may_begin, sample)):
        found = list(_drawn(lines))
        if found:
            return found
    whole = grid_delimited.find(lines, origin)
    return [whole] if whole is not None else []


def layout_named(spec: str, rows: Sequence[Cells]) -> Layout:
    """The layout that says this of itself, for a table of these rows.  Raises ValueError."""
    found: Layout | None = (
        grid_delimited.named(spec)
        or grid_frames.named(spec, rows)
        or grid_columns.named(spec, rows)
    )
    if found is None:
        raise ValueError(f"{spec!r} is no layout of a table")
    return found


def _drawn(lines: Sequence[str]) -> list[Grid]:
    """The tables that have borders or aligned columns."""
    found: list[Grid] = []
    at = attempts = end = 0
    while at < len(lines):
        line = lines[at]
        if not line:
            attempts = 0
        elif attempts < MOST_ATTEMPTS and _may_begin(line):
            grid = _at(lines, at)
            if grid is not None and grid.first >= end:
                found.append(grid)
                at = end = grid.first + grid.height
                attempts = 0
                continue
            attempts += 1
        at += 1
    return found


def _may_begin(line: str) -> bool:
    return _is_drawn(line) or grid_columns.may_be_heads(line)


def _is_drawn(line: str) -> bool:
    return _DRAWN.fullmatch(line) is not None and _STROKES.search(line) is not None


def _at(lines: Sequence[str], at: int) -> Grid | None:
    if not _is_drawn(lines[at]):
        return grid_columns.find(lines, at)
    grid = grid_frames.find(lines, at)
    if grid is None and grid_columns.is_ruled(lines[at]):
        grid = grid_columns.find_ruled(lines, at)
    return grid
