"""JSON: arrays of objects as tables, everything else without its quotes and blanks.

Documents are found alone, one per line (NDJSON), and inside other text, which stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headroom.compressors.base import Origin
from headroom.compressors.json_finder import find_documents
from headroom.compressors.json_style import Style, guess_style, render, respelled, unescaped
from headroom.compressors.json_text import DEPTH_EMBEDDED, Array, Forest, Node
from headroom.compressors.table_reader import read_table
from headroom.compressors.table_writer import write_table

SHORTEST = 200
"""Characters below which a text is left alone."""
SHORTEST_DOCUMENT = 100
"""Characters below which a document inside a text is left alone."""

# Settings files (package.json, tsconfig.json, …) are read to be edited, and an edit names the
# lines as they stand; what programs write in lines is larger, or has rows.
EDITED_CHARACTERS = 2_000
EDITED_FILE_CHARACTERS = 16_000
EDITED_SHARE = 0.4
_JSON_FILE = re.compile(r"\.jsonc?\b")

_MARK = "[json"
_CLOSING = "[/json]"
_HEADER = re.compile(r"\[json((?: [\w=.:-]++)*+)(?: \| [^\n\]]*+)?\]\n")


@dataclass(frozen=True, slots=True)
class _Document:
    start: int
    end: int
    root: Node
    style: Style
    lines: bool = False
    """One document per line: *root* is the array of them."""

    @property
    def length(self) -> int:
        return self.end - self.start

    def looks_edited(self, table: str) -> bool:
        """An object laid out in lines in which little repeats: so settings look."""
        indented = bool(self.style.newline) and not self.lines and not isinstance(self.root, Array)
        return indented and len(table) > EDITED_SHARE * self.length


class Records:
    """JSON documents, alone or inside other text."""

    name = "records"
    strategy = "smart_crusher"

    def encode(self, text: str, origin: Origin) -> str | None:
        """*text* with its JSON as tables, or None when that is no shorter."""
        if len(text) < SHORTEST:
            return None
        encoded = tabled(text, edited=_largest_edited(origin))
        if encoded is None or len(encoded) >= len(text):
            return None
        # The one promise that matters is not left to reasoning: it is tried on each text.
        return encoded if self._restores(encoded, text) else None

    def _restores(self, encoded: str, text: str) -> bool:
        try:
            return self.decode(encoded) == text
        except ValueError:
            return False

    def decode(self, encoded: str) -> str:
        """The text with its JSON as it was."""
        header = _HEADER.search(encoded)
        if not header:
            raise ValueError("not JSON as we write it: the header line is missing")
        if not header.start() and _CLOSING not in encoded:
            table = encoded[header.end() :].rstrip()
            return _restored(header[1], table) + encoded[header.end() + len(table) :]
        pieces: list[str] = []
        at = 0
        while header := _HEADER.search(encoded, at):
            table, closing, _ = encoded[header.end() :].partition(_CLOSING)
            if not closing:
                raise ValueError(f"not JSON as we write it: no {_CLOSING} after {header[0]!r}")
            pieces += encoded[at : header.start()], _restored(header[1], table)
            at = header.end() + len(table) + len(_CLOSING)
        return "".join((*pieces, encoded[at:]))


def tabled(text: str, *, edited: int = 0) -> str | None:
    """*text* with its documents as tables, whatever its size; None when there are none.

    Documents of up to *edited* characters that look as if people edit them stay as they are.
    """
    if _MARK in text or _CLOSING in text:
        return None
    pieces: list[str] = []
    at = 0
    for document in _documents(text):
        header, table = _table(document)
        if document.length <= edited and document.looks_edited(table):
            continue
        pieces += text[at : document.start], header, table, _CLOSING
        at = document.end
    if not pieces:
        return None
    if len(pieces) == 4 and not pieces[0] and not text[at:].strip():
        pieces.pop()
    return "".join((*pieces, text[at:]))


def _largest_edited(origin: Origin) -> int:
    """The size up to which an indented document is taken for a file that will be edited."""
    is_file = _JSON_FILE.search(origin.path) or _JSON_FILE.search(origin.command)
    return EDITED_FILE_CHARACTERS if is_file else EDITED_CHARACTERS


def _restored(words: str, table: str) -> str:
    lines = " lines" in words
    style = Style.read(words)
    root = read_table(table, style)
    roots = root.items if lines and isinstance(root, Array) else (root,)
    return "\n".join(render(root, style) for root in roots)


def _table(document: _Document) -> tuple[str, str]:
    words = f"{_MARK}{' lines' if document.lines else ''} {document.style.words()}".rstrip()
    table, legend = write_table(document.root, document.style)
    return f"{words} | {legend}]\n" if legend else f"{words}]\n", table


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


def _documents(text: str) -> Iterator[_Document]:
    """The documents of *text* that are worth it and that their style restores."""
    for run in _runs(text):
        start, end = run[0][0], run[-1][1]
        if end - start < SHORTEST_DOCUMENT:
            continue
        style = guess_style(text[start:end] if len(run) == 1 else text[slice(*run[-1])])
        forest = _Reader(style).forest
        roots = [forest.parse(text[a:b]) for a, b in run]
        found = [root for root in roots if root is not None]
        if len(found) < len(roots):
            continue
        if "\n".join(render(root, style) for root in found) != text[start:end]:
            continue
        if len(run) == 1:
            yield _Document(start, end, found[0], style)
        else:
            yield _Document(start, end, forest.array(tuple(found)), style, lines=True)


def _runs(text: str) -> Iterator[list[tuple[int, int]]]:
    """Documents, those on lines right below one another together."""
    run: list[tuple[int, int]] = []
    for start, end in find_documents(text):
        if run and (start != run[-1][1] + 1 or text[start - 1] != "\n"):
            yield run
            run = []
        run.append((start, end))
    if run:
        yield run
