"""What of parsed code may be left out, in the order in which it stands there."""

from __future__ import annotations

from collections.abc import Sequence

from headroom.compressors.syntax.bodies import Bodies
from headroom.compressors.syntax.comments import Comments
from headroom.compressors.syntax.parts import Part
from headroom.compressors.syntax.rows import Rows
from headroom.compressors.syntax.tree import Parsed

SMALLEST_PART = 200
"""Characters; a smaller one is hardly more than the line that names the gap."""


def outline(code: Parsed, lines: Sequence[str], *, longest: int) -> tuple[Part, ...]:
    """The parts of the code in these *lines* that may be left out, in their order.

    A body of more than *longest* characters is several parts, if it can be taken apart.
    """
    found = code.captures()
    rows = Rows(code, lines)
    bodies = Bodies(code.grammar, rows, lines, found, longest=longest)
    comments = Comments(code.grammar, rows, lines, found)
    parts = (*bodies.parts(), *comments.parts())
    ordered: list[Part] = []
    for part in sorted(parts, key=lambda part: (part.first, -part.last)):
        is_here = 0 <= part.first <= part.last < rows.count
        is_inside = ordered and part.first <= ordered[-1].last
        if is_here and not is_inside and rows.size(part.first, part.last) >= SMALLEST_PART:
            ordered.append(part)
    return tuple(ordered)
