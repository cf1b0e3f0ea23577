"""Tables as `table_writer` writes them, read back into the JSON tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from headroom.compressors.json_notes import SHOWN_NOTE
from headroom.compressors.json_style import Style
from headroom.compressors.json_text import DEPTH, DEPTH_EMBEDDED, Array, Node, Object
from headroom.compressors.shapes import ABSENT, EXTENDED
from headroom.compressors.spelling import (
    BLOCK,
    ENDS,
    EXTENDS,
    FLOW,
    LINE,
    NAME,
    NAMED,
    QUOTED,
    ROW,
    Speller,
)

_LABEL = re.compile(r"([&*])([0-9]+)")
_SHAPE_NAME = re.compile(r"#([\w.]++)")
_CHILD = re.compile(r"\(#([\w.]++)\)")
_DECLARATION = re.compile(r"#([\w.]++)=(?=\()")
_EMBEDDED = re.compile(r"!(json\[[\w =:]*+\]) ")
_ITEMS = re.compile(r"\[[0-9]++ items\n")
_LISTS = re.compile(r"\[[0-9]++ lists(?=\n)")
_ROW_LABEL = re.compile(r"([&*])([0-9]++): ?")
_ROWS = re.compile(r"\[[0-9]++ rows(?=[#(])")


@dataclass(frozen=True, slots=True)
class _Column:
    key: str
    positional: bool
    text: bool
    default: Node
    shape: str
    base: str = ""
    suffix: str = ""


class _Shape:
    """Columns, and what a row of them needs to be read."""

    def __init__(self, columns: list[_Column]) -> None:
        self.defaults = {column.key: column.default for column in columns}
        self.positional = [column for column in columns if column.positional]
        self.named = {column.key: column for column in columns if not column.positional}
        self.extended = [column for column in columns if column.default == EXTENDED]


def read_table(text: str, style: Style) -> Node:
    """The tree that *text* was written from.  Raises ValueError where it is no table."""
    return _Reader(text, style).read()


class _Reader:
    def __init__(self, text: str, style: Style) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._speller = Speller(style)
        self._labelled: dict[str, tuple[Node, str]] = {}
        """What a label stands for, and its shape if it is an object that has one."""
        self._shapes: dict[str, _Shape] = {}

    def read(self) -> Node:
        """The tree of the whole text."""
        while match := self._match(_DECLARATION):
            self._columns(match[1])
            self._take("\n")
        node = self._value(LINE, "")[0]
        if self._at != len(self._text):
            raise self._wrong("the end")
        return node

    def _wrong(self, expected: str) -> ValueError:
        return ValueError(f"not a table of ours: no {expected} at character {self._at}")

    def _take(self, token: str) -> None:
        if not self._text.startswith(token, self._at):
            raise self._wrong(repr(token))
        self._at += len(token)

    def _try(self, token: str) -> bool:
        found = self._text.startswith(token, self._at)
        if found:
            self._at += len(token)
        return found

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._at)
        if match:
            self._at = match.end()
        return match

    def _key(self) -> str:
        match = self._match(QUOTED) or self._match(NAME)
        if match is None:
            raise self._wrong("key")
        return self._key_of(match[0])

    def _key_of(self, spelled: str) -> str:
        return self._quoted(spelled)

    def _quoted(self, spelled: str) -> str:
        return self._speller.read(spelled if spelled[0] == '"' else f'"{spelled}"')

    def _columns(self, name: str) -> None:
        """Read `(column,…)` as the shape *name*."""
        self._take("(")
        columns: list[_Column] = []
        while True:
            positional = not self._try(".")
            key = self._key()
            text = self._try(":str")
            shape = self._child(f"{name}/{len(columns)}")
            columns.append(_Column(key, positional, text, "" if positional else ABSENT, shape))
            if match := self._match(EXTENDS):
                base, suffix = self._key_of(match[1]), self._key_of(match[2])
                columns[-1] = replace(columns[-1], default=EXTENDED, base=base, suffix=suffix)
            elif self._try("="):
                default: Node = '""'
                if self._text[self._at : self._at + 1] not in (",", ")"):
                    default = self._cell(FLOW, columns[-1])
                columns[-1] = replace(columns[-1], default=default)
            if self._try(")"):
                break
            self._take(",")
        self._shapes[name] = _Shape(columns)

    def _child(self, name: str) -> str:
        if match := self._match(_CHILD):
            return match[1]
        if self._text.startswith("(", self._at):
            self._columns(name)
            return name
        return ""

    def _value(self, place: int, expected: str, *, text: bool = False) -> tuple[Node, str]:
        """The value that begins here, and the shape to expect of the next one beside it."""
        label = ""
        first = self._text[self._at : self._at + 1]
        match = self._match(_LABEL) if first in ("&", "*") else None
        if match:
            if match[1] == "*":
                node, shape = self._known(match[2])
                return node, shape or expected
            label = match[2]
            self._take(" ")
            first = self._text[self._at : self._at + 1]
        shape = ""
        if first in ("#", "("):
            match = self._match(_SHAPE_NAME)
            shape = expected = match[1] if match else expected
            node = self._object(expected)
        elif first == "[" and place == LINE and (match := self._match(SHOWN_NOTE)):
            node = self._quoted(match[0])
        elif first == "[":
            node = self._array(expected)
        elif first == "{":
            node = self._members()
        elif first == "!" and (match := self._match(_EMBEDDED)):
            self._enter()
            node = Object((match[1],), (self._value(place, expected)[0],))
            self._depth -= 1
        else:
            node = self._scalar(place, text=text)
        if label:
            self._labelled[label] = node, shape
        return node, expected

    def _scalar(self, place: int, *, text: bool) -> str:
        match = None
        if self._text.startswith('"', self._at):
            if self._text.startswith(BLOCK + "\n", self._at):
                return self._block()
            match = self._match(QUOTED)
        match = match or self._match(ENDS[place])
        if match is None or not match[0]:
            raise self._wrong("value")
        return self._speller.read(match[0], text=text)

    def _block(self) -> str:
        begin = self._at + len(BLOCK) + 1
        end = self._text.find("\n" + BLOCK, begin - 1)
        if end < begin:
            raise self._wrong(f"closing {BLOCK}")
        self._at = end + 1 + len(BLOCK)
        return self._speller.read_block(self._text[begin:end])

    def _known(self, label: str) -> tuple[Node, str]:
        known = self._labelled.get(label)
        if known is None:
            raise self._wrong(f"&{label} before *{label}")
        return known

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > DEPTH + DEPTH_EMBEDDED + 1:
            raise self._wrong("shallower nesting")

    def _object(self, shape: str) -> Object:
        self._enter()
        self._take("(")
        row = self._row(shape, FLOW, ")")
        self._take(")")
        self._depth -= 1
        return row

    def _members(self) -> Object:
        self._enter()
        self._take("{")
        place, separator, closing = FLOW, ",", "}"
        if self._try("\n"):
            place, separator, closing = LINE, "\n", "\n}"
        keys: list[str] = []
        values: list[Node] = []
        expected = ""
        while not self._try(closing):
            if keys:
                self._take(separator)
            keys.append(self._key())
            self._take(":")
            value, expected = self._value(place, expected)
            values.append(value)
        self._depth -= 1
        return Object(tuple(keys), tuple(values))

    def _array(self, expected: str) -> Array:
        self._enter()
        if self._match(_ITEMS):
            items = self._items(LINE, "\n", "\n]", expected)
        elif self._match(_LISTS):
            items = self._lists()
        elif self._match(_ROWS):
            match = self._match(_SHAPE_NAME)
            expected = match[1] if match else f"@{self._at}"
            if not match:
                self._columns(expected)
            items = self._rows(expected)
        elif self._text.startswith("[\n", self._at):
            self._at += 1
            items = self._rows(expected)
        else:
            self._take("[")
            items = self._items(FLOW, ",", "]", expected)
        self._depth -= 1
        return Array(tuple(items))

    def _items(self, place: int, separator: str, closing: str, expected: str) -> list[Node]:
        items: list[Node] = []
        while not self._try(closing):
            if items:
                self._take(separator)
            item, expected = self._value(place, expected)
            items.append(item)
        return items

    def _lists(self) -> list[Node]:
        items: list[Node] = []
        while not self._try("\n]"):
            self._take("\n")
            if note := self._match(SHOWN_NOTE):
                items.append(self._quoted(note[0]))
                continue
            match = self._match(_ROW_LABEL)
            if match and match[1] == "*":
                items.append(self._known(match[2])[0])
                continue
            cells: list[Node] = []
            while not cells or self._try(","):
                blank = self._text[self._at : self._at + 1] in (",", "\n")
                cells.append('""' if blank else self._value(ROW, "")[0])
            items.append(Array(tuple(cells)))
            if match:
                self._labelled[match[2]] = items[-1], ""
        return items

    def _rows(self, shape: str) -> list[Node]:
        items: list[Node] = []
        while not self._try("\n]"):
            self._take("\n")
            note = self._match(SHOWN_NOTE)
            items.append(self._quoted(note[0]) if note else self._labelled_row(shape))
        return items

    def _labelled_row(self, shape: str) -> Node:
        match = self._match(_ROW_LABEL)
        if match and match[1] == "*":
            return self._known(match[2])[0]
        row = self._row(shape, ROW, "\n")
        if match:
            self._labelled[match[2]] = row, shape
        return row

    def _row(self, shape: str, place: int, end: str) -> Object:
        known = self._shapes.get(shape)
        if known is None:
            raise self._wrong(f"shape {shape!r}")
        cells = known.defaults.copy()
        waiting = iter(known.positional)
        text = self._text
        while not text.startswith(end, self._at):
            match = self._match(NAMED) if text.startswith(".", self._at) else None
            column = known.named.get(self._key_of(match[1])) if match else next(waiting, None)
            if column is None:
                raise self._wrong("such column")
            if text[self._at : self._at + 1] not in (",", end):
                cells[column.key] = self._cell(place, column)
            if not self._try(","):
                break
        for column in known.extended:
            if cells[column.key] == EXTENDED:
                base = cells.get(column.base)
                if not isinstance(base, str):
                    raise self._wrong(f"text in {column.base}")
                cells[column.key] = f"{base[:-1]}{column.suffix[1:]}"
        filled = [(key, value or '""') for key, value in cells.items() if value != ABSENT]
        return Object(tuple(key for key, _ in filled), tuple(value for _, value in filled))

    def _cell(self, place: int, column: _Column) -> Node:
        if self._text.startswith("~", self._at):
            self._at += 1
            return ABSENT
        return self._value(place, column.shape, text=column.text)[0]
