"""Changes of a body, each followed along its path and spliced into the bytes.

Values, rows of elements and rows of members come first, wherever they stand.  Then lists are
split, deepest first, because a split repeats the bytes around the list, changes included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from headroom.conversation import Change, Edit, Insert, Path, Put, Remove, Replace, Split
from headroom.errors import UnreadableBody
from headroom.wire.layout import Inside, Layout, follow
from headroom.wire.row import Row, Splice
from headroom.wire.scan import Span

_ENCODE = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class _Place:
    """A value in the body, and the changes whose paths lead to it or through it."""

    path: Path
    span: Span
    around: Span
    """The value that it stands in."""
    values: Sequence[Edit | Replace]
    """Changes of the value as a whole."""
    row: Sequence[Insert | Put | Remove | Split]
    """Changes of which elements or members it has."""
    further: Mapping[str | int, Sequence[Change]]
    """Changes somewhere inside, by the next step."""

    @property
    def splits(self) -> list[Split]:
        return [change for change in self.row if isinstance(change, Split)]


def spliced(layout: Layout, changes: Sequence[Change], *, at: Path = ()) -> bytes:
    """The bytes of the value at the path *at*, where all *changes* are; else the whole body's.

    An object whose list is split becomes several values.  Raises UnreadableBody when a path
    cannot be followed safely, and ValueError when changes are at odds with one another.
    """
    span = layout.find(at)
    splices: list[Splice] = []
    divided: list[_Place] = []
    pending = [_place(len(at), span, span, changes)]
    while pending:
        place = pending.pop()
        if place.values:
            splices.append((place.span, _new_value(layout, place)))
            continue
        pending.extend(_inner_places(layout, place))
        if place.splits:
            divided.append(place)
        elif place.row:
            splices.extend(_row(layout, place).splices())
    if len({place.around for place in divided}) < len(divided):
        raise ValueError("two lists of one object are split")
    for place in sorted(divided, key=lambda each: -len(each.path)):
        breaks = _breaks(layout, place, splices)
        splices.extend(_row(layout, place, breaks).splices())
    return _written(layout.body, span if at else (0, len(layout.body)), splices)


def _place(depth: int, span: Span, around: Span, changes: Sequence[Change]) -> _Place:
    values: list[Edit | Replace] = []
    row: list[Insert | Put | Remove | Split] = []
    further: defaultdict[str | int, list[Change]] = defaultdict(list)
    for change in changes:
        steps = len(change.path) - depth
        if isinstance(change, Remove):
            # Whatever is removed is a matter of the row that it stands in.
            steps -= 1
        if steps > 0:
            further[change.path[depth]].append(change)
        elif isinstance(change, (Edit, Replace)):
            values.append(change)
        else:
            row.append(change)
    return _Place(changes[0].path[:depth], span, around, values, row, further)


def _inner_places(layout: Layout, place: _Place) -> list[_Place]:
    inside = layout.inside(place.span, place.path)
    depth = len(place.path) + 1
    return [
        _place(depth, follow(inside, step, changes[0].path), place.span, changes)
        for step, changes in place.further.items()
    ]


def _new_value(layout: Layout, place: _Place) -> bytes:
    change, *others = place.values
    inner = [*place.row, *place.further]
    if others or (inner and isinstance(change, Replace)):
        raise ValueError(f"two changes have the same path or one is inside another: {place.path!r}")
    if isinstance(change, Replace):
        return change.json
    if inner or not layout.is_plain_string(place.span):
        raise UnreadableBody(f"there is no string to edit at {place.path!r}")
    return _ENCODE.encode(change.text)


def _row(layout: Layout, place: _Place, breaks: Mapping[int, bytes] | None = None) -> Row:
    """The row of elements or members that stands at this place, and what happens to it."""
    inside = layout.inside(place.span, place.path)
    units = inside if isinstance(inside, list) else layout.members(place.span)
    inserted: defaultdict[int, list[bytes]] = defaultdict(list)
    for change in place.row:
        if isinstance(change, Put):
            inserted[len(units)].append(_new_member(inside, change))
        elif isinstance(change, Insert):
            inserted[_index(inside, change, len(units))].append(change.json)
    names = [change.name for change in place.row if isinstance(change, Put)]
    if len(set(names)) < len(names):
        raise ValueError(f"two members of one name are put into {place.path!r}")
    removed = _removed(place, inside, units)
    return Row(place.span[0] + 1, units, inserted, removed, breaks or {})


def _new_member(inside: Inside, put: Put) -> bytes:
    if not isinstance(inside, dict) or put.name in inside:
        raise UnreadableBody(f"{put.name!r} cannot be put into what is at {put.path!r}")
    return _ENCODE.encode(put.name) + b":" + put.json


def _index(inside: Inside, change: Insert | Split, most: int) -> int:
    if not isinstance(inside, list) or not 0 <= change.index <= most:
        raise UnreadableBody(f"there is no index {change.index} at {change.path!r}")
    return change.index


def _removed(place: _Place, inside: Inside, units: Sequence[Span]) -> frozenset[int]:
    """The indices of the units that are removed."""
    paths = [change.path for change in place.row if isinstance(change, Remove)]
    if not paths:
        return frozenset()
    if not all(paths):
        raise UnreadableBody("the body itself cannot be removed")
    if len(set(paths)) < len(paths) or any(path[-1] in place.further for path in paths):
        raise ValueError(f"something removed is changed too, in {place.path!r}")
    index_by_end = {end: index for index, (_, end) in enumerate(units)}
    return frozenset(index_by_end[follow(inside, path[-1], path)[1]] for path in paths)


def _breaks(layout: Layout, place: _Place, splices: Sequence[Splice]) -> dict[int, bytes]:
    """What ends the object around this list and begins it again, by the index of the split."""
    inside = layout.inside(place.span, place.path)
    if not _leads_into_an_element(place.path):
        raise UnreadableBody(f"{place.path!r} is no list in an object in a list")
    (start, end), (first, last) = place.span, place.around
    again = b",{" + _written(layout.body, (first + 1, start + 1), splices)
    closing = b"]" + _written(layout.body, (end, last), splices) + b","
    breaks = {
        _index(inside, split, len(inside) - 1): closing + split.json + again + _first(split)
        for split in place.splits
    }
    if len(breaks) < len(place.splits):
        raise ValueError(f"two splits have the same index in {place.path!r}")
    return breaks


def _first(split: Split) -> bytes:
    return split.first + b"," if split.first else b""


def _leads_into_an_element(path: Path) -> bool:
    return len(path) >= 2 and isinstance(path[-2], int) and isinstance(path[-1], str)


def _written(body: bytes, span: Span, splices: Sequence[Splice]) -> bytes:
    """The bytes of *span* with the splices that begin in it."""
    at, end = span
    pieces = []
    for (start, stop), new in sorted(each for each in splices if at <= each[0][0] < end):
        pieces += [body[at:start], new]
        at = stop
    pieces.append(body[at:end])
    return b"".join(pieces)
