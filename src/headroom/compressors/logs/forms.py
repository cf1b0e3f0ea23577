"""The forms of log lines: what many lines share, said once, and the values of each.

    <time> INFO pool: connection <*> opened in <*> ms      for 11 lines with two values each
    <time> INFO shop: <…>                                  and for what goes on differently

`<1>` is the first value once more.  A value is a whole word, or what brackets, commas, equals
signs or colons set off inside of one, so that names, paths and numbers stay as they were.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from headroom.compressors.lines import shared_beginning
from headroom.compressors.logs.line_tree import groups, masked
from headroom.compressors.logs.stamps import stamp_in

FEWEST_LINES = 3
LONGEST_LINE = 2_000
MOST_FORMS = 40
TROUBLE = 80
"""Tokens that a form has to save beyond its own length: what it costs to look it up."""
LABEL = 1
VALUE = 2
STAMP_SHOWN = 4
"""Tokens of a label, of a value's place in a form, of a stamp that is shortened."""
DEEPEST = 6
LEAST_PER_VALUE = 3
"""Lines per value, on average, of a word by whose values a group is parted."""
LONGEST_BEGINNING = 80
MOST_BEGINNINGS = 8

TIME, REST = "<time>", "<…>"
_PLACE = re.compile(r"<(\*|[0-9]{1,3}|time|…)>")
_HOLE = "\0"
# Roughly the tokens of o200k: words of letters, three digits at a time, runs of signs.
_TOKEN = re.compile(r"[^\W\d_]{1,8}|\d{1,3}|[^\w\s]{1,3}|_| (?=\d)|\s{2,}")
# What sets off a value inside of a word: nothing that stands within names, paths and addresses.
_JOINT = r"(?:[^\w./\\@~+\-:]|:(?![/\\]))"
_LAST_JOINT = re.compile(rf".*{_JOINT}", re.DOTALL)
_FIRST_JOINT = re.compile(rf"{_JOINT}.*", re.DOTALL)
_BEGINNING = re.compile(r"\S\s+(?=\S)")

Words = Sequence[str]
Columns = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Form:
    """What some lines share, with places for what they do not; and what fills them, by line."""

    text: str
    values: Mapping[int, str]
    gain: int = 0
    """Tokens that it saves, roughly, less what it costs to look it up."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A line with a hole where its stamp was, the same with all digits alike, and its words."""

    stamp: str
    text: str
    masked: str
    words: list[str]


@dataclass(frozen=True, slots=True)
class _Found:
    """Lines that one form is for, and the tokens that it saves; *beginning* of an open form."""

    gain: int
    lines: Sequence[int]
    beginning: str = ""


def cut(line: str) -> Cut:
    """*line* without its stamp."""
    found = stamp_in(line)
    if found is None:
        return Cut("", line, masked(line), line.split(" "))
    holed = f"{line[: found.start()]}{_HOLE}{line[found.end() :]}"
    return Cut(found[0], holed, masked(holed), holed.split(" "))


def forms(lines: Sequence[str], cuts: Sequence[Cut], whole: Collection[int]) -> list[Form]:
    """The forms that are worth their trouble, by their first lines; *whole* lines have none."""
    usable = [at for at, line in enumerate(lines) if _is_usable(at, line, whole)]
    found: list[_Found] = []
    for like in _by_hole(usable, cuts):
        for group in groups(cuts[at].masked for at in like):
            found += _parted([like[member] for member in group.members], cuts).best
    taken = {at for one in found for at in one.lines}
    found += _beginnings([at for at in usable if at not in taken], cuts)
    found.sort(key=lambda one: (-one.gain, one.lines[0]))
    made = [_open(one, cuts) if one.beginning else _closed(one, cuts) for one in found]
    kept = [form for form in made if form is not None][:MOST_FORMS]
    return sorted(kept, key=lambda form: min(form.values))


def filled(text: str, stamp: str, values: str) -> str:
    """The line that has this form, stamp and values.  Raises ValueError when they do not fit."""
    pieces = _PLACE.split(text)
    places = pieces[1::2]
    needed = sum(place in "*…" for place in places)
    if places and places[-1] == "…":
        given = [values]
    else:
        given = values.split(" ") if needed or values else []
    if len(given) != needed or any(
        place.isdigit() and not 0 < int(place) <= len(given) for place in places
    ):
        raise ValueError(f"{values!r} does not fill the form {text!r}")
    coming = iter(given)
    for at, place in enumerate(places):
        if place in "*…":
            pieces[2 * at + 1] = next(coming)
        elif place == "time":
            pieces[2 * at + 1] = stamp
        else:
            pieces[2 * at + 1] = given[int(place) - 1]
    return "".join(pieces)


def _is_usable(at: int, line: str, whole: Collection[int]) -> bool:
    return 0 < len(line) <= LONGEST_LINE and at not in whole and _HOLE not in line


def _by_hole(usable: Sequence[int], cuts: Sequence[Cut]) -> Iterator[Sequence[int]]:
    """The lines by where their stamps stood: a hole is no value."""
    found: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for at in usable:
        found[_hole(cuts[at])].append(at)
    yield from found.values()


def _hole(cut: Cut) -> tuple[int, str]:
    if not cut.stamp:
        return -1, ""
    return next((at, word) for at, word in enumerate(cut.words) if _HOLE in word)


@dataclass(frozen=True, slots=True)
class _Best:
    gain: int
    best: list[_Found]


def _parted(lines: Sequence[int], cuts: Sequence[Cut], depth: int = 0) -> _Best:
    """One form for all of *lines*, or several by the values of one word, whichever saves more."""
    if not _may_save(lines, cuts):
        return _Best(0, [])
    columns = list(zip(*(cuts[at].words for at in lines), strict=True))
    gain = _gain(columns, cuts[lines[0]].stamp)
    together = _Best(gain, [_Found(gain, lines)]) if gain > 0 else _Best(0, [])
    by = _word_to_part_by(columns) if depth < DEEPEST else None
    if by is None:
        return together
    apart = _apart(lines, columns[by], cuts, depth)
    return apart if apart.gain > together.gain else together


def _may_save(lines: Sequence[int], cuts: Sequence[Cut]) -> bool:
    """Whether a form for these lines could save enough, were there no values in it."""
    if len(lines) < FEWEST_LINES:
        return False
    first = cuts[lines[0]]
    characters = len(first.stamp) + sum(map(len, first.words)) + len(first.words)
    return len(lines) * characters > TROUBLE


def _apart(lines: Sequence[int], column: Words, cuts: Sequence[Cut], depth: int) -> _Best:
    by_value: defaultdict[str, list[int]] = defaultdict(list)
    for at, value in zip(lines, column, strict=True):
        by_value[value].append(at)
    found: list[_Found] = []
    gain = 0
    left: list[int] = []
    for part in by_value.values():
        best = _parted(part, cuts, depth + 1)
        gain += best.gain
        found += best.best
        if not best.best:
            left += part
    if _may_save(left, cuts):
        left.sort()
        columns = list(zip(*(cuts[at].words for at in left), strict=True))
        rest = _gain(columns, cuts[left[0]].stamp)
        if rest > 0:
            gain += rest
            found.append(_Found(rest, left))
    return _Best(gain, found)


def _word_to_part_by(columns: Columns) -> int | None:
    """The word with the fewest different values, if few enough."""
    lines = len(columns[0])
    counts = ((len(set(column)), at) for at, column in enumerate(columns))
    best = min((count for count in counts if count[0] > 1), default=None)
    return best[1] if best is not None and best[0] * LEAST_PER_VALUE <= lines else None


def _gain(columns: Columns, stamp: str) -> int:
    """The tokens that one form for these lines saves."""
    shared = values = 0
    for column in columns:
        if _varies(column):
            values += 1
        else:
            shared += _weight(column[0])
    return _saved(len(columns[0]), shared, stamp) - VALUE * values


def _varies(column: Words) -> bool:
    return column.count(column[0]) != len(column)


def _saved(lines: int, shared: int, stamp: str) -> int:
    per_line = shared - LABEL + (_weight(stamp) - STAMP_SHOWN if stamp else 0)
    return lines * per_line - shared - TROUBLE


def _weight(text: str) -> int:
    return sum(1 for _ in _TOKEN.finditer(text))


def _closed(found: _Found, cuts: Sequence[Cut]) -> Form | None:
    """A form whose places are words."""
    columns = list(zip(*(cuts[at].words for at in found.lines), strict=True))
    pieces: list[str] = []
    values: list[Sequence[str]] = []
    places: dict[tuple[str, ...], int] = {}
    for column in columns:
        if not _varies(column):
            pieces.append(column[0])
            continue
        before, inner, after = _trimmed(column)
        place = places.get(inner)
        if place is None:
            values.append(inner)
            places[inner] = len(values)
        pieces.append(f"{before}<{place or '*'}>{after}")
    text = " ".join(pieces)
    if len(_PLACE.findall(text)) != sum(map(_varies, columns)):
        return None
    rows = zip(*values, strict=True) if values else ((),) * len(found.lines)
    filling = {at: " ".join(row) for at, row in zip(found.lines, rows, strict=True)}
    return Form(text.replace(_HOLE, TIME), filling, found.gain)


def _trimmed(column: tuple[str, ...]) -> tuple[str, tuple[str, ...], str]:
    """What all of *column* begin with, what is between, and what all end with."""
    before = _joint(_LAST_JOINT, shared_beginning(column))
    inner = [value[len(before) :] for value in column]
    backwards = [value[::-1] for value in inner]
    after = _joint(_FIRST_JOINT, shared_beginning(backwards)[::-1])
    if min(map(len, inner)) <= len(after):
        return (before, tuple(inner), "") if all(inner) else ("", column, "")
    return before, tuple(value[: len(value) - len(after)] for value in inner), after


def _joint(pattern: re.Pattern[str], shared: str) -> str:
    found = pattern.search(shared)
    return found[0] if found else ""


def _beginnings(left: Sequence[int], cuts: Sequence[Cut]) -> Iterator[_Found]:
    """Open forms: beginnings that many lines share, those that save most first."""
    sharing = _shared_beginnings(left, cuts)
    taken: set[int] = set()
    ranked = sorted(
        ((_open_gain(beginning, lines, cuts), beginning) for beginning, lines in sharing.items()),
        key=lambda one: (-one[0], one[1]),
    )
    for gain, beginning in ranked:
        if gain <= 0:
            return
        lines = [at for at in sharing[beginning] if at not in taken]
        still = _open_gain(beginning, lines, cuts)
        if still > 0:
            taken.update(lines)
            yield _Found(still, lines, beginning)


def _shared_beginnings(left: Sequence[int], cuts: Sequence[Cut]) -> dict[str, list[int]]:
    """The lines by what they begin with, word by word as far as enough lines share it."""
    sharing: dict[str, list[int]] = {}
    level: dict[str, list[int]] = {"": list(left)}
    for _ in range(MOST_BEGINNINGS):
        longer: defaultdict[str, list[int]] = defaultdict(list)
        for beginning, lines in level.items():
            for at in lines:
                text = cuts[at].text
                joint = _BEGINNING.search(text, len(beginning), LONGEST_BEGINNING)
                if joint is not None:
                    longer[text[: joint.end()]].append(at)
        level = {one: lines for one, lines in longer.items() if len(lines) >= FEWEST_LINES}
        sharing.update(level)
    return sharing


def _open_gain(beginning: str, lines: Sequence[int], cuts: Sequence[Cut]) -> int:
    if len(lines) < FEWEST_LINES:
        return 0
    stamp = cuts[lines[0]].stamp if _HOLE in beginning else ""
    return _saved(len(lines), _weight(beginning), stamp)


def _open(found: _Found, cuts: Sequence[Cut]) -> Form | None:
    if _PLACE.search(found.beginning):
        return None
    length = len(found.beginning)
    rests = {at: cuts[at].text[length:] for at in found.lines}
    if any(_HOLE in rest for rest in rests.values()):
        return None
    return Form(found.beginning.replace(_HOLE, TIME) + REST, rests, found.gain)
