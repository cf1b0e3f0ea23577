"""Where the elements of XML or HTML stand in their text: found without changing a character.

In XML every element has to be closed, else it is none.  HTML is taken as it is written by hand:
an end tag closes what stands open inside, and one that closes nothing is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_MISTAKES = 100
"""Tags that are none, in HTML; what has more is not read any further."""
FARTHEST = 100
"""Open elements among which the one that an end tag closes is looked for."""

_NAME = re.compile(r"[^\W\d][\w:.-]{0,200}+")
# Behind the name: quoted values may hold `>`.
_REST = re.compile(r"""(?:[^"'<>]++|"[^"]*+"|'[^']*+')*+>""")
_REST_IN_XML = re.compile(r"""(?:[^"'<>]++|"[^"<]*+"|'[^'<]*+')*+>""")
_RAW_END = {
    name: re.compile(rf"</{name}\b", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title")
}
_VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr"),
    }
)
# An element whose end tag may be left out ends where one of these begins beside it.
_ENDED_BY = {
    "li": frozenset({"li"}),
    "p": frozenset({"p", "div", "ul", "ol", "table", "h1", "h2", "h3", "section", "pre", "form"}),
    "tr": frozenset({"tr", "tbody"}),
    "td": frozenset({"td", "th", "tr"}),
    "th": frozenset({"td", "th", "tr"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "option": frozenset({"option", "optgroup"}),
}


@dataclass(slots=True)
class Span:
    """An element: from *start* to *end*, with what is inside it between its tags.

    *parent* is the number of the element around it, -1 for none; *is_raw*: its text is no
    markup (`script`).
    """

    name: str
    start: int
    inner_start: int
    inner_end: int
    end: int
    parent: int
    depth: int
    is_raw: bool = False


@dataclass(slots=True)
class Spans:
    """The elements of a text in the order of their start tags, and the comments, as they stand.

    *texts* are the stretches from one tag to the next, each with the number of the element that
    it belongs to: first the start tag itself.
    """

    elements: list[Span]
    comments: list[tuple[int, int]]
    texts: list[tuple[int, int, int]]


def xml_spans(text: str) -> Spans | None:
    """The elements of a well-formed document, or None."""
    reader = _Reader(text, is_html=False)
    return reader.found if reader.read() and not reader.is_open and reader.roots == 1 else None


def html_spans(text: str) -> Spans | None:
    """The elements of HTML as it is written by hand; None where it is hardly HTML."""
    reader = _Reader(text, is_html=True)
    return reader.found if reader.read() else None


class _Reader:
    """One walk from `<` to `<`."""

    def __init__(self, text: str, *, is_html: bool) -> None:
        self.found = Spans([], [], [])
        self.roots = 0
        self._text = text
        self._is_html = is_html
        self._open: list[int] = []
        self._mistakes = 0

    @property
    def is_open(self) -> bool:
        """Whether an element has no end."""
        return bool(self._open)

    def read(self) -> bool:
        """Find everything; False where that cannot be done."""
        at = 0
        while True:
            tag = self._text.find("<", at)
            end = len(self._text) if tag < 0 else tag
            if not self._plain(at, end):
                return False
            if tag < 0:
                break
            after = self._tag(tag)
            if after < 0:
                self._mistakes += 1
                if not self._is_html or self._mistakes > MOST_MISTAKES:
                    return False
                after = tag + 1
            at = after
        if self._is_html:
            while self._open:
                self._close(len(self._text), len(self._text))
        return True

    def _plain(self, start: int, end: int) -> bool:
        """Text between tags; in XML none stands outside of the root."""
        if end == start:
            return True
        if not self._open:
            return self._is_html or not self._text[start:end].strip("\ufeff \t\r\n")
        self.found.texts.append((start, end, self._open[-1]))
        return True

    def _tag(self, at: int) -> int:
        """Read what begins with the `<` at *at*; return where it ends, -1 if it is no markup."""
        following = self._text[at + 1 : at + 2]
        if following == "/":
            return self._end_tag(at)
        if following == "!":
            return self._declared(at)
        if following == "?":
            end = self._text.find("?>", at)
            return end + 2 if end >= 0 else -1
        return self._start_tag(at)

    def _declared(self, at: int) -> int:
        """A comment, a CDATA section, a document type."""
        if self._text.startswith("<!--", at):
            end = self._text.find("-->", at + 4)
            if end >= 0:
                self.found.comments.append((at, end + 3))
            return end + 3 if end >= 0 else -1
        if self._text.startswith("<![CDATA[", at):
            end = self._text.find("]]>", at)
            if end >= 0 and self._open:
                self.found.texts.append((at, end + 3, self._open[-1]))
            return end + 3 if end >= 0 and self._open else -1
        end = self._text.find(">", at)
        inner = self._text.find("[", at, end) if end >= 0 else -1
        if inner >= 0:
            closed = self._text.find("]", inner)
            end = self._text.find(">", closed) if closed >= 0 else -1
        return end + 1 if end >= 0 else -1

    def _start_tag(self, at: int) -> int:
        name = _NAME.match(self._text, at + 1)
        pattern = _REST if self._is_html else _REST_IN_XML
        rest = pattern.match(self._text, name.end()) if name is not None else None
        if name is None or rest is None:
            return -1
        found = name[0].lower() if self._is_html else name[0]
        if self._is_html:
            self._end_before(found, at)
        end = rest.end()
        parent = self._open[-1] if self._open else -1
        self.roots += parent < 0
        depth = len(self._open)
        number = len(self.found.elements)
        span = Span(found, at, end, end, end, parent, depth)
        self.found.elements.append(span)
        self.found.texts.append((at, end, number))
        if self._text.startswith("/>", end - 2) or (self._is_html and found in _VOID):
            return end
        self._open.append(number)
        return self._raw(span) if self._is_html and found in _RAW_END else end

    def _raw(self, span: Span) -> int:
        """The text of a script up to its end tag, which is left to be read."""
        span.is_raw = True
        closing = _RAW_END[span.name].search(self._text, span.inner_start)
        end = closing.start() if closing else len(self._text)
        if end > span.inner_start:
            self.found.texts.append((span.inner_start, end, self._open[-1]))
        return end

    def _end_before(self, name: str, at: int) -> None:
        while self._open:
            inner = self.found.elements[self._open[-1]].name
            if name not in _ENDED_BY.get(inner, ()):
                return
            self._close(at, at)

    def _end_tag(self, at: int) -> int:
        name = _NAME.match(self._text, at + 2)
        end = self._text.find(">", at)
        if name is None or end < 0:
            return -1
        closed = name[0].lower() if self._is_html else name[0]
        if not self._is_html:
            if not self._open or self.found.elements[self._open[-1]].name != closed:
                return -1
            self._close(at, end + 1)
            return end + 1
        for number in self._open[: -FARTHEST - 1 : -1]:
            if self.found.elements[number].name == closed:
                while self._open[-1] != number:
                    self._close(at, at)
                self._close(at, end + 1)
                return end + 1
        return -1

    def _close(self, inner_end: int, end: int) -> None:
        span = self.found.elements[self._open.pop()]
        span.inner_end, span.end = inner_end, end


def children_of(elements: list[Span]) -> dict[int, list[int]]:
    """The numbers of the elements inside each element, and at -1 of those inside none."""
    children: dict[int, list[int]] = {}
    for number, span in enumerate(elements):
        children.setdefault(span.parent, []).append(number)
    return children


def around(elements: list[Span], number: int) -> Iterator[int]:
    """The number of the element, of the one around it, and so on."""
    while number >= 0:
        yield number
        number = elements[number].parent
