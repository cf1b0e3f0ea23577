"""Listings, read line by line: which file or directory each line names.

    drwxr-xr-x 2 ada staff 4096 Nov 21 02:40 old      rows of `ls -l`, below `src/shapes:`
    │   ├── area.py                                   a drawn tree, or one of dashes
    ./src/shapes/area.py                              paths (find, glob, `rg --files`, du)
    ??  src/shapes/line.py                            paths that git says something of

Which layout it is, the lines themselves tell; names alone count only where they were asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import NamedTuple

from headroom.compressors.path_kinds import made_within, may_be_path

SHARE_LISTED = 0.7
FEWEST_WITH_DIRECTORY = 0.6
MANY_ALIKE = 30
"""What git does not track may be the agent's own work, unless a directory has so many files."""
SAMPLE = 60
"""Lines by which the layout is told."""

_UNITS = MappingProxyType(
    {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}
)
_SIZE = re.compile(r"([0-9]{1,15})(?:[.,][0-9]{1,9})?([KMGTP]?)")
_ROW = re.compile(
    r"([-bcdlps])[-rwxsStT]{9}[+.@]? +[0-9]{1,9} +[^\s]{1,80} +(?:[^\s]{1,80} +)?"
    r"([0-9]{1,15}(?:[.,][0-9]{1,9})?[KMGTP]?) (?:[A-Z][a-z]{2} +[0-9]{1,2} +[0-9:]{4,5}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9:.]{5,18}(?: [+-][0-9]{4})?)?) +(?=\S)"
)
_HEADING = re.compile(r"[^\s:][^\n:]{0,400}:")
_TOTAL = re.compile(r"total [0-9.,]{1,15}[KMGTP]?")
_DRAWN = re.compile(
    r"((?:[│|][ \u00a0]{3}|[ \u00a0]{4}){0,60})(?:[├└]──|\|--|`--|\+--|\\--)[ \u00a0]"
    r"(?:\[[^\]]{1,40}\] {1,2})?(?=\S)"
)
_DASHED = re.compile(r"((?:  ){0,60})- (?=[^\s-][^\s]{0,200}$)")
_GIT_SAYS = re.compile(
    r"\t(?:(?:both |new |deleted by |added by )?[a-z]{2,12}:\s{1,12})?(?=\S)"
    r"|(?!  )[ MADRCUT?!]{2} (?=\S)"
)
_UNTRACKED = re.compile(r"Untracked files:|Ignored files:")
_PATH = re.compile(r"(?:[A-Za-z]:)?[^\t\r\n:\"'<>|*?;,`=(){}\[\]$]{1,400}|[^\s:\"'<>|*?;,]{1,400}")
_NAME = re.compile(r"\.?[\w@+~-][\w.@+~#-]{0,200}/?")
_SIZED = re.compile(r"\s{0,12}([0-9]{1,15}(?:[.,][0-9]{1,9})?[KMGTP]?)\s{1,8}(?=[.~/\w])")


class Listed(NamedTuple):
    """What one line names: *name*, in *directory* (with its slash), as far as the listing tells.

    *before* is what stands in front of the name; *depth* is that of a drawn line, 0 elsewhere.
    What *must_stay* is what git says something of.  A line that *heads* belongs to the heading
    of its directory.  A tuple, as tens of thousands are made and those are made fastest.
    """

    directory: str
    name: str = ""
    before: str = ""
    is_directory: bool = False
    size: int = 0
    depth: int = 0
    must_stay: bool = False
    heads: bool = False

    @property
    def path(self) -> str:
        """The whole path."""
        return self.directory + self.name


Lines = list[Listed | None]
"""For each line what it names, None where that is nothing."""


def listed(lines: Sequence[str], *, names_alone: bool) -> Lines:
    """What each of *lines* names; an empty list where they are no listing.

    *names_alone*: the call was for a listing, so that names without a directory are files too.
    """
    said = len(list(filter(str.strip, lines)))
    sample = list(filter(str.strip, lines[:: max(len(lines) // SAMPLE, 1)]))
    for layout, read in _LAYOUTS:
        if not names_alone and layout in _OF_NAMES:
            continue
        if sum(layout.match(line) is not None for line in sample) * 3 < len(sample):
            continue
        found = read(lines)
        if len(found) - found.count(None) >= SHARE_LISTED * said:
            return _with_directories(found)
    return []


def _with_directories(found: Lines) -> Lines:
    """The same, with what has something in it as a directory."""
    directories = {one.directory for one in found if one is not None}
    holding = {directory.rstrip("/") for directory in directories}
    return [
        one._replace(is_directory=True)
        if one is not None and one.directory + one.name in holding and not one.is_directory
        else one
        for one in found
    ]


def _rows(lines: Sequence[str]) -> Lines:
    """Rows of `ls -l`, of one directory or of many."""
    return _in_blocks(lines, _row)


def _names(lines: Sequence[str]) -> Lines:
    """Names alone, of one directory or, as `ls -R` writes them, of many."""
    return _in_blocks(lines, _name)


def _in_blocks(lines: Sequence[str], read: Callable[[str, str], Listed | None]) -> Lines:
    found: Lines = []
    directory = ""
    for index, line in enumerate(lines):
        if _is_block(lines, index):
            directory = line[:-1].rstrip("/") + "/"
            found[-1:] = [Listed(directory, heads=True)] * len(found[-1:])
            found.append(Listed(directory, heads=True))
        elif _TOTAL.fullmatch(line):
            found.append(Listed(directory, heads=True))
        else:
            found.append(read(line, directory))
    return found


def _is_block(lines: Sequence[str], index: int) -> bool:
    opens = not index or not lines[index - 1].strip()
    return opens and _HEADING.fullmatch(lines[index]) is not None


def _row(line: str, directory: str) -> Listed | None:
    row = _ROW.match(line)
    if row is None:
        return None
    name = line[row.end() :].partition(" -> ")[0]
    return Listed(directory, name, row[0], row[1] == "d", _bytes(row[2]))


def _name(line: str, directory: str) -> Listed | None:
    if not _NAME.fullmatch(line):
        return None
    return Listed(directory, line, is_directory=line.endswith("/"))


def _drawn(lines: Sequence[str]) -> Lines:
    """Trees with drawn branches, or with dashes behind their indentation."""
    found: Lines = []
    # At each depth the directory of what hangs there.
    within = [""]
    for line in lines:
        branch, step = _DRAWN.match(line), 4
        if branch is None:
            branch, step = _DASHED.match(line), 2
        if branch is None:
            within = _below("", line) if _PATH.fullmatch(line) else [""]
            found.append(None)
            continue
        drawn = branch[0]
        depth = len(branch[1]) // step + 1
        name = line[len(drawn) :]
        if depth >= len(within):
            within += within[-1:] * (depth + 1 - len(within))
        directory = within[depth]
        within[depth + 1 :] = _below(directory, name)[1:]
        found.append(Listed(directory, name, drawn, name[-1:] == "/", depth=depth))
    return found


def _below(directory: str, name: str) -> list[str]:
    """The directory, and that of what hangs on *name* in it."""
    bare = name.rstrip("/")
    return [directory, f"{directory}{bare}/" if bare else directory]


def _paths(lines: Sequence[str]) -> Lines:
    """Paths, with what git or du says of them in front."""
    found = list(map(_path, lines))
    named = [one for one in found if one is not None]
    within = len([one for one in named if one.directory or one.must_stay])
    if within < FEWEST_WITH_DIRECTORY * len(named):
        return []
    return _freed(lines, found) if any(one.must_stay for one in named) else found


def _path(line: str) -> Listed | None:
    # Most lines begin like a path, and so with nothing in front of it.
    is_bare = line[:1] in "/."
    said = None if is_bare else _GIT_SAYS.match(line)
    sized = None if is_bare or said else _SIZED.match(line)
    start = said.end() if said else sized.end() if sized else 0
    path = line[start:].rstrip("\r")
    if not _is_path(path):
        return None
    cut = path.rfind("/", 0, -1) + 1
    if "\\" in path:
        cut = max(cut, path.rfind("\\", 0, -1) + 1)
    directory, name = path[:cut], path[cut:]
    before = line[: start + cut] if start else directory
    size = _bytes(sized[1]) if sized else 0
    is_directory = name[-1] in "/\\"
    return Listed(directory, name, before, is_directory, size, must_stay=said is not None)


def _is_path(path: str) -> bool:
    return bool(_PATH.fullmatch(path)) and path == path.strip() and may_be_path(path)


def _freed(lines: Sequence[str], found: Lines) -> Lines:
    """The same, but what nobody changed by hand may go where a directory has very much of it."""
    untracked = set(_untracked(lines))
    directories = {one.directory for one in found if one is not None}
    made = set(filter(made_within, directories))
    by_no_one = [
        at
        for at, one in enumerate(found)
        if one is not None and (at in untracked or one.directory in made)
    ]
    inside = Counter(one.directory for at in by_no_one if (one := found[at]) is not None)
    freed = list(found)
    for at in by_no_one:
        one = freed[at]
        if one is not None and inside[one.directory] >= MANY_ALIKE:
            freed[at] = one._replace(must_stay=False)
    return freed


def _untracked(lines: Sequence[str]) -> Iterator[int]:
    """The numbers of the lines that name what git does not track."""
    below = False
    for at, line in enumerate(lines):
        if not line.startswith(("\t", "  (")) and line.strip():
            below = _UNTRACKED.match(line) is not None
        if line.startswith(("??", "!!")) or (below and line.startswith("\t")):
            yield at


def _bytes(size: str) -> int:
    found = _SIZE.fullmatch(size)
    return int(found[1]) * _UNITS[found[2]] if found else 0


_LAYOUTS: tuple[tuple[re.Pattern[str], Callable[[Sequence[str]], Lines]], ...] = (
    (_ROW, _rows),
    (_DRAWN, _drawn),
    (_DASHED, _drawn),
    (re.compile(""), _paths),
    (_NAME, _names),
)
_OF_NAMES = (_DASHED, _NAME)
"""Layouts that lists of anything may have.  Asked for a listing, it is one."""
