"""The JSON documents inside a text, read so that they can be written again to the byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headroom.compressors.json_finder import find_documents
from headroom.compressors.json_notes import NOTE_LINE
from headroom.compressors.json_style import Style, guess_style, render, respelled, unescaped
from headroom.compressors.json_text import DEPTH_EMBEDDED, Array, Forest, Node, Object

SHORTEST_DOCUMENT = 100
"""Characters below which a document inside a text is left alone."""

_SEVERAL = re.compile(r"[^\n]*[}\]]\r?\n[{\[]")
"""How documents on lines of their own begin."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document, or several on lines right below one another, and where they stand."""

    start: int
    end: int
    root: Node
    style: Style
    lines: bool = False
    """One document per line: *root* is the array of them."""

    @property
    def length(self) -> int:
        """Characters of the text that it takes."""
        return self.end - self.start


def documents(text: str) -> Iterator[Document]:
    """The documents of *text* that are worth it and that their style restores."""
    whole = _whole(text)
    if whole is not None:
        yield whole
        return
    for run in _runs(text):
        start, end = run[0][0], run[-1][1]
        if end - start < SHORTEST_DOCUMENT:
            continue
        style = guess_style(text[start:end] if len(run) == 1 else text[slice(*run[-1])])
        forest = _Reader(style).forest
        roots = [text[a:b] if text[a] == '"' else forest.parse(text[a:b]) for a, b in run]
        found = [root for root in roots if root is not None]
        if len(found) < len(roots):
            continue
        if "\n".join(render(root, style) for root in found) != text[start:end]:
            continue
        if len(run) == 1:
            yield Document(start, end, found[0], style)
        else:
            yield Document(start, end, forest.array(tuple(found)), style, lines=True)


def _whole(text: str) -> Document | None:
    """The document that *text* is but for blanks around it: most texts with JSON are just that."""
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if end - start < SHORTEST_DOCUMENT or text[start] not in "{[" or text[end - 1] not in "}]":
        return None
    if _SEVERAL.match(text, start):
        return None
    style = guess_style(text[start:end])
    root = _Reader(style).forest.parse(text[start:end])
    if root is None or render(root, style) != text[start:end]:
        return None
    return Document(start, end, root, style)


def largest_table(root: Node) -> Array | None:
    """The array of objects with most rows, at the root or in a member of a root object."""
    members = root.values if isinstance(root, Object) else (root,)
    tables = [node for node in members if isinstance(node, Array) and _is_table(node)]
    return max(tables, key=lambda table: len(table.items), default=None)


def _is_table(array: Array) -> bool:
    return bool(array.items) and all(isinstance(item, Object) for item in array.items)


def _runs(text: str) -> Iterator[list[tuple[int, int]]]:
    """Documents and notes, those on lines right below one another together."""
    run: list[tuple[int, int]] = []
    for start, end in find_documents(text):
        if run and text[run[-1][1] : start] != "\n":
            noted = NOTE_LINE.match(text, run[-1][1])
            if noted and noted.end() == start:
                run.append((noted.start() + 1, start - 1))
            else:
                yield run
                run = []
        run.append((start, end))
    if run:
        yield run


class _Reader:
    """Reads documents of one style, and the documents inside their strings."""

    def __init__(self, style: Style) -> None:
        self.forest = Forest(self._string)
        self._style = style
        self._plain = Forest(depth=DEPTH_EMBEDDED)

    def _string(self, spelled: str) -> Node:
        text = unescaped(self._style.show(spelled[1:-1]))
        root = None if text is None else self._plain.parse(text)
        if text is None or root is None:
            return spelled
        own = guess_style(text)
        inside = respelled(root, own, self._style)
        embedded = self.forest.object_of((f"json[{own.words()}]",), (inside,))
        return embedded if render(embedded, self._style) == spelled else spelled
