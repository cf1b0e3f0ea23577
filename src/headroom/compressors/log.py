"""Logs and the output of builds and tests: what repeats is said once, nothing is left out.

    [log: "…" ends what the lines below begin with; (×3) is a line three times]
    2024-05-01 12:00:01,120 INFO  server: listening on port 8080
    2024-05-01 12:…
    00:04,007 INFO  pool: connection opened
    01:09,440 INFO  pool: connection opened
    2024-05-01 12:01:10,002 ERROR pool: connection lost
    retrying (×3)
    [12 lines again, from the 20th line: "Traceback (most recent call last):" … "retrying"]

Errors, the first and the last line keep their whole time stamp.  A backslash marks a line of
the source that looks like ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from headroom.compressors.base import Origin
from headroom.compressors.lines import escaped, glance, ordinal, quoted_ends, worth_it

SHORTEST_REPEAT = 160
"""Characters of a stretch that is worth a reference of about a quarter of that."""
LONGEST_PREFIX = 40
HEADING = 4
SHORTEST_FOLD = 4
# More than one line in so many, and they are what the log is made of.  Errors are what is
# looked for, so they only count as that when most lines are errors.
FEWEST_LINES_PER_ERROR = 2
FEWEST_LINES_PER_ONE_OFF = 8
FEWEST_COMMAS = 3
ALIKE = 24
"""Characters of a message, less its digits, by which one event is told from another."""

_NOTES = {
    "…": '"…" ends what the lines below begin with',
    "×": "(×3) is a line three times",
    "[": "[6 lines again, …] are lines from above",
}
_HEADER = re.compile(r"\[log: [^\n]*\]")
_REPEAT = re.compile(
    r"\[([0-9]{1,8}) lines? again, from the ([0-9]{1,8})(?:st|nd|rd|th) line: [^\n]*\]"
)
_LIKE_REPEAT = re.compile(r"\[[0-9]{1,8} lines? again")
_FOLD = re.compile(r" \(×([0-9]{1,8})\)$")
# The upper severities of syslog (RFC 5424), and what programs say when they go wrong.
_ERROR = re.compile(
    r"error|fail|exception|fatal|panic|critical|alert|emerg|traceback"
    r"|abort|abnormal|denied|refused|timed out",
    re.IGNORECASE,
)
# What was printed into a file is not edited, and what is shown in part may still be.
_PRINTED = re.compile(r"\.(?:out|csv|txt|html?)\b|\b(?:logs?|syslog)\b")
_FILE_SHOWN = re.compile(r"(?:^|&&|;)\s{0,9}(?:cat|bat|nl|head|tail|sed)\s[^|;&<>]{1,400}$")
_STAMP = re.compile(r"[^{].{0,30}?(?:[0-9]{2}[:/-][0-9]{2}|[0-9]{6})")
# Where a number begins, or the part of one behind a separator: here a time stamp may be cut.
_PART = re.compile(r"(?<=[ :/.,T-])[0-9]|[.,:](?=[0-9])")
_WITHOUT_DIGITS = str.maketrans("", "", "0123456789")
_DIGITS = str.maketrans("123456789", "000000000")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Lines that stand earlier too: *length* lines as from *first*."""

    first: int
    length: int


class Log:
    """Lines with time stamps, and lines that repeat."""

    name = "log"
    kind = "log"
    strategy = "log"

    def encode(self, text: str, origin: Origin) -> str | None:
        """*text* with shared beginnings and repetitions said once, or None."""
        lines = text.split("\n")
        sample = glance(text).split("\n")
        prefix = 0 if _is_table(sample) else _prefix_length(sample)
        if not prefix and (_is_source(origin) or not _repeats_much(text, lines)):
            return None
        stretches = {} if _is_source(origin) else _stretches(lines)
        body = list(_Writer(lines, prefix, stretches).written())
        encoded = "\n".join((_header(body), *body))
        return encoded if worth_it(encoded, text) else None

    def decode(self, encoded: str) -> str:
        """The log as it was written."""
        header, newline, body = encoded.partition("\n")
        if not newline or not _HEADER.fullmatch(header):
            raise ValueError("not a log as we write it: the header line is missing")
        return "\n".join(_decoded(body.split("\n")))


def _is_source(origin: Origin) -> bool:
    """Whether a file was read, not a program run: what repeats in it may have to be edited."""
    if origin.command:
        shown = _FILE_SHOWN.search(origin.command.rstrip())
        return shown is not None and not _PRINTED.search(shown[0])
    return bool(origin.path) and not _PRINTED.search(origin.path)


def _is_table(lines: Sequence[str]) -> bool:
    """Whether these are rows of a CSV file: there the first cell is not to be cut apart."""
    commas = Counter(line.count(",") for line in lines if line)
    most, rows = commas.most_common(1)[0] if commas else (0, 0)
    return most >= FEWEST_COMMAS and rows * 10 >= commas.total() * 9


def _repeats_much(text: str, lines: Sequence[str]) -> bool:
    distinct = sum(map(len, set(lines))) + len(lines)
    return len(text) - distinct > max(SHORTEST_REPEAT, len(text) // 32)


def _prefix_length(lines: Sequence[str]) -> int:
    """How many characters neighbours best share, up to the part of a number that changes."""
    gains: Counter[int] = Counter()
    for above, below in pairwise(lines):
        if not _STAMP.match(below):
            continue
        shared = _shared(above, below)
        for found in _PART.finditer(below, 1, LONGEST_PREFIX):
            cut = found.start()
            gains[cut] += cut if cut <= shared else -HEADING
    if not gains:
        return 0
    cut, gain = max(gains.items(), key=lambda item: (item[1], item[0]))
    return cut if gain >= SHORTEST_REPEAT else 0


def _shared(above: str, below: str) -> int:
    """How many characters the two have in common at their beginning, at most 40."""
    low, high = 0, min(len(above), len(below), LONGEST_PREFIX)
    while low < high:
        middle = (low + high + 1) // 2
        if above[:middle] == below[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _stretches(lines: Sequence[str]) -> dict[int, _Stretch]:
    """Where lines stand again that stood before, by position; neighbours alike are left out."""
    first_seen: dict[tuple[str, ...], int] = {}
    found: dict[int, _Stretch] = {}
    position = 0
    while position < len(lines):
        line = lines[position]
        if position and line == lines[position - 1]:
            position += 1
            continue
        key = (line,) if len(line) >= SHORTEST_REPEAT else tuple(lines[position : position + 3])
        first = first_seen.setdefault(key, position)
        length, characters = _repeated(lines, first, position)
        if characters < SHORTEST_REPEAT:
            position += 1
            continue
        found[position] = _Stretch(first, length)
        position += length
    return found


def _repeated(lines: Sequence[str], first: int, again: int) -> tuple[int, int]:
    """How many lines, and characters, from *first* on stand *again*."""
    length = characters = 0
    while (
        first + length < again
        and again + length < len(lines)
        and lines[first + length] == lines[again + length]
    ):
        characters += len(lines[first + length]) + 1
        length += 1
    return length, characters


class _Writer:
    """Writes the body line by line, knowing under which beginning the next one stands."""

    def __init__(self, lines: Sequence[str], cut: int, stretches: Mapping[int, _Stretch]) -> None:
        self._lines = lines
        self._cut = cut
        self._stretches = stretches
        self._beginning = ""
        self._shape = ""
        self._whole = _kept_whole(lines, cut) if cut else frozenset()

    def written(self) -> Iterator[str]:
        """The lines of the body."""
        position = 0
        while position < len(self._lines):
            stretch = self._stretches.get(position)
            if stretch is not None:
                yield self._reference(stretch)
                position += stretch.length
                continue
            line = self._lines[position]
            if self._is_mistakable(position, line):
                yield escaped(line)
                position += 1
                continue
            times = self._times(position)
            yield from self._placed(position, f" (×{times})" if times > 1 else "")
            position += times

    def _reference(self, stretch: _Stretch) -> str:
        copied = self._lines[stretch.first : stretch.first + stretch.length]
        noun = "line" if stretch.length == 1 else "lines"
        return (
            f"[{stretch.length} {noun} again, from the {ordinal(stretch.first + 1)} line: "
            f"{quoted_ends(copied)}]"
        )

    def _times(self, position: int) -> int:
        line = self._lines[position]
        if len(line.strip()) < SHORTEST_FOLD:
            return 1
        times = 1
        while (
            position + times < len(self._lines)
            and self._lines[position + times] == line
            and position + times not in self._stretches
        ):
            times += 1
        return times

    def _placed(self, position: int, repeated: str) -> Iterator[str]:
        """The line as it stands under its beginning, with that beginning above it if new."""
        line = self._lines[position]
        beginning, rest = line[: self._cut], line[self._cut :]
        if not self._may_be_cut(position, line):
            yield line + repeated
        elif beginning == self._beginning and _shape(rest) == self._shape:
            yield rest + repeated
        elif self._is_shared_below(position, beginning):
            self._beginning, self._shape = beginning, _shape(rest)
            yield beginning + "…"
            yield rest + repeated
        else:
            yield line + repeated

    def _is_mistakable(self, position: int, line: str) -> bool:
        if _looks_like_ours(line):
            return True
        if not self._shape or _shape(line) != self._shape:
            return False
        is_below = line.startswith(self._beginning) and self._may_be_cut(position, line)
        return not (is_below and _shape(line[self._cut :]) == self._shape)

    def _may_be_cut(self, position: int, line: str) -> bool:
        if not self._cut or len(line) <= self._cut or not _PART.match(line, self._cut):
            return False
        return position not in self._whole and not _looks_like_ours(line[self._cut :])

    def _is_shared_below(self, position: int, beginning: str) -> bool:
        below = position + 1
        return below < len(self._lines) and self._lines[below].startswith(beginning)


def _kept_whole(lines: Sequence[str], cut: int) -> frozenset[int]:
    """The lines that keep their time stamp: first, last, errors, events that come once."""
    events = [line[cut:].translate(_WITHOUT_DIGITS)[:ALIKE] for line in lines]
    often = Counter(events)
    errors = [position for position, line in enumerate(lines) if _ERROR.search(line)]
    once = [position for position, event in enumerate(events) if often[event] == 1]
    last = len(lines) - 2 if not lines[-1] else len(lines) - 1
    kept = {0, last}
    if len(errors) * FEWEST_LINES_PER_ERROR <= len(lines):
        kept.update(errors)
    if len(once) * FEWEST_LINES_PER_ONE_OFF <= len(lines):
        kept.update(once)
    return frozenset(kept)


def _shape(rest: str) -> str:
    """What tells a line that goes on under a beginning from a whole one: `00:` for `59:`."""
    return rest[:3].translate(_DIGITS)


def _looks_like_ours(line: str) -> bool:
    return (
        line.startswith("\\")
        or (line.startswith("[") and _LIKE_REPEAT.match(line) is not None)
        or line.endswith("…")
        or (line.endswith(")") and _FOLD.search(line) is not None)
    )


def _header(body: Sequence[str]) -> str:
    ours = [line for line in body if not line.startswith("\\")]
    used = (
        ("…", any(line.endswith("…") for line in ours)),
        ("×", any(_FOLD.search(line) for line in ours if line.endswith(")"))),
        ("[", any(_LIKE_REPEAT.match(line) for line in ours if line.startswith("["))),
    )
    return f"[log: {'; '.join(_NOTES[mark] for mark, is_used in used if is_used)}]"


def _decoded(body: Sequence[str]) -> list[str]:
    lines: list[str] = []
    beginning = shape = ""
    is_new = False
    for line in body:
        if (repeat := _REPEAT.fullmatch(line)) is not None:
            first = int(repeat[2])
            lines += _copied(lines, first, first + int(repeat[1]) - 1)
        elif line.startswith("\\"):
            lines.append(line[1:])
        elif line.endswith("…"):
            beginning, is_new = line[:-1], True
        else:
            fold = _FOLD.search(line) if line.endswith(")") else None
            rest = line[: fold.start()] if fold else line
            if is_new:
                shape, is_new = _shape(rest), False
            whole = beginning + rest if shape and _shape(rest) == shape else rest
            lines += [whole] * (int(fold[1]) if fold else 1)
    return lines


def _copied(lines: Sequence[str], first: int, last: int) -> Sequence[str]:
    if not 1 <= first <= last <= len(lines):
        raise ValueError(f"lines {first}-{last} do not stand above, where only {len(lines)} are")
    return lines[first - 1 : last]
