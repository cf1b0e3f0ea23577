"""JSON that is long, cut down to what tells something; what left is named where it stood.

Rows of long tables, members of wide objects, sentences of long texts, and bytes in letters
leave.  What stays is spelled as it was, in its order, and is still JSON.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from headroom.compressors.base import Ask, Origin, Reduced, whole
from headroom.compressors.jsontree.blobs import Blobs, may_hold_blobs
from headroom.compressors.jsontree.cut import Cut, Tally
from headroom.compressors.jsontree.documents import Document, documents
from headroom.compressors.jsontree.lines import GoneLines
from headroom.compressors.jsontree.marks import Marks
from headroom.compressors.jsontree.notes import plain
from headroom.compressors.jsontree.row_choice import fair_share
from headroom.compressors.jsontree.sizes import Sizes
from headroom.compressors.jsontree.style import render
from headroom.compressors.jsontree.text import Array, Object

USUAL_CHARACTERS = 3
"""Of a token, where nobody says how much room there is."""
MOST_AROUND = 0.5
"""The share of a text around its documents up to which it is JSON."""
FILE_ROOM = 2
"""Times the room for a file that was read: it is looked at for what to change."""
EDITED_CHARACTERS = 16_000
"""Up to which a settings file stays whole: it is read to be changed, line by line."""
LARGEST_SHARE_KEPT = 0.9
"""Of the text; what saves less is not worth it."""
LONGEST_TOLD = 640
SHORTEST = 400
"""Characters of a document that is worth a look."""

_JSON_FILE = re.compile(r"\.(?:json[c5l]?|ndjson|ipynb|har)\b")


class RowSample:
    """JSON documents, alone or inside other text, and NDJSON."""

    name = "row_sample"
    kind = "records"
    strategy = "smart_crusher"
    tools = frozenset({"mcp", "query", "sql", "database", "graphql", "http", "api", "records"})

    # At 300, 400, 500, 800, 1 200 a corpus of JSON answers takes 0.08, 0.08, 0.09, 0.12, 0.14 of
    # its tokens, and 5, 4, 0, 0, 0 of 468 facts that were asked for are gone (2026-11).
    usual_tokens = 800
    # Seven texts of the recorded sessions lost something at 500, of which nothing was used later;
    # of 11 at 300, a word of one was (2026-11).  So few say little: a guess, on the safe side.
    asked_back = 0.1

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """*text* with the parts that tell something, or None when it is no JSON."""
        room = ask.room_or(self.usual_tokens, per_token=USUAL_CHARACTERS)
        is_file = _is_file(ask.origin)
        room *= FILE_ROOM if is_file else 1
        found = [one for one in documents(text) if one.length >= SHORTEST]
        around = len(text) - sum(one.length for one in found)
        if not found or around > MOST_AROUND * len(text):
            return None
        if len(text) <= room or (is_file and all(map(_is_edited, found))):
            return whole(text)
        drafts = [_Draft(text, one, ask) for one in found]
        share = fair_share([draft.size for draft in drafts], max(room - around, room // 4))
        for draft in drafts:
            draft.cut_to(share)
        return _joined(text, [draft for draft in drafts if draft.is_shorter]) or whole(text)


class _Draft:
    """One document of a text, and what becomes of it."""

    def __init__(self, text: str, document: Document, ask: Ask) -> None:
        self.document = document
        self.blobs = Blobs(document.style)
        self._text = text
        self._spelled = text[document.start : document.end]
        self._root = self.new = document.root
        if may_hold_blobs(self._spelled):
            self._root = self.new = self.blobs.without(document.root)
        self._sizes = Sizes(self._root)
        self._words = ask.words | ask.fields
        self._kept = ask.fields
        self.tally = Tally()
        self.size = self._sizes.of(self._root) + self._sizes.declared()

    def cut_to(self, room: int) -> None:
        """Leave out what has no room."""
        if self.size <= room:
            return
        style = self.document.style
        marks = Marks(style, self._spelled, self._sizes.names, self._words, self._kept)
        cut = Cut(self._sizes, style, marks, self._words, size=self.size, room=room)
        self.new = cut.fit(self._root, room)
        self.tally = cut.tally

    @property
    def is_shorter(self) -> bool:
        """Whether anything left."""
        return self.new is not self.document.root

    def written(self) -> str:
        """The document as it is now, laid out as it was."""
        style = self.document.style
        if self.document.lines and isinstance(self.new, Array):
            return "\n".join(render(row, style) for row in self.new.items)
        return render(self.new, style)

    def gone_lines(self) -> list[tuple[int, int]]:
        """The lines of the text on which stood what left."""
        line = self._text.count("\n", 0, self.document.start) + 1
        lines = GoneLines(self.document.style, self.tally.kept)
        if self.document.lines and isinstance(self._root, Array) and isinstance(self.new, Array):
            lines.find_rows(self._root, self.new, line)
        else:
            lines.find(self._root, self.new, line)
        return lines.runs


def _is_edited(document: Document) -> bool:
    is_object = isinstance(document.root, Object) and bool(document.style.newline)
    return is_object and document.length <= EDITED_CHARACTERS


def _is_file(origin: Origin) -> bool:
    return bool(_JSON_FILE.search(origin.path) or _JSON_FILE.search(origin.command))


def _joined(text: str, drafts: Sequence[_Draft]) -> Reduced | None:
    pieces: list[str] = []
    at = 0
    for draft in drafts:
        pieces += text[at : draft.document.start], draft.written()
        at = draft.document.end
    before, after = "".join(pieces), text[at:]
    left = len(text) - len(before) - len(after)
    if left < (1 - LARGEST_SHARE_KEPT) * len(text):
        return None
    (gone, of, unit), *others = _counted(drafts) or [(left, len(text), "characters")]
    lines = tuple(run for draft in drafts for run in draft.gone_lines())
    return Reduced(before, gone, of, unit, _told(drafts, others), after, lines)


def _counted(drafts: Sequence[_Draft]) -> list[tuple[int, int, str]]:
    """How many of how many units of each kind left; rows first, of which few are many."""
    gone = sum((draft.tally.gone for draft in drafts), Counter[str]())
    of = sum((draft.tally.of for draft in drafts), Counter[str]())
    units = sorted(gone, key=lambda unit: (-gone[unit] * (1 if unit == "members" else 10), unit))
    return [(gone[unit], of[unit], unit) for unit in units]


def _told(drafts: Sequence[_Draft], others: Sequence[tuple[int, int, str]]) -> str:
    """` (level: 412× INFO; 12 long texts shortened)`."""
    said = [told for draft in drafts if (told := draft.tally.told)]
    said += (f"also {gone} {unit}" for gone, _, unit in others)
    parts = sum(draft.tally.parts for draft in drafts)
    texts = sum(draft.tally.texts for draft in drafts)
    blobs = sum(draft.blobs.count for draft in drafts)
    if parts:
        said.append(f"{parts} lists and objects deep inside")
    if texts:
        said.append(f"{texts} long text{'s' * (texts > 1)} shortened")
    if blobs:
        said.append(f"{blobs} value{'s' * (blobs > 1)} of bytes in letters, such as base64")
    while len("; ".join(said)) > LONGEST_TOLD:
        said.pop()
    told = plain("; ".join(said))
    return f" ({told})" if told else ""
