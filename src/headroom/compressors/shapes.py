"""What the objects of a JSON document have in common: columns, usual values, who is inside whom.

Objects with the same keys, or nearly, make a shape wherever they stand: rows of one array, the
nodes of a tree, the `user` under each issue.  A shape's columns are in the order of the keys,
so that every object is a subsequence of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from headroom.compressors.json_text import LITERAL, Array, Node, Object

ABSENT = "~"
"""Stands for a key that an object does not have; no JSON scalar is spelled so."""

EXTENDED = "+"
"""Stands for a value that extends the one of another column, as usual in its column."""

MOST_SHAPES = 32
MOST_LINKS = 100
SHORTEST_BASE = 16
"""Characters of a string from which others may be written as its extensions: links, paths."""
USUAL_SHARE = 4
"""A value is usual when one row in so many has it; rarer ones are better seen where they are."""
LEAST_USUAL = 3
_NAME_COST = 2.0
COMMA_COST = 0.7


@dataclass(frozen=True, slots=True)
class Column:
    """One key of a shape.

    *positional* cells stand in the row in order; the others are written with their name where
    they differ from *default*.  *default* is None when each row says its value.
    *text* says that what looks like a number here is a string.  *child* is the shape of the
    objects in this column, alone or in arrays.
    """

    key: str
    positional: bool
    text: bool = False
    default: Node | None = None
    child: int | None = None
    base: str = ""
    """The key of another column: the usual value is that column's, with *suffix* behind it."""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """The column at *place* usually holds the string at *base*, and *suffix* behind it."""

    place: int
    base: int
    suffix: str

    def holds(self, cells: Sequence[Node]) -> bool:
        """Whether it does in this row."""
        base, value = cells[self.base], cells[self.place]
        return (
            isinstance(base, str)
            and isinstance(value, str)
            and base[0] == '"'
            and value == f'{base[:-1]}{self.suffix}"'
        )


@dataclass(frozen=True, slots=True)
class Shapes:
    """All shapes of a document, by number."""

    columns: tuple[tuple[Column, ...], ...]
    by_keys: dict[tuple[str, ...], tuple[int, tuple[int, ...]]]
    """Keys of an object to its shape, and for each column where its value stands (-1: nowhere)."""
    names: tuple[str, ...]
    """The key under which the shape is first met."""
    extensions: tuple[tuple[Extension, ...], ...] = ()
    """For each shape, the columns whose usual value extends another's."""
    order: tuple[int, ...] = ()
    """The shapes so that none comes before one that its usual values need."""

    def shape_of(self, node: Node) -> int | None:
        """The shape of *node*, or None when it has none."""
        found = self.by_keys.get(node.keys) if isinstance(node, Object) else None
        return found[0] if found else None

    def cells(self, node: Object) -> list[Node]:
        """A value for each column of the shape of *node*."""
        values = node.values
        shape, places = self.by_keys[node.keys]
        cells = [ABSENT if at < 0 else values[at] for at in places]
        if self.extensions:
            for extension in self.extensions[shape]:
                if extension.holds(cells):
                    cells[extension.place] = EXTENDED
        return cells


@dataclass(slots=True)
class _Cluster:
    order: list[str]
    name: str
    known: set[str] = field(default_factory=set)
    signatures: list[tuple[str, ...]] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)

    def takes(self, keys: tuple[str, ...], key_set: frozenset[str]) -> bool:
        """Merge *keys* into the columns if they are alike and their order agrees."""
        alike = len(self.known & key_set)
        fewer, more = sorted((len(keys), len(self.known)))
        if 3 * alike < 2 * fewer or 2 * alike < more:
            return False
        common = [key for key in keys if key in self.known]
        places = {key: place for place, key in enumerate(self.order)}
        met = [places[key] for key in common]
        if any(after <= before for before, after in pairwise(met)):
            return False
        if len(common) < len(keys):
            self._insert(keys)
        return True

    def _insert(self, keys: tuple[str, ...]) -> None:
        order: list[str] = []
        rest = iter(self.order)
        waiting: list[str] = []
        for key in keys:
            if key not in self.known:
                waiting.append(key)
                continue
            for old in rest:
                if old == key:
                    break
                order.append(old)
            order += [*waiting, key]
            waiting = []
        self.order = [*order, *waiting, *rest]
        self.known.update(keys)


def find_shapes(roots: Sequence[Node], costs: Costs) -> Shapes:
    """The shapes of the documents *roots*."""
    named = _unique_objects(roots)
    clusters = _clusters(named)
    number = {keys: n for n, cluster in enumerate(clusters) for keys in cluster.signatures}
    by_keys = {keys: (n, _places(keys, clusters[n].order)) for keys, n in number.items()}
    bare = Shapes((), by_keys, ())
    extensions = tuple(tuple(_extensions(cluster, bare)) for cluster in clusters)
    bare = Shapes((), by_keys, (), extensions)
    columns = [
        tuple(_columns(cluster, bare, costs, extensions[number]))
        for number, cluster in enumerate(clusters)
    ]
    order = _Order(bare, columns)
    for shape in range(len(columns)):
        order.place(shape)
    return Shapes(
        columns=tuple(columns),
        by_keys=by_keys,
        names=tuple(cluster.name for cluster in clusters),
        extensions=extensions,
        order=tuple(order.placed),
    )


def _extensions(cluster: _Cluster, shapes: Shapes) -> Iterator[Extension]:
    """Columns of links that mostly begin with the link in another column of their row."""
    table = [shapes.cells(node) for node in cluster.objects]
    first = table[0]
    longer = sorted(
        (len(value), place)
        for place, value in enumerate(first)
        if isinstance(value, str) and value[0] == '"' and len(value) >= SHORTEST_BASE
    )[:MOST_LINKS]
    bases: list[tuple[int, str]] = []
    for _, place in longer:
        value = str(first[place])
        base = next((at for at, known in reversed(bases) if value.startswith(known)), None)
        if base is None:
            bases.append((place, value[:-1]))
            continue
        extension = Extension(place, base, value[len(str(first[base])) - 1 : -1])
        if extension.suffix and 4 * sum(map(extension.holds, table)) >= 3 * len(table):
            yield extension
        else:
            bases.append((place, value[:-1]))


class _Order:
    """Puts shapes after those that their usual values need; circles are cut."""

    def __init__(self, shapes: Shapes, columns: list[tuple[Column, ...]]) -> None:
        self.placed: list[int] = []
        self._shapes = shapes
        self._columns = columns
        self._begun: set[int] = set()

    def place(self, shape: int) -> None:
        """Place *shape*, what it needs before it."""
        if shape in self._begun:
            return
        self._begun.add(shape)
        self._columns[shape] = tuple(map(self._checked, self._columns[shape]))
        self.placed.append(shape)

    def _checked(self, column: Column) -> Column:
        if column.child is not None:
            self.place(column.child)
        if column.default is None:
            return column
        needed = _shapes_within(column.default, self._shapes)
        for shape in needed:
            self.place(shape)
        if needed.issubset(self.placed):
            return column
        return replace(column, default=None, positional=True)


def _places(keys: tuple[str, ...], order: list[str]) -> tuple[int, ...]:
    at = {key: place for place, key in enumerate(keys)}
    return tuple(at.get(key, -1) for key in order)


def _unique_objects(roots: Sequence[Node]) -> dict[Object, str]:
    """Each different object with the key that it is first met under, in reading order."""
    found: dict[Object, str] = {}
    seen: set[Array] = set()
    waiting: list[tuple[Node, str]] = [(root, '"row"') for root in reversed(roots)]
    while waiting:
        node, name = waiting.pop()
        if isinstance(node, Array):
            if node not in seen:
                seen.add(node)
                waiting.extend((item, name) for item in reversed(node.items))
        elif isinstance(node, Object) and node not in found:
            found[node] = name
            waiting.extend(
                (value, key)
                for key, value in zip(reversed(node.keys), reversed(node.values), strict=True)
                if not isinstance(value, str)
            )
    return found


def _clusters(named: dict[Object, str]) -> list[_Cluster]:
    by_signature: dict[tuple[str, ...], list[Object]] = {}
    for node in named:
        by_signature.setdefault(node.keys, []).append(node)
    clusters: list[_Cluster] = []
    for keys, objects in sorted(by_signature.items(), key=lambda entry: -len(entry[1])):
        key_set = frozenset(keys)
        if not keys or keys[0][0] != '"' or len(key_set) < len(keys):
            continue
        cluster = next((known for known in clusters if known.takes(keys, key_set)), None)
        if cluster is None:
            if len(clusters) == MOST_SHAPES:
                continue
            cluster = _Cluster(list(keys), named[objects[0]], set(keys))
            clusters.append(cluster)
        cluster.signatures.append(keys)
        cluster.objects += objects
    return [cluster for cluster in clusters if len(cluster.objects) > 1]


def _columns(
    cluster: _Cluster, shapes: Shapes, costs: Costs, extensions: Sequence[Extension]
) -> Iterator[Column]:
    table = [shapes.cells(node) for node in cluster.objects]
    extended = {extension.place: extension for extension in extensions}
    for place, key in enumerate(cluster.order):
        values = Counter(row[place] for row in table)
        extension = extended.get(place)
        if extension:
            base = cluster.order[extension.base]
            yield Column(
                key, positional=False, default=EXTENDED, base=base, suffix=extension.suffix
            )
            continue
        default, count = _default(values, costs)
        yield Column(
            key=key,
            positional=default is None or _stands_in_row(costs.of(key), values, count),
            text=_holds_text(values),
            default=default,
            child=_child(values, shapes),
        )


def _default(values: Counter[Node], costs: Costs) -> tuple[Node | None, int]:
    """The value worth leaving out, and how often; None when there is no such."""
    rows = values.total()
    best: Node | None = None
    gain = 1.0
    for value, count in values.most_common(2):
        saved = (count - 1) * costs.of(value) - COMMA_COST * 1.5
        usual = count >= LEAST_USUAL and USUAL_SHARE * count >= rows
        if saved > gain and (usual or count == rows):
            best, gain = value, saved
    if best is None and values[ABSENT]:
        best = ABSENT
    return best, values[best] if best is not None else 0


def _stands_in_row(name_cost: float, values: Counter[Node], count: int) -> bool:
    others = values.total() - count
    return others * (name_cost + _NAME_COST) > values.total() * COMMA_COST


def _holds_text(values: Counter[Node]) -> bool:
    numbers = False
    for value in values:
        if isinstance(value, str) and value not in ("null", ABSENT):
            if value[0] != '"':
                return False
            numbers = numbers or bool(LITERAL.fullmatch(value[1:-1]))
    return numbers


def _shapes_within(root: Node, shapes: Shapes) -> set[int]:
    found: set[int] = set()
    seen: set[Node] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str) or node in seen:
            continue
        seen.add(node)
        shape = shapes.shape_of(node)
        if shape is not None:
            found.add(shape)
        waiting.extend(node.items if isinstance(node, Array) else node.values)
    return found


def _child(values: Counter[Node], shapes: Shapes) -> int | None:
    """The shape that most objects have in these values and in arrays among them."""
    found: Counter[int] = Counter()
    seen: set[Node] = set()
    waiting: list[Node] = [value for value in values if not isinstance(value, str)]
    while waiting:
        node = waiting.pop()
        shape = shapes.shape_of(node)
        if shape is not None:
            found[shape] += 1
        elif isinstance(node, Array) and node not in seen:
            seen.add(node)
            waiting.extend(item for item in node.items if not isinstance(item, str))
    return found.most_common(1)[0][0] if found else None


class Costs:
    """Roughly how many tokens a node takes."""

    def __init__(self) -> None:
        self._known: dict[Node, float] = {ABSENT: 1.0}

    def of(self, node: Node) -> float:
        """The tokens of *node*, all that is in it included."""
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._estimate(node)
        return known

    def _estimate(self, node: Node) -> float:
        if isinstance(node, str):
            return 1 + len(node) / 4 if node[0] == '"' else 0.5 + len(node) / 3
        if isinstance(node, Array):
            return 2 + sum(map(self.of, node.items))
        return 2 + sum(map(self.of, node.keys)) + sum(map(self.of, node.values))
