"""Diffs read as what they are made of: files, their headers, their hunks, and text around.

Unified diffs with or without git's headers, those of `diff -r` and Subversion, and git's
combined diffs (`@@@`), where each line has a mark per parent.  Everything that is read can be
written again: the lines of the parts, joined, are the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_FILE = re.compile(r"(?:diff (?:--git|--cc|--combined|-)|Index: )")
_HEADER = re.compile(
    r"index [0-9a-f]|(?:old|new|deleted file|new file) mode |mode [0-9]"
    r"|(?:dis)?similarity index |(?:rename|copy) (?:from|to) |Binary files |={20}"
    r"|GIT binary patch|(?:---|\+\+\+) "
)
_BLOB = re.compile(r"(?:literal|delta) [0-9]|[A-Za-z][0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{5,65}\r?$")
_HUNK = re.compile(
    r"(@@@{0,15}) ((?:-[0-9]{1,9}(?:,[0-9]{1,9})? ){1,15})"
    r"\+([0-9]{1,9})(?:,([0-9]{1,9}))? (@@@{0,15})(.*)",
    re.DOTALL,
)
_START = re.compile(r"-([0-9]{1,9})(?:,([0-9]{1,9}))?")
_GIT_PATHS = re.compile(r"diff --git \"?(?:[a-z]/)?(.{1,1000}?)\"? \"?(?:[a-z]/)?(.{1,1000})")
_NO_NEWLINE = "\\ "
NOTHING = "/dev/null"


@dataclass(frozen=True, slots=True)
class Change:
    """A line of a hunk: its marks, one per parent, and the whole line with its marks.

    A remark that no line end follows (`\\ No newline at end of file`) belongs to its line.
    """

    marks: str
    line: str

    @property
    def is_context(self) -> bool:
        """Whether the line stands on all sides."""
        return not self.marks.strip()

    @property
    def height(self) -> int:
        """How many lines of the text it takes."""
        return 1 + self.line.count("\n")


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place of a file that differs.

    *starts* are the first lines that it shows of each side, the parents first; *section* is
    what stands behind the second `@@`; *at* is the line of the text that its header is on.
    *cut_from* is the header of the hunk that this is a part of, where its other part leaves.
    """

    header: str
    starts: tuple[int, ...]
    section: str
    changes: tuple[Change, ...]
    at: int
    cut_from: str = ""

    @property
    def added(self) -> int:
        """How many lines only the new side has."""
        return sum("+" in change.marks for change in self.changes)

    @property
    def removed(self) -> int:
        """How many lines the new side no longer has."""
        return sum("-" in change.marks for change in self.changes)

    @property
    def height(self) -> int:
        """How many lines of the text it takes, its header among them."""
        return 1 + sum(change.height for change in self.changes)

    @property
    def length(self) -> int:
        """How many characters it takes."""
        return len(self.header) + 1 + sum(len(change.line) + 1 for change in self.changes)


@dataclass(frozen=True, slots=True)
class FilePatch:
    """What differs in one file; *blob* are the lines of a binary patch."""

    path: str
    header: tuple[str, ...]
    hunks: tuple[Hunk, ...]
    blob: tuple[str, ...]
    at: int

    @property
    def is_gone(self) -> bool:
        """Whether the file was deleted."""
        return any(line.startswith(("deleted file", f"+++ {NOTHING}")) for line in self.header)

    @property
    def is_new(self) -> bool:
        """Whether the file was not there before."""
        return any(line.startswith(("new file", f"--- {NOTHING}")) for line in self.header)


@dataclass(frozen=True, slots=True)
class Around:
    """Lines that are no diff: messages of commits, statistics, what was printed before.

    They stand on the lines *at* to *end* of the text, but for those that are *gone*.
    """

    lines: tuple[str, ...]
    at: int
    end: int
    gone: tuple[int, ...] = ()


Part = FilePatch | Around


def read_diff(lines: Sequence[str]) -> list[Part]:
    """The parts of a text, in their order."""
    parts: list[Part] = []
    around = at = 0
    while at < len(lines):
        patch = _file_patch(lines, at)
        if patch is None:
            at += 1
            continue
        if around < at:
            parts.append(Around(tuple(lines[around:at]), around, at))
        parts.append(patch)
        at += _height(patch)
        around = at
    if around < len(lines):
        parts.append(Around(tuple(lines[around:]), around, len(lines)))
    return parts


def _height(patch: FilePatch) -> int:
    return len(patch.header) + len(patch.blob) + sum(hunk.height for hunk in patch.hunks)


def _file_patch(lines: Sequence[str], at: int) -> FilePatch | None:
    end = _header_end(lines, at)
    if end == at:
        return None
    header = tuple(lines[at:end])
    blob_end = _blob_end(lines, end) if header[-1].startswith("GIT binary patch") else end
    hunks: list[Hunk] = []
    below = blob_end
    while (hunk := _hunk(lines, below)) is not None:
        hunks.append(hunk)
        below += hunk.height
    return FilePatch(_path(header), header, tuple(hunks), tuple(lines[end:blob_end]), at)


def _header_end(lines: Sequence[str], at: int) -> int:
    """Where the header ends that begins at this line; *at* where none begins."""
    if lines[at].startswith("--- "):
        is_plain = (
            at + 2 < len(lines)
            and lines[at + 1].startswith("+++ ")
            and _HUNK.match(lines[at + 2]) is not None
        )
        return at + 2 if is_plain else at
    if not _FILE.match(lines[at]):
        return at
    end = at + 1
    while end < len(lines) and _HEADER.match(lines[end]):
        end += 1
    # "diff -u is a program" is a sentence: a header has more than one line, or hunks below.
    has_more = end > at + 1 or (end < len(lines) and _HUNK.match(lines[end]) is not None)
    return end if has_more or lines[at].startswith("diff --git ") else at


def _blob_end(lines: Sequence[str], at: int) -> int:
    end = at
    while end < len(lines) and (_BLOB.match(lines[end]) or lines[end] in ("", "\r")):
        end += 1
    while end > at and lines[end - 1] in ("", "\r"):
        end -= 1
    return end


def _hunk(lines: Sequence[str], at: int) -> Hunk | None:
    found = _HUNK.fullmatch(lines[at]) if at < len(lines) else None
    if found is None or found[1] != found[5]:
        return None
    parents = [_START.match(start) for start in found[2].split()]
    sides = [(int(one[1]), int(one[2] or 1)) for one in parents if one is not None]
    sides.append((int(found[3]), int(found[4] or 1)))
    if len(sides) != len(found[1]):
        return None
    starts = tuple(start if count else start + 1 for start, count in sides)
    changes = _changes(lines, at + 1, [count for _, count in sides])
    return Hunk(lines[at], starts, found[6], changes, at)


def _changes(lines: Sequence[str], at: int, left: list[int]) -> tuple[Change, ...]:
    """The lines of a hunk, as many as its header says, or as there are of them."""
    parents = len(left) - 1
    changes: list[Change] = []
    while at < len(lines):
        line = lines[at]
        if changes and line.startswith(_NO_NEWLINE) and "\n" not in changes[-1].line:
            changes[-1] = Change(changes[-1].marks, f"{changes[-1].line}\n{line}")
            at += 1
            continue
        marks = _marks(line, parents, is_last=at == len(lines) - 1)
        if marks is None or not any(left):
            break
        for side, is_on in enumerate(sides_of(marks)):
            left[side] = max(left[side] - is_on, 0)
        changes.append(Change(marks, line))
        at += 1
    return tuple(changes)


def _marks(line: str, parents: int, *, is_last: bool) -> str | None:
    """The marks that a line begins with, or None where it is no line of a hunk."""
    # Some tools cut blanks at line ends, and with them the mark of an empty line.
    if line in ("", "\r") and not is_last:
        return " " * parents
    marks = line[:parents]
    return marks if len(marks) == parents and not marks.strip(" +-") else None


def sides_of(marks: str) -> tuple[bool, ...]:
    """On which sides a line with these marks stands: each parent, and the new side."""
    if "-" in marks:
        return (*(mark == "-" for mark in marks), False)
    return (*(mark == " " for mark in marks), True)


def _path(header: Sequence[str]) -> str:
    """The path of the file, the new one where it has two."""
    said = {word: rest for word, _, rest in (line.partition(" ") for line in header)}
    for word in ("+++", "---"):
        path = said.get(word, "").partition("\t")[0].rstrip().strip('"')
        if path and path != NOTHING:
            is_git = header[0].startswith(("diff --git", "diff --c"))
            return path[2:] if is_git and path[1:2] == "/" else path
    both = _GIT_PATHS.fullmatch(header[0].rstrip().rstrip('"'))
    return both[2] if both else header[0].rpartition(" ")[2].strip()
