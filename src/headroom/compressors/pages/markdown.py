"""A page as Markdown: headings, paragraphs, lists, tables, code, links, form controls.

Text stays as it stands; `&amp;`, `&lt;`, `&gt;` and `&nbsp;` stay spelled as Markdown knows
them too, but in code are the characters that they mean.  Emphasis tells nothing and is not
written.  Boilerplate leaves, and a line says where and of what sort:

    [… left out: navigation (34 links), search form (2 links)]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import ClassVar

from headroom.compressors.pages.blocks import Block, Wanted, Written
from headroom.compressors.pages.controls import CONTROLS, control, form
from headroom.compressors.pages.leaving import asked_for, may_leave, said_of
from headroom.compressors.pages.links import address_of, is_permalink
from headroom.compressors.pages.tables import (
    HEADINGS,
    is_data,
    layout_tables,
    rows_of,
    span_of,
    width_of,
)
from headroom.compressors.pages.tree import UNSEEN, Element, as_meant, as_spelled

MOST_OF_ROW = 40
"""Elements up to which a row of a table that serves the layout may be one line."""
LONGEST_ROW = 240
LARGEST_PART = 0.5
"""Of the text of a page: what holds more of it is no boilerplate, whatever it is called."""

_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "body", "blockquote", "caption", "center", "dd"),
        *("details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure"),
        *("footer", "form", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu"),
        *("nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th"),
        *("thead", "title", "tr", "ul", *HEADINGS),
    }
)
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_CODE = frozenset({"code", "kbd", "samp", "tt", "var"})
_WRAPPED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"del": ("~~", "~~"), "s": ("~~", "~~"), "sup": ("<sup>", "</sup>"), "sub": ("<sub>", "</sub>")}
)

_BLANKS = re.compile(r"[ \t\n\r\f]+")
_MANY_BLANKS = re.compile(r" {2,}")
_AT_BREAK = re.compile(r" ?\n ?")
_AT_BREAKS = re.compile(r"\n{2,}")
_MANY_SPELLED = re.compile(r"(?:&nbsp;[ \n]?){4,}")
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|brush|highlight(?:-source)?)[-:] ?(\w{1,20})")


def written(page: Element, wanted: Wanted) -> Written:
    """The page as blocks of Markdown."""
    length = sum(map(len, page.texts()))
    writer = _Writer(wanted, layout_tables(page), LARGEST_PART * length)
    writer.write(page)
    writer.flush()
    _drop_title_said_again(writer.done.blocks)
    return writer.done


def _drop_title_said_again(blocks: list[Block]) -> None:
    if not blocks or not blocks[0].text.startswith("Title: "):
        return
    title = blocks[0].text.removeprefix("Title: ")
    if any(block.text == f"# {title}" for block in blocks):
        del blocks[0]


class _Writer:
    """Goes through the tree; text gathers in a line that becomes a block where one ends."""

    def __init__(self, wanted: Wanted, layout: Collection[int], largest_part: float) -> None:
        self.done = Written()
        self._wanted = wanted
        self._layout_tables = layout
        self._largest_part = largest_part
        self._line: list[str] = []
        self._indent = ""
        self._bullet = ""
        self._kind = "text"
        self._mark = ""
        self._address = ""
        self._in_code = False

    def write(self, element: Element) -> None:
        """Write an element with all inside it."""
        if element.tag in UNSEEN and element.tag != "head":
            self.done.leave(element.tag, sum(1 for _ in element.elements()))
        elif element.part and may_leave(element, self._largest_part):
            self._gap(element)
        elif writer := self._WRITERS.get(element.tag):
            writer(self, element)
        elif element.tag in _BLOCKS:
            self.flush()
            self._inside(element)
            self.flush()
        else:
            self._inside(element)

    def flush(self) -> None:
        """End the block that is being written; two line breaks end one as well."""
        text = _tidy("".join(self._line))
        self._line.clear()
        for block in _AT_BREAKS.split(text):
            if block.replace("&nbsp;", "").strip():
                self._add(block, "heading" if self._mark else self._kind)

    def _add(self, text: str, kind: str) -> None:
        if self._address:
            text, self._address = f"[{_one_line(text)}]({self._address})", ""
        if kind == "heading":
            text = f"{self._mark} {_one_line(text)}"
        first, self._bullet = self._bullet or self._indent, ""
        lines = text.split("\n")
        lines = [first + lines[0], *(self._indent + line for line in lines[1:])]
        self.done.blocks.append(Block("\n".join(lines), kind))

    def _inside(self, element: Element) -> None:
        for child in element.children:
            if isinstance(child, Element):
                self.write(child)
            else:
                self._text(child)

    def _text(self, text: str) -> None:
        text = as_meant(text) if self._in_code else as_spelled(text)
        self._line.append(_BLANKS.sub(" ", text))

    # Inside a line

    def _break(self, _: Element) -> None:
        self._line.append("\n")

    def _link(self, element: Element) -> None:
        address = address_of(element, "href")
        if any(one.tag in _BLOCKS for one in islice(element.elements(), 1, MOST_OF_ROW)):
            self.flush()
            self._address = address
            self._inside(element)
            self.flush()
            self._address = ""
            return
        text = self._line_of(element)
        text = text if text.strip() else _label(element)
        bare = text.strip()
        if not address or address == bare:
            self._line.append("" if is_permalink(element, bare) else text)
        elif bare:
            ends = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
            self._line.append(f"{ends[0]}[{_one_line(bare)}]({address}){ends[1]}")

    def _line_of(self, element: Element) -> str:
        """What an element that has no blocks inside adds to the line."""
        before, self._line = self._line, []
        self._inside(element)
        text, self._line = "".join(self._line), before
        return text

    def _picture(self, element: Element) -> None:
        said = _BLANKS.sub(" ", element.attributes.get("alt", "")).strip()
        source = address_of(element, "src", "data-src") if self._wanted.pictures else ""
        if source:
            self._line.append(f"![{said}]({source})")
        elif said:
            self._line.append(f"![{said}]")
        else:
            self.done.leave("img")

    def _code(self, element: Element) -> None:
        if self._in_code:
            self._inside(element)
            return
        self._in_code = True
        text = self._line_of(element).strip()
        self._in_code = False
        self._line.append(f"`{text}`" if text and "`" not in text else text)

    def _wrap(self, element: Element) -> None:
        before, after = _WRAPPED[element.tag]
        text = self._line_of(element)
        # A footnote's number leads somewhere or stands in brackets: no power, no index.
        is_note = "](" in text or text.strip()[:1] == "["
        self._line.append(f"{before}{text}{after}" if text.strip() and not is_note else text)

    def _control(self, element: Element) -> None:
        self._line.append(control(element))

    # Blocks

    def _title(self, element: Element) -> None:
        self.flush()
        self._line.append("Title: ")
        self._inside(element)
        if len(self._line) > 1:
            self.flush()
        self._line.clear()

    def _heading(self, element: Element) -> None:
        self.flush()
        before, self._mark = self._mark, "#" * int(element.tag[1])
        self._inside(element)
        self.flush()
        self._mark = before

    def _list(self, element: Element) -> None:
        self.flush()
        number = element.attributes.get("start", "")
        counted = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
        for child in element.children:
            if not isinstance(child, Element):
                self._text(child)
                continue
            if child.tag == "li" and element.tag == "ol":
                child.attributes["number"] = str(counted)
                counted += 1
            self.write(child)
        self.flush()

    def _item(self, element: Element) -> None:
        self.flush()
        number = element.attributes.get("number", "")
        bullet = f"{number}. " if number else "- "
        with_kind = self._kind, self._indent, self._bullet
        self._kind, self._bullet = "item", (self._bullet or self._indent) + bullet
        self._indent += " " * len(bullet)
        self._inside(element)
        self.flush()
        self._kind, self._indent, self._bullet = with_kind

    def _term(self, element: Element) -> None:
        self.flush()
        before, self._kind = self._kind, "term"
        self._line.append(": " if element.tag == "dd" else "")
        self._inside(element)
        self.flush()
        self._kind = before

    def _form(self, element: Element) -> None:
        self.flush()
        self._line.append(form(element))
        self.flush()
        self._inside(element)
        self.flush()

    def _quote(self, element: Element) -> None:
        self.flush()
        before = self._indent
        self._indent += "> "
        self._inside(element)
        self.flush()
        self._indent = before

    def _code_block(self, element: Element) -> None:
        self.flush()
        self._in_code = True
        text = "".join(self._verbatim(element)).strip("\n").rstrip()
        self._in_code = False
        if text.strip():
            fence = "````" if "```" in text else "```"
            self._add(f"{fence}{_language(element)}\n{text}\n{fence}", "code")

    def _verbatim(self, element: Element) -> Iterator[str]:
        for child in element.children:
            if not isinstance(child, Element):
                yield as_meant(child)
            elif child.tag == "br":
                yield "\n"
            elif child.tag == "a":
                text = "".join(self._verbatim(child))
                address = address_of(child, "href")
                yield f"[{text}]({address})" if address and address != text.strip() else text
            elif child.tag not in UNSEEN:
                yield from self._verbatim(child)

    # Tables

    def _table(self, element: Element) -> None:
        self.flush()
        rows = list(rows_of(element))
        if id(element) in self._layout_tables or not is_data(element, rows):
            for child in element.children:
                if isinstance(child, Element):
                    self._layout(child)
            self.flush()
            return
        for child in element.children:
            if isinstance(child, Element) and child.tag == "caption":
                self.write(child)
        self._data(rows)

    def _data(self, rows: Sequence[Sequence[Element]]) -> None:
        width = max(map(width_of, rows))
        for number, row in enumerate(rows):
            cells = [
                text for cell in row for text in (self._cell(cell), *[""] * (span_of(cell) - 1))
            ]
            if any(cells):
                line = " | ".join(cells)
                self._add(f"| {line} |", "row")
            if not number and row and all(cell.tag == "th" for cell in row):
                self._add("|" + "---|" * width, "row")

    def _cell(self, cell: Element) -> str:
        inner = _Writer(self._wanted, self._layout_tables, self._largest_part)
        inner._in_code = self._in_code
        inner._inside(cell)
        inner.flush()
        for what, elements in inner.done.gone.items():
            self.done.leave(what, elements)
        text = " ".join(_one_line(block.text.strip()) for block in inner.done.blocks)
        return text.replace("|", "\\|")

    def _layout(self, element: Element) -> None:
        """A part of a table that serves the layout: short cells beside one another, or blocks."""
        if element.tag != "tr":
            if element.tag in {"thead", "tbody", "tfoot"}:
                for child in element.children:
                    if isinstance(child, Element):
                        self._layout(child)
            else:
                self.write(element)
            return
        few = list(islice(element.elements(), MOST_OF_ROW))
        is_line = len(few) < MOST_OF_ROW and not any(
            one.tag in _BLOCKS and one.tag not in {"tr", "td", "th"} for one in few
        )
        if not is_line or sum(map(len, element.texts())) > LONGEST_ROW:
            self._inside(element)
            return
        cells = [self._cell(one) for one in few if one.tag in {"td", "th"}]
        self._line.append(" | ".join(filter(None, cells)))
        self.flush()

    # What leaves

    def _gap(self, element: Element) -> None:
        self.flush()
        self.done.leave(element.part, sum(1 for _ in element.elements()))
        gap = said_of(element)
        if self.done.blocks and self.done.blocks[-1].kind == "gap":
            above = self.done.blocks.pop().text.removesuffix("]")
            self.done.blocks.append(Block(f"{above}, {gap}]", "gap"))
        else:
            self.done.blocks.append(Block(f"{self._indent}[… left out: {gap}]", "gap"))
        for asked in asked_for(element, self._wanted.words):
            self.write(asked)
            self.flush()

    _WRITERS: ClassVar[Mapping[str, Callable[[_Writer, Element], None]]] = MappingProxyType(
        {
            "a": _link,
            "br": _break,
            "img": _picture,
            "pre": _code_block,
            "li": _item,
            "dt": _term,
            "dd": _term,
            "form": _form,
            "blockquote": _quote,
            "table": _table,
            "title": _title,
            **dict.fromkeys(HEADINGS, _heading),
            **dict.fromkeys(_CODE, _code),
            **dict.fromkeys(_WRAPPED, _wrap),
            **dict.fromkeys(CONTROLS, _control),
            **dict.fromkeys(_LISTS, _list),
        }
    )


def _label(element: Element) -> str:
    """What a link that only shows a picture says to those who do not see it."""
    said = element.attributes.get("aria-label") or element.attributes.get("title", "")
    return _BLANKS.sub(" ", said)


def _tidy(line: str) -> str:
    text = _AT_BREAK.sub("\n", _MANY_BLANKS.sub(" ", line)).strip(" \n")
    return _MANY_SPELLED.sub("&nbsp;", text)


def _one_line(text: str) -> str:
    return text.replace("\n", " ")


def _language(element: Element) -> str:
    for one in islice(element.elements(), 4):
        if found := _LANGUAGE.search(one.attributes.get("class", "")[:200]):
            return found[1]
    return ""
