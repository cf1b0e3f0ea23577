"""Lists of paths (find, glob, git status, ls-files): the directory once, then its names.

    [listing: "dir/: a b" is dir/a and dir/b, "." is dir itself]
    ./src/shapes/: . area.py line.py point.py
    ./README.md
    \tmodified:   src/shapes/: area.py line.py

Whatever neighbouring lines have in common up to the last slash counts as their directory;
the name `.`, explained where it occurs, is the line of the directory itself.  Where all
absolute paths share a root, it stands in the header and `…/` for it.  A line that begins with
a blank goes on with the names of the line above; a backslash marks a line of the source that
looks like ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from headroom.compressors.lines import escaped

HEADER = '[listing: "dir/: a b" is dir/a and dir/b'
ITSELF = ', "." is dir itself'
ROOT = "…/"
SHORTEST_ROOT = 8
WIDTH = 100

_MARK = "/: "
_NAME = re.compile(r"[^\s\"'`<>|;:,\\]{1,200}")


def is_likely(lines: Sequence[str]) -> bool:
    """Whether neighbouring lines share directories."""
    heads = [_split(line)[0] for line in lines]
    shared = sum(above == below != "" for above, below in pairwise(heads))
    rooted = sum(head.startswith("/") for head in heads)
    return shared >= 3 or rooted >= 4


def encode(lines: Sequence[str]) -> tuple[str, list[str]] | None:
    """The header and the lines, shorter; None if no lines share a directory."""
    root = _root(lines)
    body = list(_encoded(lines, root))
    itself = ITSELF if any(f"{_MARK}. " in line for line in body) else ""
    header = f"{HEADER}{itself}; {ROOT} is {root}]" if root else f"{HEADER}{itself}]"
    return (header, body) if root or len(body) < len(lines) else None


def decode(header: str, lines: Sequence[str]) -> Iterator[str]:
    """The paths in full again."""
    root = header.removesuffix("]").partition(f"; {ROOT} is ")[2]
    head = ""
    for line in lines:
        if line.startswith("\\"):
            yield line[1:]
            head = ""
            continue
        if head and line.startswith(" ") and _MARK not in line:
            yield from (_joined(head, name) for name in line[1:].split(" "))
            continue
        if root and line.startswith(ROOT):
            line = root + line[len(ROOT) :]
        head, mark, names = line.partition(_MARK)
        if not mark:
            yield line
            head = ""
            continue
        head += "/"
        yield from (_joined(head, name) for name in names.split(" "))


def _joined(head: str, name: str) -> str:
    return head[:-1] if name == "." else head + name


def _split(line: str) -> tuple[str, str]:
    """What stands up to the last slash, and the name after it; two empty strings if none."""
    cut = line.rfind("/", 0, -1) + 1
    name = line[cut:]
    if cut < 2 or cut > 400 or name == "." or not _NAME.fullmatch(name):
        return "", ""
    return line[:cut], name


def _root(lines: Sequence[str]) -> str:
    heads = [head for line in lines if line.startswith("/") and (head := _split(line)[0])]
    if len(heads) < 3:
        return ""
    low, high = min(heads), max(heads)
    shared = 0
    while shared < min(len(low), len(high)) and low[shared] == high[shared]:
        shared += 1
    root = low[: low.rfind("/", 0, shared) + 1]
    return root if len(root) >= SHORTEST_ROOT and "]" not in root and _MARK not in root else ""


def _encoded(lines: Sequence[str], root: str) -> Iterator[str]:
    position = 0
    after_group = False
    while position < len(lines):
        head, names = _group(lines, position)
        if len(names) > 1 and not _is_ours(head):
            yield from _wrapped(_under(root, head), names)
            after_group = True
            position += len(names)
            continue
        line = lines[position]
        mistakable = _MARK in line or _is_ours(line) or (after_group and line.startswith(" "))
        yield escaped(line) if mistakable else _under(root, line)
        after_group = False
        position += 1


def _is_ours(line: str) -> bool:
    return line.startswith(("\\", ROOT))


def _under(root: str, line: str) -> str:
    return ROOT + line[len(root) :] if root and line.startswith(root) else line


def _group(lines: Sequence[str], position: int) -> tuple[str, list[str]]:
    """The names that stand under one directory from *position* on."""
    head, name = _split(lines[position])
    names = [name]
    position += 1
    if position < len(lines) and lines[position].startswith(lines[position - 1] + "/"):
        below, name = _split(lines[position])
        if below == lines[position - 1] + "/":
            head, names = below, [".", name]
            position += 1
    if not head or _MARK in head:
        return "", []
    while position < len(lines):
        below, name = _split(lines[position])
        if below != head:
            break
        names.append(name)
        position += 1
    return head, names


def _wrapped(head: str, names: Sequence[str]) -> Iterator[str]:
    row = f"{head}:"
    for name in names:
        if len(row) + len(name) >= WIDTH and not row.endswith(":"):
            yield row
            row = ""
        row = f"{row} {name}"
    yield row
