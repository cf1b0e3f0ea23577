"""A JSON document cut down to so many characters: the parts share the room among them.

What is small stays whole; the large share what is left.  Long arrays and objects with very
many members lose elements, long texts lose sentences, and deep inside, whole lists and
objects leave.  What the task touches stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import is_

from headroom.compressors.jsontree.long_text import shortened
from headroom.compressors.jsontree.marks import Marks
from headroom.compressors.jsontree.needs import Needs
from headroom.compressors.jsontree.notes import note
from headroom.compressors.jsontree.record_fields import NOTHING, SHORT, WHOLE, Field, Fields, Stays
from headroom.compressors.jsontree.row_choice import Room, fair_share
from headroom.compressors.jsontree.row_columns import plain_name
from headroom.compressors.jsontree.rows import Choice, Rows, place, unit_of
from headroom.compressors.jsontree.sizes import NOTE, Sizes, is_grid, is_table
from headroom.compressors.jsontree.style import Style, unescaped
from headroom.compressors.jsontree.text import Array, Node, Object

DEEP = 5
"""Levels from which lists and objects may leave as a whole; what stands in a row is as deep."""
LEAST_INSIDE = 240
"""Characters that each list and object has which is not so deep inside."""
MUST_ROOM, URGENT_TIMES = 1.4, 5.0
"""Times the room that rows which must stay may take, and urgent ones."""
URGENT_ROOM = 200
"""Characters more, deep inside, for failures and what the task calls by its name."""
WHOLE_ROOM = 1.0
"""Times the room that a part which was asked for may take."""
TEXT_ROOM = 3
"""Times the room for one long text outside of rows: who asks for a document wants to read it.
Of five articles of 1 600 tokens in recorded sessions that were cut to 700, a word that was used
later left two; that costs more than it saves (2026-11)."""
TOLD_INSIDE = 20
"""Elements from which a note inside tells what they were."""
LONGEST_NAMES = 120
MAIN_SHARE = 0.5
"""The share of a document that its main table has: what it lost is told in the marker."""


@dataclass(slots=True)
class Tally:
    """What left a document."""

    gone: Counter[str] = field(default_factory=Counter)
    """How many units of each kind."""
    of: Counter[str] = field(default_factory=Counter)
    """How many there were where any left."""
    parts: int = 0
    """Lists and objects that left as a whole."""
    texts: int = 0
    """Long texts that lost something."""
    told: str = ""
    """Of the elements that left the main table."""
    kept: dict[Node, Sequence[int]] = field(default_factory=dict)
    """For each new array or object with fewer elements, which of the old ones it has."""


class Cut:
    """Cuts one document."""

    def __init__(
        self,
        sizes: Sizes,
        style: Style,
        marks: Marks,
        wanted: frozenset[str],
        *,
        size: int,
        room: int,
    ) -> None:
        """Made for a document of this *size*, for which there is so much *room*."""
        self.tally = Tally()
        self._sizes = sizes
        self._style = style
        self._marks = marks
        self._wanted = wanted
        self._needs = Needs(sizes, marks, int(WHOLE_ROOM * room))
        self._fields = Fields(sizes, marks)
        self._text_room = TEXT_ROOM * room
        self._choice = Choice(sizes, marks, self._needs, wanted)
        self._main = int(MAIN_SHARE * size)
        self._done: dict[Node, Node] = {}

    def fit(self, node: Node, room: int, depth: int = 0) -> Node:
        """*node* with what has *room*, in characters of a table, where it stands so deep."""
        size = self._sizes.of(node)
        if size <= room or size <= SHORT:
            return node
        known = self._done.get(node)
        if known is None:
            known = self._done[node] = self._fit(node, room, depth)
        return known

    def _fit(self, node: Node, room: int, depth: int) -> Node:
        if isinstance(node, Object) and is_table(node):
            return self._wide(node, self._inside(node, room, depth), depth)
        if self._marks.asked(node):
            room = max(room, self._needs.of(node))
            if room >= self._sizes.of(node):
                return node
        if isinstance(node, str):
            return self._text(node, room if depth >= DEEP else max(room, self._text_room))
        room = self._inside(node, room, depth)
        if isinstance(node, Object):
            return next(self._records([node], room, depth))
        if is_table(node):
            return self._table(node, room, depth)
        records = [item for item in node.items if isinstance(item, Object)]
        if len(records) == len(node.items):
            return Array(tuple(self._records(records, room, depth + 1)))
        share = self._share(node.items, room)
        return Array(tuple(self.fit(item, share, depth + 1) for item in node.items))

    def _inside(self, node: Array | Object, room: int, depth: int) -> int:
        """The room that a list or an object has at least where it stands so deep."""
        if depth >= DEEP:
            return room
        return max(room, LEAST_INSIDE, self._sizes.least(node) * isinstance(node, Array))

    def _share(self, parts: Sequence[Node], room: int) -> int:
        """How much room each part has that was not asked for."""
        asked = [part for part in parts if self._marks.asked(part)]
        others = [self._sizes.of(part) for part in parts if not self._marks.asked(part)]
        return fair_share(others, max(room - sum(map(self._needs.of, asked)), 0))

    def _text(self, node: str, room: int) -> str:
        text = unescaped(self._style.show(node[1:-1])) if node[0] == '"' else None
        if text is None:
            return node
        cut = shortened(text, room, self._marks.rare, self._marks.tells_of_failure)
        if len(cut) >= len(text):
            return node
        self.tally.texts += 1
        return self._style.spelled(cut)

    def _records(self, records: Sequence[Object], room: int, depth: int) -> Iterator[Node]:
        """These records with what has room, the same of all but those that were asked for.

        They stand *depth* deep.
        """
        meant = {record for record in records if self._needs.is_meant(record)}
        others = [record for record in records if record not in meant]
        room -= sum(map(self._needs.of, meant))
        fields = self._fields.of(others, max(room, 0), may_leave=depth + 1 >= DEEP)
        for record in records:
            yield record if record in meant else self._record(record, fields, depth)

    def _record(self, record: Object, fields: Mapping[str, Field], depth: int) -> Node:
        keys: list[str] = []
        values: list[Node] = []
        kept: list[int] = []
        for number, (key, value) in enumerate(zip(record.keys, record.values, strict=True)):
            field = fields[key]
            if field is NOTHING and not self._is_urgent(value):
                continue
            keys.append(key)
            values.append(self._value(value, field, depth + 1))
            kept.append(number)
        gone = len(record.keys) - len(kept)
        if not gone and all(map(is_, values, record.values)):
            return record
        if gone:
            keys.append(self._style.spelled("…"))
            values.append(self._note(f"{gone} members left out"))
        new = Object(tuple(keys), tuple(values))
        return self._lost(new, kept, len(record.keys), "members")

    def _value(self, value: Node, field: Field, depth: int) -> Node:
        if field is WHOLE or field is NOTHING:
            return value
        if self._is_urgent(value):
            return self.fit(value, max(field.room, LEAST_INSIDE), depth)
        if isinstance(value, str):
            return self.fit(value, field.room, depth)
        if field.stays is Stays.NOTE:
            return value if self._sizes.of(value) <= NOTE else self._left_out(value)
        if field.fields is not None and isinstance(value, Object):
            return self._record(value, field.fields, depth)
        return self.fit(value, field.room, depth)

    def _is_urgent(self, value: Node) -> bool:
        """Whether it was asked for, or tells of a failure."""
        return self._marks.asked(value) or self._marks.fails(value)

    def _left_out(self, node: Array | Object) -> str:
        self.tally.parts += 1
        if isinstance(node, Array):
            return self._note(f"{len(node.items)} items left out")
        return self._note(f"{len(node.keys)} members left out")

    def _table(self, node: Array, room: int, depth: int) -> Node:
        rows = self._rows(node.items, (), room, depth)
        unit = unit_of(node.items)
        largest, told = self._told(node, rows)
        fitted = self._fitted(node.items, rows, room, depth)
        items: list[Node] = []
        for first, last in _runs(rows):
            if first in rows.rooms:
                items += islice(fitted, last + 1 - first)
                continue
            said = f"{place(unit, first, last)} left out"
            items.append(self._note(said + told if first == largest else said))
        return self._lost(Array(tuple(items)), rows.kept, rows.of, unit)

    def _wide(self, node: Object, room: int, depth: int) -> Node:
        rows = self._rows(node.values, node.keys, room, depth)
        largest, told = self._told(node, rows)
        fitted = self._fitted(node.values, rows, room, depth)
        keys: list[str] = []
        values: list[Node] = []
        for first, last in _runs(rows):
            if first in rows.rooms:
                stay = node.keys[first : last + 1]
                whole = node.values[first : last + 1]
                cut = islice(fitted, last + 1 - first)
                keys += stay
                values += (
                    one if self._marks.keeps(key) else new
                    for key, one, new in zip(stay, whole, cut, strict=True)
                )
                continue
            said = f"members left out: {_names(node.keys[first : last + 1])}"
            keys.append(self._style.spelled(f"… {first + 1}-{last + 1}"))
            values.append(self._note(said + told if first == largest else said))
        return self._lost(Object(tuple(keys), tuple(values)), rows.kept, rows.of, "members")

    def _rows(self, items: Sequence[Node], names: Sequence[str], room: int, depth: int) -> Rows:
        if depth >= DEEP:
            return self._choice.rows(items, names, Room(room, room, room + URGENT_ROOM))
        must, urgent = int(MUST_ROOM * room), int(URGENT_TIMES * room)
        return self._choice.rows(items, names, Room(room, must, urgent))

    def _fitted(self, items: Sequence[Node], rows: Rows, room: int, depth: int) -> Iterator[Node]:
        """The rows that stay, one after the other, with what has room of each."""
        kept = [items[number] for number in rows.kept]
        inside = max(depth + 1, DEEP - 1)
        if is_grid(kept):
            return iter(kept)
        records = [item for item in kept if isinstance(item, Object)]
        if len(records) == len(kept):
            return self._records(records, max(room, rows.size), inside)
        return (self.fit(items[number], rows.rooms[number], inside) for number in rows.kept)

    def _told(self, node: Array | Object, rows: Rows) -> tuple[int, str]:
        """What to say of the rows that leave, and the gap in which to say it, if in any."""
        values = node.values if isinstance(node, Object) else ()
        if rows.gone < TOLD_INSIDE or any(isinstance(value, str) for value in values):
            return -1, ""
        told = rows.told(self._wanted)
        is_main = self._sizes.of(node) >= self._main and not rows.are_scalars
        if is_main and not self.tally.told:
            self.tally.told = told
            return -1, ""
        first, _ = max(rows.gaps(), key=lambda gap: gap[1] - gap[0])
        return first, f": {told}" if told else ""

    def _lost(self, new: Node, kept: Sequence[int], of: int, unit: str) -> Node:
        if len(kept) < of:
            self.tally.gone[unit] += of - len(kept)
            self.tally.of[unit] += of
            self.tally.kept[new] = kept
        return new

    def _note(self, said: str) -> str:
        return self._style.spelled(note(said))


def _runs(rows: Rows) -> Iterator[tuple[int, int]]:
    """The runs of rows that stay and of rows that leave, in their order."""
    for _, run in groupby(range(rows.of), key=rows.rooms.__contains__):
        numbers = list(run)
        yield numbers[0], numbers[-1]


def _names(keys: Sequence[str]) -> str:
    plain = [plain_name(key) for key in keys]
    if len(", ".join(plain)) <= LONGEST_NAMES:
        return ", ".join(plain)
    return f"{plain[0]} to {plain[-1]}"
