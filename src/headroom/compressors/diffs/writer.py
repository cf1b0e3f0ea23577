"""Diffs written again with the hunks that stay, and what left told below those of its file.

    [… src/app.py: 2 more hunks left out: @@ -88,3 +90,9 @@ def run (+6), @@ -120,4 +128 @@ (−3)]
    [… src/store.py (new): 1 hunk left out: @@ -0,0 +1,210 @@ (+210): class Store, def load]
    [… 3 files left out: docs/a.md +4 −2, docs/b.md (deleted) −80, tests/test_c.py (new) +31]

Between two hunks nothing is said: there a diff would end for `git apply`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headroom.compressors.base import Reduced
from headroom.compressors.diffs.reader import FilePatch, Hunk, Part
from headroom.compressors.units import gaps

LONGEST_HEADER, LONGEST_NAMES = 64, 160
FEW_FILES, HUNKS_OF_FEW, HUNKS_OF_MANY = 8, 4, 1
"""Where hunks of few files left, so many are told of each; of many, fewer."""
FEWEST_TOGETHER, MOST_TOGETHER = 3, 24
"""Of many files, those that left one behind the other are told in one line."""

_NAME = re.compile(
    r"\+[ \t]{0,12}(?:(?:export|default|public|private|protected|static|async|pub(?:\(\w{1,9}\))?"
    r"|abstract|final|const|unsafe|extern|inline) ){0,4}"
    r"((?:def|class|fn|func|function|struct|enum|interface|trait|impl|type|module)"
    r" {1,2}(?:\([^)\n]{1,60}\) )?[\w.]{1,60})"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The hunks of a file that stay, and those that leave."""

    kept: tuple[Hunk, ...] = ()
    gone: tuple[Hunk, ...] = ()


def written(parts: Sequence[Part], shown: Sequence[Shown], text: str) -> Reduced | None:
    """The parts with what is *shown* of each file; None where that is no shorter."""
    patches = [part for part in parts if isinstance(part, FilePatch)]
    writer = _Writer(is_long=sum(bool(one.gone) for one in shown) > FEW_FILES)
    files = iter(shown)
    for part in parts:
        if isinstance(part, FilePatch):
            writer.add_file(part, next(files))
        else:
            writer.add_lines(part.lines, set(range(part.at, part.end)).difference(part.gone))
    before = "\n".join(writer.lines()).removesuffix("\n")
    total = text.count("\n") + 1
    if len(before) >= len(text) or len(writer.stay) >= total:
        return None
    runs = gaps(total, writer.stay)
    return Reduced(
        before=before,
        gone=total - len(writer.stay),
        of=total,
        unit="lines",
        told=_summary(patches, shown),
        gone_lines=tuple((first + 1, last + 1) for first, last in runs),
    )


class _Writer:
    """Collects what is shown; *is_long* where so many files left that each is told in brief."""

    def __init__(self, *, is_long: bool) -> None:
        self.stay: set[int] = set()
        self._is_long = is_long
        self._lines: list[str] = []
        self._waiting: list[tuple[FilePatch, Shown]] = []
        """Files that left as a whole, one behind the other."""

    def lines(self) -> list[str]:
        """All that is shown."""
        self._tell()
        return self._lines

    def add_lines(self, lines: Sequence[str], numbers: Iterable[int]) -> None:
        """Lines, and the numbers of those that the text has."""
        self._tell()
        self._lines += lines
        self.stay.update(numbers)

    def add_file(self, patch: FilePatch, shown: Shown) -> None:
        """A file with its hunks, or a line that says what it was."""
        if patch.blob:
            self.add_lines([f"[… {patch.path} (binary): {len(patch.blob)} lines left out]"], ())
            return
        if shown.gone and not shown.kept:
            self._waiting.append((patch, shown))
            return
        self.add_lines(patch.header, range(patch.at, patch.at + len(patch.header)))
        headers = {hunk.at: hunk.header for hunk in patch.hunks}
        for hunk in shown.kept:
            first = hunk.at + (headers.get(hunk.at) != hunk.header)
            lines = (hunk.header, *(change.line for change in hunk.changes))
            self.add_lines(lines, range(first, hunk.at + hunk.height))
        if shown.gone:
            self._lines.append(self._told(patch, shown))

    def _tell(self) -> None:
        """What is waiting: a line for each, or for many together."""
        if self._is_long and len(self._waiting) >= FEWEST_TOGETHER:
            for first in range(0, len(self._waiting), MOST_TOGETHER):
                self._lines.append(_together(self._waiting[first : first + MOST_TOGETHER]))
        else:
            self._lines += (self._told(patch, shown) for patch, shown in self._waiting)
        self._waiting = []

    def _told(self, patch: FilePatch, shown: Shown) -> str:
        return _told(patch, shown, HUNKS_OF_MANY if self._is_long else HUNKS_OF_FEW)


def _together(files: Sequence[tuple[FilePatch, Shown]]) -> str:
    """One line about several files that left."""
    said = (f"{patch.path}{_state(patch)} {_counts(shown.gone)}" for patch, shown in files)
    return f"[… {len(files)} files left out: {', '.join(said)}]"


def _told(patch: FilePatch, shown: Shown, most: int) -> str:
    """One line about what left a file, with the places of at most so many hunks."""
    of = f" of {len(shown.kept) + len(shown.gone)}" if shown.kept else ""
    noun = "hunk" if len(shown.gone) == 1 and not of else "hunks"
    state = "" if shown.kept else _state(patch)
    if len(shown.gone) == 1 and not shown.gone[0].removed:
        places = f"{_place(shown.gone[0])}{_names(shown.gone[0])}"
    else:
        places = ", ".join(map(_place, shown.gone[:most]))
    rest = shown.gone[most:]
    more = f" and {len(rest)} more ({_counts(rest)})" if rest else ""
    return f"[… {patch.path}{state}: {len(shown.gone)}{of} {noun} left out: {places}{more}]"


def _state(patch: FilePatch) -> str:
    if patch.is_new:
        return " (new)"
    if patch.is_gone:
        return " (deleted)"
    before = next((line[12:] for line in patch.header if line.startswith("rename from ")), "")
    return f" (renamed from {before.rstrip()})" if before else ""


def _place(hunk: Hunk) -> str:
    header = (hunk.cut_from or hunk.header).rstrip()
    if len(header) > LONGEST_HEADER:
        header = header[: LONGEST_HEADER - 1] + "…"
    counts = _counts((hunk,))
    return f"{counts} of {header}" if hunk.cut_from else f"{header} ({counts})"


def _counts(hunks: Sequence[Hunk]) -> str:
    added, removed = sum(hunk.added for hunk in hunks), sum(hunk.removed for hunk in hunks)
    return " ".join(f"{sign}{count}" for sign, count in (("+", added), ("−", removed)) if count)


def _names(hunk: Hunk) -> str:
    """What an added piece defines: `: class Store, def load`."""
    found = (_NAME.match(change.line) for change in hunk.changes)
    names = ", ".join(dict.fromkeys(one[1] for one in found if one))
    if len(names) > LONGEST_NAMES:
        names = f"{names[:LONGEST_NAMES].rpartition(', ')[0]}, …"
    return f": {names}" if names else ""


def _summary(patches: Sequence[FilePatch], shown: Sequence[Shown]) -> str:
    hunks = sum(len(one.gone) for one in shown)
    files = sum(bool(one.gone) for one in shown)
    whole = {hunk.header for patch in patches for hunk in patch.hunks}
    said = []
    if any(hunk.header not in whole for one in shown for hunk in one.kept):
        said.append("context of changes")
    if hunks:
        said.append(f"{_many(hunks, 'hunk')} in {_many(files, 'file')}")
    return f" ({'; '.join(said)})" if said else ""


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
