"""Lines sorted by what they have in common: a tree of fixed depth, walked once per line.

By the number of words, then by the first of them; then with the group whose words are most
alike, if half of them are.  Words with digits count as values, not as words.  After Drain
(He, Zhu, Zheng and Lyu, ICWS 2017), with a shortcut for lines that differ in digits only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import eq

MOST_ALIKE_COMPARED = 8
"""Groups that a line is compared with; so a line costs the same however many there are."""
SHARE_ALIKE = 0.5
VALUE = "*"

_DIGITS = bytes.maketrans(b"123456789", b"000000000")


@dataclass(slots=True)
class Group:
    """Lines of one kind: their words, with `*` for what differs, and which lines they are."""

    words: list[str]
    members: list[int] = field(default_factory=list)


def masked(line: str) -> str:
    """*line* with all its digits alike."""
    # Bytes are translated much faster, and in UTF-8 those of digits are in no other sign.
    return line.encode("utf-8", "surrogatepass").translate(_DIGITS).decode("utf-8", "surrogatepass")


def wording(masked_line: str) -> str:
    """What a masked line has in common with those that differ from it in numbers only."""
    return masked_line.replace("0", "")


def groups(masked_lines: Iterable[str]) -> list[Group]:
    """The groups of lines, in the order of their first lines; each line is in one."""
    found: list[Group] = []
    known: dict[str, Group] = {}
    leaves: dict[tuple[int, str, str], list[Group]] = {}
    for position, line in enumerate(masked_lines):
        group = known.get(line)
        if group is None:
            words = line.split(" ")
            if "0" in line:
                words = [VALUE if "0" in word else word for word in words]
            group = known[line] = _alike(words, leaves)
            if not group.members:
                found.append(group)
        group.members.append(position)
    return found


def _alike(words: list[str], leaves: dict[tuple[int, str, str], list[Group]]) -> Group:
    first = ""
    for first in words:
        if first and first != VALUE:
            break
    else:
        first = ""
    leaf = leaves.setdefault((len(words), words[0], first), [])
    best: Group | None = None
    # Two values are no sign of being alike.
    values = words.count(VALUE)
    most = 0
    for group in leaf:
        shared = sum(map(eq, group.words, words)) - values
        if shared > most:
            best, most = group, shared
    if best is not None and most >= SHARE_ALIKE * (len(words) - values):
        best.words = [
            one if one == other else VALUE for one, other in zip(best.words, words, strict=True)
        ]
        return best
    new = Group(words)
    if len(leaf) < MOST_ALIKE_COMPARED:
        leaf.append(new)
    return new
