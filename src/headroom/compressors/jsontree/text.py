"""JSON as it was spelled: text to a tree that keeps every spelling, and the tree back to text.

Equal subtrees are one object, so `is` compares them and a dictionary can count them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

DEPTH = 100
"""The deepest nesting that is taken on; agents' tools stay below 30."""
DEPTH_EMBEDDED = 30
"""The same for a document inside a string of another."""
SHORTEST_EMBEDDED = 40
"""Characters from which a string is worth a look whether it holds a document."""


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """A JSON array; two equal ones of a document are the same object."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Object:
    """A JSON object with its keys as spelled, quotes included; equal ones are the same object."""

    keys: tuple[str, ...]
    values: tuple[Node, ...]


Node: TypeAlias = "str | Array | Object"
"""A scalar as spelled (strings with their quotes) or a container.

A string that holds a JSON document is an object too: its one key is `json[…]` without quotes,
with the document's style in the brackets, and its value is the document.
"""


def is_embedded(node: Object) -> bool:
    """Whether *node* is a string that holds a JSON document."""
    return len(node.keys) == 1 and node.keys[0][0] != '"'


LITERAL = re.compile(
    r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null|NaN|-?Infinity"
)
# Commas and colons are skipped like blanks: whether they stood where they belong is seen when
# the tree is written again and compared.  The last alternative swallows the rest of a text
# from a string that never ends, so that no character is looked at twice.
_TOKEN = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\[^\x00-\x1f])*+"|[\[\]{}]|[^\s\[\]{}:,"]++|"[\s\S]*+')


class Forest:
    """The containers of one text, each different one once."""

    def __init__(self, read_string: Callable[[str], Node] = str, *, depth: int = DEPTH) -> None:
        """*read_string* makes a node of each string that may hold a document."""
        self._depth = depth
        self._read_string = read_string
        self._arrays: dict[tuple[Node, ...], Array] = {}
        self._objects: dict[tuple[tuple[str, ...], tuple[Node, ...]], Object] = {}
        # Rows of a table have the same keys, which are looked at once.
        self._names: dict[tuple[Node, ...], tuple[str, ...]] = {}

    def array(self, items: tuple[Node, ...]) -> Array:
        """The array of these items."""
        known = self._arrays.get(items)
        if known is None:
            known = self._arrays[items] = Array(items)
        return known

    def object(self, members: list[Node]) -> Object | None:
        """The object of these keys and values in turn, or None when they are not pairs."""
        keys = tuple(members[::2])
        values = tuple(members[1::2])
        if len(keys) != len(values):
            return None
        names = self._names.get(keys)
        if names is None:
            names = tuple(key for key in keys if isinstance(key, str) and key[0] == '"')
            if len(names) != len(keys):
                return None
            self._names[keys] = names
        return self.object_of(names, values)

    def object_of(self, keys: tuple[str, ...], values: tuple[Node, ...]) -> Object:
        """The object of these keys and values."""
        known = self._objects.get((keys, values))
        if known is None:
            known = self._objects[keys, values] = Object(keys, values)
        return known

    def parse(self, text: str) -> Node | None:
        """The tree of *text*, or None when it is not one array or object.

        Lax about commas, colons and blanks: write the tree again and compare.
        """
        members: list[Node] = []
        outer: list[tuple[str, list[Node]]] = []
        literals: set[str] = set()
        # In the order of how often they stand in a document.
        for token in _TOKEN.findall(text):
            first = token[0]
            if first == '"':
                inside = len(token) >= SHORTEST_EMBEDDED and token[1] in "{[" and token[-2] in "}]"
                members.append(self._read_string(token) if inside else token)
            elif token in literals:
                members.append(token)
            elif first in "{[":
                if len(outer) == self._depth:
                    return None
                outer.append((token, members))
                members = []
            elif first in "}]":
                node = self._close(outer[-1][0] + token, members) if outer else None
                if node is None:
                    return None
                members = outer.pop()[1]
                members.append(node)
            elif LITERAL.fullmatch(token):
                members.append(token)
                literals.add(token)
            else:
                return None
        whole = not outer and len(members) == 1 and not isinstance(members[0], str)
        return members[0] if whole else None

    def _close(self, brackets: str, members: list[Node]) -> Node | None:
        if brackets == "[]":
            return self.array(tuple(members))
        if brackets == "{}":
            return self.object(members)
        return None
