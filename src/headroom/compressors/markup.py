"""Pages of HTML as Markdown without their boilerplate; XML and long sources by their elements.

A page that was fetched is there to be read: its content stays, as Markdown, and where
boilerplate stood a line says so.  XML keeps its form: of elements that repeat the first, the
last and those that tell something stay.  HTML or XML that was read from a file is source code,
which may have to be edited: below some 4 000 tokens it is left alone, above it loses elements as
XML does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from headroom.compressors.base import Ask, Origin, Reduced, whole
from headroom.compressors.lines import glance
from headroom.compressors.pages.choice import reduced_page
from headroom.compressors.pages.element_folds import Gap, gaps
from headroom.compressors.pages.element_spans import Spans, html_spans, xml_spans
from headroom.compressors.pages.element_text import (
    Numbered,
    cut,
    with_short_values,
    without_numbers,
)
from headroom.compressors.source_files import shows_source, source_room

FEWEST_CHARACTERS = 1_000
MOST_CHARACTERS = 4_000_000
SMALLEST_SHARE_OF_TEXT = 0.5
LARGEST_SHARE_KEPT = 0.8
FEWEST_HTML_TAGS = 20
CHARACTERS_PER_TAG = 150
LONGEST_HEAD = 4_000
FEWEST_ELEMENTS = 8
"""Text of any kind may stand in a tag or two, as some agents show the output of commands."""

_PAGE = re.compile(
    # What may stand in front: a declaration, a comment.
    r"^[ \t\ufeff]{0,80}(?:<[!?][^<]{0,400}>\s{0,9}){0,3}<(?:!doctype html|html)\b",
    re.IGNORECASE | re.MULTILINE,
)
_PAGE_END = re.compile(r"</html\s{0,9}>", re.IGNORECASE)
_MARKUP = re.compile(r"^[ \t\ufeff]{0,80}<(?:\?xml\s|!DOCTYPE\s|!--|[^\W\d])", re.MULTILINE)
_HTML_TAG = re.compile(
    r"</?(?:div|p|span|a|ul|ol|li|table|tr|td|th|h[1-6]|form|input|section|article|nav|main|header"
    r"|footer|img|button|label|pre|code|br|b|i|strong|em)(?=[\s/>])",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(
    r"\{\{|\{%|<%|className=|=\{|\bv-(?:if|for|bind)|\*ng|\bx-data|@click|<\?php|<template\b"
)
_MARKUP_FILE = re.compile(r"(?i)\.(?:html?|xhtml|xml|svg|pom|csproj|plist|xsd|wsdl|rss|atom)\b")
_HTML_FILE = re.compile(r"(?i)\.x?html?\b")
_FETCHES = re.compile(r"\b(?:curl|wget|https?|fetch|lynx|w3m|xh|browser)\b")


class Markup:
    """HTML and XML, alone or with other output around it."""

    name = "markup"
    kind = "markup"
    strategy = "html"
    tools = frozenset({"browser", "navigate", "scrape", "crawl"})
    usual_tokens = 2_000
    # The recorded sessions hold no page and no XML that lost something: a guess, on the safe side.
    asked_back = 0.1

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """What the page says, or the XML without what repeats, or None."""
        if not FEWEST_CHARACTERS <= len(text) <= MOST_CHARACTERS or "<" not in text:
            return None
        room = ask.room_or(self.usual_tokens)
        of_kind = _of_source if _is_source(text, ask.origin) else _of_output
        found = of_kind(text, ask, room)
        if found is None:
            return None
        is_worth_it = len(found.before) + len(found.after) <= LARGEST_SHARE_KEPT * len(text)
        return found if is_worth_it else whole(text)


def _is_source(text: str, origin: Origin) -> bool:
    """Whether a file was read, which may have to be edited, and nothing was fetched."""
    is_fetched = _FETCHES.search(origin.command) or _FETCHES.match(origin.path)
    return shows_source(text, origin) and not is_fetched


def _of_source(text: str, ask: Ask, room: int) -> Reduced | None:
    room = source_room(ask, room)
    named = ask.origin.path or ask.origin.command
    if len(text) <= room or not _MARKUP_FILE.search(named):
        return None
    source, values = with_short_values(without_numbers(text))
    is_html = _PAGE.search(source.text[:LONGEST_HEAD]) or _HTML_FILE.search(named)
    spans = html_spans(source.text) if is_html else xml_spans(source.text)
    return _folded(source, values, spans, ask, room)


def _of_output(text: str, ask: Ask, room: int) -> Reduced | None:
    page = _page_in(text)
    if page is not None:
        return _inside(text, *page, reduced_page(text[page[0] : page[1]], ask, room))
    begins = _MARKUP.search(text)
    if begins is None:
        return None
    start, end = text.index("<", begins.start()), text.rfind(">") + 1
    if end - start < SMALLEST_SHARE_OF_TEXT * len(text):
        return None
    if _is_fragment(text[start:end]):
        return _inside(text, start, end, reduced_page(text[start:end], ask, room))
    if end - start <= room:
        return None
    lines_above = text.count("\n", 0, start)
    source, values = with_short_values(without_numbers(text[start:end], lines_above + 1))
    folded = _folded(source, values, xml_spans(source.text), ask, room)
    return _inside(text, start, end, folded)


def _page_in(text: str) -> tuple[int, int] | None:
    """Where a page begins and ends that is most of the text."""
    begins = _PAGE.search(text)
    if begins is None:
        return None
    ends = [found.end() for found in _PAGE_END.finditer(text, begins.end())]
    start, end = text.index("<", begins.start()), ends[-1] if ends else len(text)
    if text[end:].lstrip()[:1] == "<":
        end = len(text)
    return (start, end) if end - start >= SMALLEST_SHARE_OF_TEXT * len(text) else None


def _is_fragment(markup: str) -> bool:
    """Whether this is part of a page, as a server sends it; no template of one."""
    shown = glance(markup)
    tags = sum(1 for _ in _HTML_TAG.finditer(shown))
    is_dense = tags >= max(FEWEST_HTML_TAGS, len(shown) / CHARACTERS_PER_TAG)
    return is_dense and bool(_HTML_TAG.match(shown)) and not _TEMPLATE.search(shown)


def _inside(text: str, start: int, end: int, found: Reduced | None) -> Reduced | None:
    """What was found of a part of *text*, with what stands around it."""
    if found is None:
        return None
    return replace(found, before=text[:start] + found.before, after=text[end:])


def _folded(
    source: Numbered, values: int, spans: Spans | None, ask: Ask, room: int
) -> Reduced | None:
    """A document without what repeats in it or lies deep inside, still a document."""
    if spans is None or len(spans.elements) < FEWEST_ELEMENTS:
        return None
    found = gaps(source.text, spans, ask.words, room)
    done = cut(source, found)
    return Reduced(
        before=done.text,
        gone=sum(gap.elements for gap in found),
        of=len(spans.elements),
        unit="elements",
        told=_told(found, values),
        gone_lines=done.lines,
    )


def _told(found: Sequence[Gap], values: int) -> str:
    places = f" in {len(found)} places" if len(found) > 1 else ""
    return f"{places}{f', and {values} long values' if values else ''}"
