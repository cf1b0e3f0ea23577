"""Logs and the output of builds and tests: what repeats is said once, nothing is left out.

    [log, 2 forms: a letter stands for its form, which is told first, with the values for <*>; …]
    A <time> INFO  pool: connection <*> opened
    B <time> INFO  shop: order <*> paid
    2024-05-01 12:00:01,120 INFO  server: listening on port 8080
    :04,007 A 1
    01:09,440 A 2
    :09,502 B 4711
    2024-05-01 12:01:10,002 ERROR pool: connection lost
    retrying (×3)
    [12 lines again, from the 20th line: "Traceback (most recent call last):" … "retrying"]

The first and the last line, errors and events that come only once stay as they are, unless that
is what the log is made of.  A backslash marks a line of the source that looks like ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from headroom.compressors.base import Origin
from headroom.compressors.lines import escaped, worth_it
from headroom.compressors.logs.forms import Cut, Form, cut, filled, forms
from headroom.compressors.logs.line_tree import wording
from headroom.compressors.logs.log_kind import is_log, is_source
from headroom.compressors.logs.severity import fails
from headroom.compressors.logs.stamps import SHOWN, restored, shortened, stamp_in
from headroom.compressors.logs.stretches import (
    REFERENCE,
    SHORTEST,
    Stretch,
    is_like_reference,
    reference,
    referred,
    stretches,
)

SHORTEST_FOLD = 4
FEWEST_CHARACTERS, MOST_LINES = 1_000, 20_000
"""Of texts in which forms are looked for; in others only what repeats."""
LEAST_SAVED_BY_FORMS = 0.12
"""Of the length: less is not worth a reader's trouble."""
CHARACTERS_PER_TOKEN = 3
# More than one line in so many, and they are what the log is made of.
FEWEST_LINES_PER_ERROR = FEWEST_LINES_PER_ONE_OFF = 8
ERRORS_SHOWN = 2
"""Where a log is made of errors, so many stay whole of those that differ in numbers only."""

_NOTES = {
    "1": "<1> is the first of them again",
    "time": "a time is shown from where it differs from the one above",
    "×": "(×3) is a line three times",
    "[": "[6 lines again, …] are lines from above",
}
_HEADER = re.compile(r"\[log(?:, ([0-9]{1,3}) forms?)?: [^\n]*\]")
_AGAIN = re.compile(r"<[0-9]")
_FOLD = re.compile(r" \(×([0-9]{1,8})\)$")
_ROW = re.compile(rf"(?:({SHOWN}) )?([A-Z]{{1,2}})(?: (.*))?", re.DOTALL)
_CUT_BEFORE = re.compile(r"\[… (?:lines? )?[0-9,-]{1,30} (?:characters )?left out")


class Log:
    """Lines that are alike, and lines that repeat."""

    name = "log"
    kind = "log"
    strategy = "log"

    def encode(self, text: str, origin: Origin) -> str | None:
        """*text* with what its lines share and its repetitions said once, or None."""
        # What a reduction let stay was chosen to be read as it is.
        if _CUT_BEFORE.search(text):
            return None
        lines = text.split("\n")
        again = {} if is_source(origin) else stretches(lines)
        is_of_a_size = len(text) >= FEWEST_CHARACTERS and len(lines) <= MOST_LINES
        may_have_forms = is_of_a_size and is_log(text, origin)
        if not may_have_forms and is_source(origin):
            return None
        found = _forms(lines) if may_have_forms else ()
        if not found and not _repeats_much(text, lines):
            return None
        encoded = _Writer(lines, _without_forms(again, found), found).text()
        return encoded if worth_it(encoded, text) else None

    def decode(self, encoded: str) -> str:
        """The log as it was written."""
        header, newline, rest = encoded.partition("\n")
        found = _HEADER.fullmatch(header)
        if not newline or found is None:
            raise ValueError("not a log as we write it: the header line is missing")
        body = rest.split("\n")
        count = int(found[1] or 0)
        known: dict[str, str] = {}
        for number, line in enumerate(body[:count]):
            label, _, text = line.partition(" ")
            if label != _label(number):
                raise ValueError(f"form {number + 1} is told as {line[:40]!r}")
            known[label] = text
        return "\n".join(_decoded(body[count:], known))


def _forms(lines: Sequence[str]) -> Sequence[Form]:
    """The forms of these lines, if together they are worth a reader's trouble."""
    known = {line: cut(line) for line in set(lines)}
    cuts = [known[line] for line in lines]
    found = forms(lines, cuts, _whole(lines, cuts))
    saved = sum(form.gain for form in found) * CHARACTERS_PER_TOKEN
    return found if saved >= LEAST_SAVED_BY_FORMS * sum(map(len, lines)) else ()


def _without_forms(again: Mapping[int, Stretch], found: Sequence[Form]) -> dict[int, Stretch]:
    """The stretches of lines that have no forms: those that have are short without."""
    formed = {at for form in found for at in form.values}
    return {
        at: stretch
        for at, stretch in again.items()
        if 2 * sum(line in formed for line in range(at, at + stretch.length)) < stretch.length
    }


def _repeats_much(text: str, lines: Sequence[str]) -> bool:
    distinct = sum(map(len, set(lines))) + len(lines)
    return len(text) - distinct > max(SHORTEST, len(text) // 32)


def _whole(lines: Sequence[str], cuts: Sequence[Cut]) -> frozenset[int]:
    """The lines that stay as they are: those that are looked for."""
    last = len(lines) - 1 if lines[-1] else len(lines) - 2
    kept = {0, last}
    events = [wording(cut.masked) for cut in cuts]
    often = Counter(events)
    failing = {event for event in often if fails(event.lower())}
    few = sum(often[event] for event in failing) * FEWEST_LINES_PER_ERROR <= len(lines)
    shown: Counter[str] = Counter()
    for position, event in enumerate(events):
        if event in failing:
            shown[event] += 1
            if few or shown[event] <= ERRORS_SHOWN:
                kept.add(position)
    once = [position for position, event in enumerate(events) if often[event] == 1]
    if len(once) * FEWEST_LINES_PER_ONE_OFF <= len(lines):
        kept.update(once)
    return frozenset(kept)


def _label(number: int) -> str:
    """`A` to `Z`, then `AA`, `AB`, …"""
    letter = chr(ord("A") + number % 26)
    return letter if number < 26 else chr(ord("A") + number // 26 - 1) + letter


@dataclass(frozen=True, slots=True)
class _Row:
    """A line by its form: the form's label, and the values that fill it."""

    label: str
    values: str
    has_time: bool

    def written(self, stamp: str, above: str) -> str | None:
        """The row, or None where it could not be read back."""
        time = shortened(stamp, above) if self.has_time else ""
        if time is None:
            return None
        row = " ".join(part for part in (time, self.label, self.values) if part)
        read = _ROW.fullmatch(row)
        if read is None or _looks_like_ours(row):
            return None
        parts = read[1] or "", read[2], read[3] or ""
        return row if parts == (time, self.label, self.values) else None


class _Writer:
    """Writes the body line by line, knowing which time stands above."""

    def __init__(
        self, lines: Sequence[str], again: Mapping[int, Stretch], found: Sequence[Form]
    ) -> None:
        self._lines = lines
        self._again = again
        self._found = found
        self._labels = frozenset(map(_label, range(len(found))))
        self._rows = {
            at: _Row(_label(number), values, "<time>" in form.text)
            for number, form in enumerate(found)
            for at, values in form.values.items()
        }
        for stretch in again.values():
            # They are quoted where they stand again.
            self._rows.pop(stretch.first, None)
            self._rows.pop(stretch.first + stretch.length - 1, None)
        self._above = ""

    def text(self) -> str:
        """Header, forms and body."""
        legend = [f"{_label(number)} {form.text}" for number, form in enumerate(self._found)]
        body = list(self._body())
        return "\n".join((_header(self._found, body), *legend, *body))

    def _body(self) -> Iterator[str]:
        position = 0
        while position < len(self._lines):
            stretch = self._again.get(position)
            if stretch is not None:
                self._above = ""
                yield reference(self._lines, stretch)
                position += stretch.length
                continue
            line = self._line(position)
            times = 1 if line.startswith("\\") else self._times(position)
            yield f"{line} (×{times})" if times > 1 else line
            position += times

    def _line(self, position: int) -> str:
        line = self._lines[position]
        is_ours = _looks_like_ours(line)
        if not self._found:
            return escaped(line) if is_ours else line
        found = stamp_in(line)
        stamp = found[0] if found else ""
        row = None if is_ours else self._rows.get(position)
        written = row.written(stamp, self._above) if row is not None else None
        self._above = stamp or self._above
        if written is not None:
            return written
        return escaped(line) if is_ours or self._reads_as_row(line) else line

    def _reads_as_row(self, line: str) -> bool:
        read = _ROW.fullmatch(line) if self._labels else None
        return read is not None and read[2] in self._labels

    def _times(self, position: int) -> int:
        line = self._lines[position]
        if len(line.strip()) < SHORTEST_FOLD:
            return 1
        times = 1
        while (
            position + times < len(self._lines)
            and self._lines[position + times] == line
            and position + times not in self._again
        ):
            times += 1
        return times


def _looks_like_ours(line: str) -> bool:
    return (
        line.startswith("\\")
        or is_like_reference(line)
        or (line.endswith(")") and _FOLD.search(line) is not None)
    )


def _header(found: Sequence[Form], body: Sequence[str]) -> str:
    ours = [line for line in body if not line.startswith("\\")]
    used = (
        ("1", any(_AGAIN.search(form.text) for form in found)),
        ("time", any("<time>" in form.text for form in found)),
        ("×", any(_FOLD.search(line) for line in ours if line.endswith(")"))),
        ("[", any(map(is_like_reference, ours))),
    )
    notes = [_NOTES[mark] for mark, is_used in used if is_used]
    if not found:
        return f"[log: {'; '.join(notes)}]"
    noun = "form" if len(found) == 1 else "forms"
    told = "a letter stands for its form, with the values for <*> behind it"
    return f"[log, {len(found)} {noun}: {'; '.join([told, *notes])}]"


def _decoded(body: Sequence[str], known: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    above = ""
    for line in body:
        again = REFERENCE.fullmatch(line)
        if again is not None:
            lines += referred(again, lines)
            above = ""
            continue
        fold = _FOLD.search(line) if line.endswith(")") and not line.startswith("\\") else None
        whole = _read(line[: fold.start()] if fold else line, above, known)
        lines += [whole] * (int(fold[1]) if fold else 1)
        found = stamp_in(whole)
        above = found[0] if found else above
    return lines


def _read(line: str, above: str, known: Mapping[str, str]) -> str:
    if line.startswith("\\"):
        return line[1:]
    row = _ROW.fullmatch(line) if known else None
    if row is None or row[2] not in known:
        return line
    return filled(known[row[2]], restored(row[1] or "", above), row[3] or "")
