"""Diffs written again with the hunks that stay, and what left told below those of its file.

    [… src/app.py: 2 more hunks left out: @@ -88,3 +90,9 @@ def run (+6), @@ -120,4 +128 @@ (−3)]
    [… package-lock.json: 7 hunks left out: +400 −380 in 812 lines]
    [… src/store.py (new): lines 41-250 left out: +210: class Store, def load]

Between two hunks nothing is said: there a diff would end for `git apply`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headroom.compressors.base import Reduced
from headroom.compressors.diff_reader import FilePatch, Hunk, Part
from headroom.compressors.units import gaps

LONGEST_HEADER, LONGEST_NAMES = 64, 160
FEW_FILES, HUNKS_OF_FEW, HUNKS_OF_MANY = 8, 4, 1
"""Where hunks of few files left, so many are told of each; of many, fewer."""

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
    pieces: list[str] = []
    stay: set[int] = set()
    files = iter(shown)
    many = sum(bool(one.gone) for one in shown) > FEW_FILES
    most = HUNKS_OF_MANY if many else HUNKS_OF_FEW
    for part in parts:
        if isinstance(part, FilePatch):
            one = next(files)
            _write(part, one, pieces, stay)
            if one.gone and not part.blob:
                pieces.append(_told(part, one, most))
        else:
            pieces += part.lines
            stay.update(range(part.at, part.end))
            stay.difference_update(part.gone)
    before = "\n".join(pieces).removesuffix("\n")
    total = text.count("\n") + 1
    if len(before) >= len(text) or len(stay) >= total:
        return None
    runs = gaps(total, stay)
    return Reduced(
        before=before,
        gone=total - len(stay),
        of=total,
        unit="lines",
        told=_summary([part for part in parts if isinstance(part, FilePatch)], shown),
        gone_lines=tuple((first + 1, last + 1) for first, last in runs),
    )


def _write(patch: FilePatch, shown: Shown, pieces: list[str], stay: set[int]) -> None:
    """Add the lines that are shown of a file, and the numbers of those that the text has."""
    if patch.blob:
        pieces.append(f"[… {patch.path} (binary): {len(patch.blob)} lines left out]")
        return
    if shown.kept or not shown.gone:
        pieces += patch.header
        stay.update(range(patch.at, patch.at + len(patch.header)))
    headers = {hunk.at: hunk.header for hunk in patch.hunks}
    for hunk in shown.kept:
        pieces.append(hunk.header)
        pieces += (change.line for change in hunk.changes)
        first = hunk.at + (headers.get(hunk.at) != hunk.header)
        stay.update(range(first, hunk.at + hunk.height))


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
