"""Whether a fact can still be read in a text that was made shorter."""

from __future__ import annotations

import re
from typing import Literal

Sight = Literal["whole", "split", "missing"]
"""*split*: all parts are there, but what begins the line stands above it, said once."""

SHORTEST_PART = 2
LONGEST_HEAD = 400

_ESCAPE = re.compile(r'\\(["\\/])')
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")
_BLANKS = re.compile(r"\s+")
# A heading of search results, of a directory's names, of time stamps.
_HEADING = re.compile(r"^(?:# ?)?(.*?)(?:/: .*|…|:)?$")
_MEMBER = re.compile(r'"[\w.-]+":("(?:[^"\\]|\\.)*"?|[\w.+-]+)')
_ROW = re.compile(r"(\S{10,11} +\d+ \S+ +\S+) +(\S+) (\w{3} +\d+ +[\d:]+) (.*)")
_FORMS = re.compile(r"^\[log, \d+ forms?: ", re.MULTILINE)
_WORD = re.compile(r"[\w./\\@~+-]+")
_BLAMED = re.compile(
    r"(\^?[0-9a-f]{7,40}) \((\S.*?) +([0-9]{4}-[0-9-]{5}(?: [0-9:]{8} [+-]\d{4})?) +(\d+\))(.*)"
)
_USUAL_ROW = re.compile(r"rows without a mode are (.*?) SIZE (.*?) NAME")


class Shown:
    """A text to look for facts in.  *is_json*: quotes, escapes and blanks make no difference."""

    def __init__(self, text: str, *, is_json: bool = False) -> None:
        self._text = text
        self._is_json = is_json
        self._plain = ""
        self._headings: frozenset[str] = frozenset()

    def sight(self, needle: str) -> Sight:
        """How this fact can be seen."""
        if needle in self._text:
            return "whole"
        if self._is_json and _plain(needle) in self._all_plain():
            return "whole"
        lines = [line for line in needle.split("\n") if line.strip()]
        return "split" if lines and all(map(self._is_split, lines)) else "missing"

    def _is_split(self, line: str) -> bool:
        if line in self._text or self._is_record(line) or self._is_listed(line):
            return True
        if self._has_form(line) or self._is_blamed(line):
            return True
        headings = self._all_headings()
        for cut in range(min(len(line) - SHORTEST_PART, LONGEST_HEAD), SHORTEST_PART - 1, -1):
            if _bare(line[:cut]) in headings and line[cut:].lstrip(" :-") in self._text:
                return True
        return False

    def _is_record(self, line: str) -> bool:
        """Whether a line that is a JSON object has all its values in sight, as a table row has."""
        if not line.startswith("{"):
            return False
        plain = self._all_plain()
        return all(_plain(value) in plain for value in _MEMBER.findall(line))

    def _has_form(self, line: str) -> bool:
        """Whether the words of a log line are all there: those of its form, and its values."""
        if not _FORMS.search(self._text):
            return False
        return all(word in self._text for word in _WORD.findall(line))

    def _is_listed(self, line: str) -> bool:
        """Whether a row of `ls -l` is there, and what it lacks is said to be usual."""
        row = _ROW.fullmatch(line)
        usual = _USUAL_ROW.search(self._text)
        if row is None or usual is None:
            return False
        owned, size, date, name = (_BLANKS.sub(" ", part) for part in row.groups())
        when = "" if date == usual[2] else f"{date} "
        return owned == usual[1] and f"{size} {when}{name}" in self._text

    def _is_blamed(self, line: str) -> bool:
        """Whether a line of git blame is there, and its commit somewhere with who and when."""
        blamed = _BLAMED.fullmatch(line)
        if blamed is None:
            return False
        commit, author, date, number, text = blamed.groups()
        return (
            f"{commit} ({author} {date})" in self._text
            and re.search(rf"(?:^|\s){re.escape(number + text)}", self._text) is not None
        )

    def _all_plain(self) -> str:
        self._plain = self._plain or _plain(self._text)
        return self._plain

    def _all_headings(self) -> frozenset[str]:
        if not self._headings:
            found = (_HEADING.match(line) for line in self._text.split("\n"))
            self._headings = frozenset(_bare(one[1]) for one in found if one)
        return self._headings


def _bare(heading: str) -> str:
    return heading.strip(" :-\t").rstrip("/")


def _plain(text: str) -> str:
    """The text without what JSON and tables of it write around values."""
    text = _UNICODE.sub(lambda found: chr(int(found[1], 16)), text)
    text = _ESCAPE.sub(r"\1", text).replace("\\n", " ").replace("\\t", " ")
    return _BLANKS.sub("", text.replace('"', "").replace("'", ""))
