"""What kind of output a text is: the tool that gave it, and the shape of what it says.

For JSON the names of the fields that most of its records have; for all else the tool, and of
a shell the programs that ran, of a file how its name ends.  Linear in the text, and of records
only so many are looked at.  Names that are values themselves (the keys of a map) are not taken.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from headroom.compressors.base import Origin
from headroom.compressors.jsontree.finder import find_documents
from headroom.hints import Shape
from headroom.pipeline.command_line import program_names

SIGNATURE_CHARACTERS = 24

MOST_RECORDS = 64
"""Records that are looked at, of however many."""
MOST_FIELDS = 96
"""Names that one shape has, nested ones included."""
LONGEST_NAME = 64
"""A longer key is no name but content."""
DEEPEST = 4
"""Levels of lists and objects in which records are looked for, and fields of a record."""
MANY_MEMBERS = 32
"""Members from which an object is a map: its keys name rows, not fields."""
ODD_SHARE = 4
"""It is one if more than one in so many of them is an id, a path, an address or a date."""
FEWEST_ALIKE = 3
"""Members that are objects with the same fields: from so many on they are rows."""
USUAL_SHARE = 0.5
"""The share of records that have a field which belongs to the shape."""
SEARCHED_CHARACTERS = 262_144
"""Of a longer text only the beginning is looked at: about 2 ms."""
INSIDE_CHARACTERS = 32_768
"""Of a text that is no document, in which one may stand."""
MOST_PROGRAMS = 4

_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}$")
_WORD = re.compile(r"[^\W_]{1,64}")
_PARTS = re.compile(r"[A-Z]{2,64}(?![a-z])|[A-Z]?[a-z]{1,64}|[0-9]{1,64}|[^\W_a-zA-Z0-9]{1,64}")
_DATA = re.compile(r"[0-9]{4}|[@/:\n]|^[0-9a-f-]{0,64}[0-9][0-9a-f-]{0,64}$")
"""In a key: what names of fields do not have, and ids, paths, addresses, and dates do."""
_FIRST_LIST = re.compile(r"\[\s{0,20}\{")

Record = Mapping[str, Any]


def shape_of(text: str, origin: Origin) -> Shape:
    """The shape of what this text says, told by the tool that gave it."""
    records = list(islice(records_of(text), MOST_RECORDS))
    fields = _fields(records)
    if not fields:
        return Shape(_signature(origin.tool, "text", _source(origin)), origin.tool, "text")
    usual = _usual(records)
    return Shape(_signature(origin.tool, "records", usual), origin.tool, "records", fields)


def asked_fields(query: str, names: Sequence[str]) -> tuple[str, ...]:
    """Which of these fields a query names: as they are spelled, or their words in a row."""
    said = query.lower()
    words = f" {' '.join(_WORD.findall(said))} "
    return tuple(name for name in names if _is_named(name, said, words))


def fields_of(text: str) -> tuple[str, ...]:
    """The names of the fields in this text's records, none twice."""
    records = list(islice(records_of(text), MOST_RECORDS))
    return tuple(name for name, _ in _fields(records))


def records_of(text: str) -> Iterator[Record]:
    """The records in the JSON of a text: of its longest list, else the object that it is."""
    for value in _values(text):
        rows = _rows(value)
        if rows:
            yield from rows
            return


def _values(text: str) -> Iterator[Any]:
    """The text as JSON; else its lines, if they are; else the longest document inside it."""
    is_document = text.lstrip()[:1] in ("{", "[")
    if len(text) > SEARCHED_CHARACTERS:
        text = text[:SEARCHED_CHARACTERS]
        if is_document:
            yield _first_rows(text)
    elif is_document:
        yield _decoded(text)
    if is_document:
        lines = text.strip().split("\n", MOST_RECORDS)[:MOST_RECORDS]
        yield [line for line in map(_decoded, lines) if line is not None]
    elif "{" not in text:
        return
    if len(text) > INSIDE_CHARACTERS:
        text = text[:INSIDE_CHARACTERS]
        yield _first_rows(text)
    first, last = max(find_documents(text), key=lambda place: place[1] - place[0], default=(0, 0))
    yield _decoded(text[first:last])


def _first_rows(text: str) -> Sequence[Any]:
    """The rows with which the first list of objects begins, in a text that is cut off."""
    start = _FIRST_LIST.search(text)
    if start is None:
        return ()
    inside = text[start.start() + 1 :]
    return [_decoded(inside[a:b]) for a, b in islice(find_documents(inside), MOST_RECORDS)]


def _decoded(text: str) -> Any:
    """The value of this JSON, or None when it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def _rows(value: Any) -> list[Record]:
    """The records of the longest list of them, not too deep inside; else the object itself."""
    best: list[Record] = []
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        node, depth = waiting.pop()
        members = _members(node)
        records: list[Record] = [one for one in members if isinstance(one, dict)]
        is_rows = isinstance(node, list) or _is_map(node)
        if is_rows and 2 * len(records) > len(members) and len(records) > len(best):
            best = records
        if depth < DEEPEST and not (is_rows and records):
            waiting += ((one, depth + 1) for one in members if isinstance(one, list | dict))
    if best:
        return best
    return [value] if isinstance(value, dict) and not _is_map(value) else []


def _members(node: Any) -> Sequence[Any]:
    values = node.values() if isinstance(node, dict) else node
    return list(islice(values, MOST_RECORDS)) if isinstance(node, list | dict) else ()


def _is_map(node: Any) -> bool:
    """Whether the keys of this object are values: names of rows, not of fields."""
    if not isinstance(node, dict):
        return False
    if len(node) > MANY_MEMBERS and ODD_SHARE * sum(map(_is_data, node)) > len(node):
        return True
    members = list(islice(node.values(), MOST_RECORDS))
    records = [one for one in members if isinstance(one, dict)]
    alike = [one for one in records if one.keys() == records[0].keys()]
    return len(alike) >= FEWEST_ALIKE and 2 * len(alike) > len(members)


def _is_data(key: str) -> bool:
    return len(key) > LONGEST_NAME or not key or bool(_DATA.search(key))


def _fields(records: Sequence[Record]) -> tuple[tuple[str, str], ...]:
    """The names in these records, nested ones behind those that hold them, with their kinds."""
    found: dict[str, str] = {}
    level: list[Record] = list(records)
    for _ in range(DEEPEST):
        inside: list[Record] = []
        for record in level:
            for key, value in islice(record.items(), MOST_FIELDS):
                if _is_data(key) or (key not in found and len(found) >= MOST_FIELDS):
                    continue
                if found.get(key, "null") == "null":
                    found[key] = _kind(value)
                inside += _inner(value, MOST_RECORDS - len(inside))
        level = inside
    return tuple(found.items())


def _inner(value: Any, most: int) -> Sequence[Record]:
    """The records in a value of a record, unless its keys are values."""
    if most <= 0 or _is_map(value):
        return ()
    if isinstance(value, dict):
        return (value,)
    items = islice(value, most) if isinstance(value, list) else ()
    return [one for one in items if isinstance(one, dict)]


def _usual(records: Sequence[Record]) -> str:
    """The names that most records have, and whether a list or an object stands there.

    Not more of the kind: what is null today is a text tomorrow, and a field may be missing.
    """
    counts: Counter[str] = Counter()
    kinds: dict[str, str] = {}
    for record in records:
        for key, value in islice(record.items(), MOST_FIELDS):
            if _is_data(key):
                continue
            counts[key] += 1
            kind = _kind(value)
            if kind in ("list", "object"):
                kinds[key] = kind
    usual = sorted(key for key, count in counts.items() if count >= USUAL_SHARE * len(records))
    return "\n".join(f"{key} {kinds.get(key, '')}" for key in usual)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"


def _source(origin: Origin) -> str:
    """What tells one kind of text of a tool from another: programs that ran, the file's ending."""
    if origin.command:
        return " | ".join(program_names(origin.command)[:MOST_PROGRAMS])
    ending = _ENDING.search(origin.path)
    return ending[0].lower() if ending else ""


def _signature(tool: str, kind: str, shape: str) -> str:
    said = "\0".join((tool, kind, shape)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(said).hexdigest()[:SIGNATURE_CHARACTERS]


def _is_named(name: str, said: str, words: str) -> bool:
    parts = [part.lower() for part in _PARTS.findall(name)]
    if len(parts) > 1:
        return name.lower() in said or f" {' '.join(parts)} " in words
    return f" {name.lower()} " in words
