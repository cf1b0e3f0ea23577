"""What stays of each field in records that are cut down: the same for all records of a table.

Short fields stay, those first that say what a record is.  Long texts and what is nested share
the room that is left; what has too little of it leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from headroom.compressors.jsontree.marks import Marks
from headroom.compressors.jsontree.row_choice import fair_share
from headroom.compressors.jsontree.sizes import SHORTEST_TEXT, Sizes, is_table
from headroom.compressors.jsontree.text import Node, Object

SHORT = 80
"""Characters up to which a field is short, on average."""
WORTH_LOSING = 1.5
"""Times the room from which short fields leave: to lose one or two of them saves little."""
LEAST_TO_DIFFER, MOST_DIFFERING = 3, 2
"""Records from which a field may tell them apart, and how many such fields stay in any case."""
LEAST = 60
"""Characters of room below which a list or an object in a row leaves as a whole."""

IDENTITY = frozenset(
    f'"{name}"'
    for name in (
        *("id", "name", "full_name", "key", "title", "login", "number", "type", "kind"),
        *("url", "path", "status", "state", "code", "error", "errors", "message"),
        *("version", "count", "total", "subject", "summary", "text"),
    )
)
"""Fields that say what a record is and how it is."""


class Stays(Enum):
    """What stays of a field."""

    WHOLE = "all of it"
    CUT = "what has room"
    INSIDE = "what stays of its own fields"
    NOTE = "a note in its place"
    NOTHING = "nothing but its being counted"


@dataclass(frozen=True, slots=True)
class Field:
    """What stays of one field: in *room* characters a record, or by its own *fields*."""

    stays: Stays
    room: int = 0
    fields: dict[str, Field] | None = None


WHOLE, NOTHING = Field(Stays.WHOLE), Field(Stays.NOTHING)


@dataclass(slots=True)
class _Total:
    """The cells of one field, over all records."""

    cells: list[Node]
    size: int = 0

    def is_short(self) -> bool:
        """Whether it stays whole or not at all."""
        mean = self.size / (len(self.cells) + 1)
        return mean <= SHORT or (mean <= SHORTEST_TEXT and self.texts())

    def differs(self) -> bool:
        """Whether it tells the records apart: another text in each."""
        first = self.cells[0]
        return (
            len(set(self.cells)) == len(self.cells) >= LEAST_TO_DIFFER
            and isinstance(first, str)
            and first[0] == '"'
            and self.texts()
        )

    def texts(self) -> bool:
        return all(isinstance(cell, str) for cell in self.cells)

    def records(self) -> list[Object]:
        """Its cells if all that are anything are records, else none."""
        filled = [cell for cell in self.cells if cell != "null"]
        found = [cell for cell in filled if isinstance(cell, Object) and not is_table(cell)]
        return found if len(found) == len(filled) else []


@dataclass(frozen=True, slots=True)
class Fields:
    """Says what stays of the fields of records of one document."""

    sizes: Sizes
    marks: Marks

    def of(self, records: Sequence[Object], room: int, *, may_leave: bool) -> dict[str, Field]:
        """What stays of each field of these *records*, which have *room* characters together.

        *may_leave* says that nested values may leave as a whole.
        """
        totals: dict[str, _Total] = {}
        for record in records:
            cells = zip(record.keys, record.values, self.sizes.cells(record), strict=True)
            for key, value, size in cells:
                total = totals.setdefault(key, _Total([]))
                total.cells.append(value)
                total.size += size
        for key, total in totals.items():
            total.size += self._declared(key, total)
        if sum(total.size for total in totals.values()) <= room:
            return dict.fromkeys(totals, WHOLE)
        kept = {key: total for key, total in totals.items() if self.marks.keeps(key)}
        others = {key: total for key, total in totals.items() if key not in kept}
        left = max(room - sum(total.size for total in kept.values()), 0)
        fields = {**dict.fromkeys(kept, WHOLE), **self._short(others, left)}
        spent = sum(totals[key].size for key, one in fields.items() if one is WHOLE)
        long = {key: total for key, total in totals.items() if key not in fields}
        share = fair_share([total.size for total in long.values()], max(room - spent, 0))
        for key, total in long.items():
            fields[key] = self._long(total, share, may_leave=may_leave)
        return fields

    def _declared(self, key: str, total: _Total) -> int:
        """What the column takes for itself: its name, and its usual value once."""
        is_usual = total.size <= 2 * len(total.cells)
        return len(key) + (self.sizes.alone(total.cells[0]) if is_usual else 0)

    def _short(self, totals: dict[str, _Total], room: int) -> dict[str, Field]:
        """The fields that are not cut: all where there is room, else those that tell most."""
        short = [key for key, total in totals.items() if total.is_short()]
        if sum(totals[key].size for key in short) <= WORTH_LOSING * room:
            return dict.fromkeys(short, WHOLE)
        telling = {key for key in short if key.lower() in IDENTITY or self.marks.is_said(key)}
        telling.update(k for k in short if any(map(self.marks.holds_kept, totals[k].cells)))
        telling.update([key for key in short if totals[key].differs()][:MOST_DIFFERING])
        short.sort(key=lambda key: (key not in telling, _tells_little(key, totals[key])))
        fields: dict[str, Field] = {}
        spent = 0
        for key in short:
            stays = key in telling or spent + totals[key].size <= room
            spent += totals[key].size * stays
            fields[key] = WHOLE if stays else NOTHING
        return fields

    def _long(self, total: _Total, share: int, *, may_leave: bool) -> Field:
        if total.size <= share:
            return WHOLE
        room = share // len(total.cells)
        if total.texts():
            return Field(Stays.CUT, max(room, SHORTEST_TEXT))
        is_named = any(map(self.marks.names, total.cells))
        if may_leave and room < LEAST and not is_named:
            return Field(Stays.NOTE)
        records = total.records()
        if not records:
            return Field(Stays.CUT, max(room, LEAST))
        return Field(Stays.INSIDE, room, self.of(records, share, may_leave=True))


def _tells_little(key: str, total: _Total) -> bool:
    return key.endswith('_url"') or all(cell == "null" for cell in total.cells)
