"""Changes of a body made the plain way, on its parsed form: what splicing must agree with."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st

from headroom.conversation import Change, Edit, Insert, Path, Put, Remove, Replace, Split
from tests.wire.spelling import Number, Pairs, loads, spell

LEAVES: tuple[Any, ...] = (
    "", "text", 'a\\"b}],', "é😀", Number("1.10"), Number("1E+2"), Number("9" * 400), None, True,
    {}, [], [[Number("0")], "x"], {"a": ["b", "c"]},
    Number("NaN"), Number("-Infinity"), "lone \ud800",
)  # fmt: skip
"""Those of the last line can only be read in a shadow."""

leaves = st.sampled_from(LEAVES)
seeds = st.integers(0, 2**32 - 1)


def objects(*names: str, of: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of these members."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, of))


contents = st.lists(leaves | objects("a", "b", of=st.lists(leaves, max_size=3)), max_size=4)
messages = objects("role", "content", "calls", of=contents | contents | leaves)
histories = st.lists(messages | messages | leaves, max_size=4)
bodies = objects(
    "messages", "tools", "wrap", of=histories | objects("messages", "x", of=histories) | leaves
)
"""Bodies with lists in objects in lists."""


T = TypeVar("T")


class EmptyPart(Exception):
    """A split leaves nothing on one side."""


def changed(value: Any, changes: list[Change]) -> Any:
    """*value* (of `loads`) with the changes made; raises EmptyPart."""
    [whole] = _become(value, (), changes)
    return whole


def json(value: Any, seed: int = 0) -> bytes:
    """*value* as JSON bytes, spelled at random."""
    return spell(value, random.Random(seed)).encode("utf-8", "surrogatepass")


def plan(value: Any, seed: int) -> list[Change]:
    """Changes of *value* (of `loads`) that are not at odds with one another, in any order."""
    chooser = _Chooser(random.Random(seed))
    chooser.choose(value, ())
    chooser.random.shuffle(chooser.chosen)
    return chooser.chosen


def _become(value: Any, path: Path, changes: list[Change]) -> list[Any]:
    """What takes the place of *value*: no value, one, or several where it is split."""
    for change in changes:
        if change.path == path and isinstance(change, Remove):
            return []
        if change.path == path and isinstance(change, Edit):
            return [change.text]
        if change.path == path and isinstance(change, Replace):
            return [loads(change.json)]
    if isinstance(value, Pairs):
        return _objects(value, path, changes)
    if isinstance(value, list):
        return [_parts(value, path, changes)[0][0]]
    return [value]


def _is_of_the_value(change: Change, path: Path) -> bool:
    return change.path == path and isinstance(change, (Edit, Replace, Remove))


def _objects(value: Pairs, path: Path, changes: list[Change]) -> list[Any]:
    between: list[list[Any]] = []
    members: list[tuple[str, list[Any]]] = []
    for name, inner in value:
        way = (*path, name)
        if type(inner) is not list or any(_is_of_the_value(each, way) for each in changes):
            members.append((name, _become(inner, way, changes)))
        else:
            parts, told = _parts(inner, way, changes)
            between = told or between
            members.append((name, parts))
    puts = [c for c in changes if isinstance(c, Put) and c.path == path]
    members += [(put.name, [loads(put.json)]) for put in puts]
    objects = []
    for index in range(len(between) + 1):
        members_here = [(name, each[index % len(each)]) for name, each in members if each]
        objects += [Pairs(members_here), *(between[index] if index < len(between) else [])]
    return objects


def _parts(
    value: list[Any], path: Path, changes: list[Change]
) -> tuple[list[list[Any]], list[list[Any]]]:
    """The list in parts, and the values between each two of them."""
    parts: list[list[Any]] = [[]]
    firsts: list[list[Any]] = [[]]
    between: list[list[Any]] = []
    here = [change for change in changes if change.path == path]
    for index in range(len(value) + 1):
        inserts = [c for c in here if isinstance(c, Insert) and c.index == index]
        parts[-1] += [new for each in inserts for new in loads(b"[" + each.json + b"]")]
        for split in here:
            if isinstance(split, Split) and split.index == index:
                between.append(loads(b"[" + split.json + b"]"))
                firsts.append(loads(b"[" + split.first + b"]"))
                parts.append([])
        if index < len(value):
            parts[-1] += _become(value[index], (*path, index), changes)
    if between and not all(parts):
        raise EmptyPart
    return [first + part for first, part in zip(firsts, parts, strict=True)], between


@dataclass
class _Chooser:
    random: random.Random
    chosen: list[Change] = field(default_factory=list)
    objects_split: set[Path] = field(default_factory=set)

    def choose(self, value: Any, path: Path) -> None:
        """Choose changes of *value* or in it."""
        # What leaves a value alone leaves room for changes in it.
        kinds = ["leave"] * 8 + ["replace", "remove"] * (path != ()) + ["edit"] * _is_plain(value)
        kind = self.random.choice(kinds)
        if kind == "replace":
            self.chosen.append(Replace(path, self._json()))
        elif kind == "remove":
            self.chosen.append(Remove(path))
        elif kind == "edit":
            self.chosen.append(Edit(path, self.random.choice(("", "new", 'é"')), "test"))
        elif isinstance(value, Pairs):
            self._in_object(value, path)
        elif isinstance(value, list):
            self._in_list(value, path)

    def _in_object(self, value: Pairs, path: Path) -> None:
        for name in self._some(["new", 'n"w', "né"]):
            self.chosen.append(Put(path, name, self._json()))
        for name, inner in value:
            self.choose(inner, (*path, name))

    def _in_list(self, value: list[Any], path: Path) -> None:
        places = list(range(len(value) + 1))
        for index in self._some(places) + self._some(places):
            self.chosen.append(Insert(path, index, self._several()))
        is_of_element = len(path) > 2 and isinstance(path[-2], int) and isinstance(path[-1], str)
        if is_of_element and path[:-1] not in self.objects_split:
            for index in self._some(places[:-1]):
                self.objects_split.add(path[:-1])
                first = self.random.choice((b"", self._several()))
                self.chosen.append(Split(path, index, self._several(), first))
        for index, inner in enumerate(value):
            self.choose(inner, (*path, index))

    def _some(self, these: list[T]) -> list[T]:
        return [each for each in these if self.random.random() < 0.2]

    def _json(self) -> bytes:
        return json(self.random.choice(LEAVES), self.random.randrange(99))

    def _several(self) -> bytes:
        return b",".join(self._json() for _ in range(self.random.randint(1, 2)))


def _is_plain(value: Any) -> bool:
    return type(value) is str and not any("\ud800" <= each <= "\udfff" for each in value)
