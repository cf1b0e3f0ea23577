"""Long tables of JSON, cut down to the rows that tell something; the rest is named.

The rows that stay are as they were, in their order; the sentence for the marker says which
ones they are and how many there were of each kind among those that left.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from headroom.compressors.base import Ask, Reduced
from headroom.compressors.json_documents import Document, documents, largest_table
from headroom.compressors.json_style import render
from headroom.compressors.json_text import Array, Node, Object
from headroom.compressors.telling_rows import kinds, telling

FEWEST_ROWS = 30
LARGEST_SHARE_KEPT = 0.6
SMALLEST_SHARE_OF_DOCUMENT = 0.5
MOST_KINDS = 5
MOST_FIELDS_TOLD = 3
LONGEST_VALUE_TOLD = 24
LONGEST_RANGES = 300

_UNTOLD = re.compile(r"[\[\]\n\r]")


class RowSample:
    """Arrays of objects, alone or inside another document or text, and NDJSON."""

    name = "row_sample"
    kind = "records"
    strategy = "smart_crusher"
    tools = frozenset({"mcp", "query", "sql", "database", "graphql", "http", "api", "records"})

    usual_tokens = 600
    # No table of the recorded sessions was long enough to lose rows: a guess, on the safe side.
    asked_back = 0.1

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """*text* with the rows that tell something, or None when no table is long enough."""
        found = max(documents(text), key=lambda one: one.length, default=None)
        if found is None or found.length < SMALLEST_SHARE_OF_DOCUMENT * len(text):
            return None
        table = largest_table(found.root)
        if table is None or len(table.items) < FEWEST_ROWS:
            return None
        if _written_length(table, found) < found.length / 2:
            return None
        kept = telling(table.items, ask.words)
        if len(kept) > LARGEST_SHARE_KEPT * len(table.items):
            return None
        shorter = Array(tuple(row for i, row in enumerate(table.items) if i in kept))
        written = _written(_with(found.root, table, shorter), found)
        rows = len(table.items)
        told = _told(table.items, sorted(kept))
        before, after = text[: found.start] + written, text[found.end :]
        lines = _gone_lines(text, found, table, kept)
        return Reduced(before, rows - len(kept), rows, "rows", told, after, lines)


def _with(root: Node, table: Array, shorter: Array) -> Node:
    if isinstance(root, Object):
        values = tuple(shorter if value is table else value for value in root.values)
        return Object(root.keys, values)
    return shorter


def _written(root: Node, document: Document) -> str:
    if document.lines and isinstance(root, Array):
        return "\n".join(render(row, document.style) for row in root.items)
    return render(root, document.style)


def _written_length(table: Array, document: Document) -> int:
    if document.root is table:
        return document.length
    return len(render(table, document.style))


def _gone_lines(
    text: str, document: Document, table: Array, kept: Collection[int]
) -> tuple[tuple[int, int], ...]:
    """On which lines the rows stand that are not kept; empty where all stand on one."""
    if not document.lines and not document.style.newline:
        return ()
    line = text.count("\n", 0, document.start) + 1
    if not document.lines:
        line += _lines_before(document.root, table, document)
    runs: list[tuple[int, int]] = []
    for number, row in enumerate(table.items):
        height = 1 if document.lines else render(row, document.style).count("\n") + 1
        if number not in kept:
            joined = runs.pop()[0] if runs and runs[-1][1] == line - 1 else line
            runs.append((joined, line + height - 1))
        line += height
    return tuple(runs)


def _lines_before(root: Node, table: Array, document: Document) -> int:
    """How many lines of the document stand before the first row of its table."""
    if not isinstance(root, Object):
        return 1
    at = next(number for number, value in enumerate(root.values) if value is table)
    members = render(Object(root.keys[:at], root.values[:at]), document.style)
    return max(members.count("\n"), 1) + 1


def _told(rows: Sequence[Node], kept: Sequence[int]) -> str:
    """` (level: INFO 400, DEBUG 88), kept are rows 1-10, 57, 526-530`."""
    stay = set(kept)
    told = "; ".join(_kinds_told([row for index, row in enumerate(rows) if index not in stay]))
    ranges = _ranges([index + 1 for index in kept])
    which = f", kept are rows {ranges}" if len(ranges) <= LONGEST_RANGES else ""
    return f"{f' ({told})' if told else ''}{which}"


def _kinds_told(rows: Sequence[Node]) -> Iterator[str]:
    sorting = kinds(rows, most=MOST_KINDS)
    for field, values in list(sorting.items())[:MOST_FIELDS_TOLD]:
        counted = ", ".join(
            f"{_plain(value)} {count}"
            for value, count in sorted(values.items(), key=lambda each: -each[1])
        )
        yield f"{_plain(field)}: {counted}"


def _plain(spelled: str) -> str:
    plain = _UNTOLD.sub("", spelled).replace('"', "")
    return plain if len(plain) <= LONGEST_VALUE_TOLD else plain[: LONGEST_VALUE_TOLD - 1] + "…"


def _ranges(numbers: Sequence[int]) -> str:
    """`1-10, 57, 526-530`."""
    pieces: list[str] = []
    start = previous = numbers[0]
    for number in [*numbers[1:], 0]:
        if number == previous + 1:
            previous = number
            continue
        pieces.append(str(start) if start == previous else f"{start}-{previous}")
        start = previous = number
    return ", ".join(pieces)
