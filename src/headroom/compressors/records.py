"""JSON: arrays of objects as tables, everything else without its quotes and blanks.

Documents are found alone, one per line (NDJSON), and inside other text, which stays as it is.
"""

from __future__ import annotations

import re

from headroom.compressors.base import Origin
from headroom.compressors.jsontree.documents import Document, documents
from headroom.compressors.jsontree.style import Style, render
from headroom.compressors.jsontree.table_reader import read_table
from headroom.compressors.jsontree.table_writer import write_table
from headroom.compressors.jsontree.text import Array

SHORTEST = 200
"""Characters below which a text is left alone."""

# Settings files (package.json, tsconfig.json, …) are read to be edited, and an edit names the
# lines as they stand; what programs write in lines is larger, or has rows.
EDITED_CHARACTERS = 2_000
EDITED_FILE_CHARACTERS = 16_000
EDITED_SHARE = 0.4
_JSON_FILE = re.compile(r"\.jsonc?\b")

_MARK = "[json"
_CLOSING = "[/json]"
_HEADER = re.compile(r"\[json((?: [\w=.:-]++)*+)(?: \| [^\n\]]*+)?\]\n")


class Records:
    """JSON documents, alone or inside other text."""

    name = "records"
    kind = "records"
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
    for document in documents(text):
        header, table = _table(document)
        if document.length <= edited and _looks_edited(document, table):
            continue
        pieces += text[at : document.start], header, table, _CLOSING
        at = document.end
    if not pieces:
        return None
    if len(pieces) == 4 and not pieces[0] and not text[at:].strip():
        pieces.pop()
    return "".join((*pieces, text[at:]))


def _looks_edited(document: Document, table: str) -> bool:
    """An object laid out in lines in which little repeats: so settings look."""
    in_lines = bool(document.style.newline) and not document.lines
    is_object = not isinstance(document.root, Array)
    return in_lines and is_object and len(table) > EDITED_SHARE * document.length


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


def _table(document: Document) -> tuple[str, str]:
    words = f"{_MARK}{' lines' if document.lines else ''} {document.style.words()}".rstrip()
    table, legend = write_table(document.root, document.style)
    return f"{words} | {legend}]\n" if legend else f"{words}]\n", table
