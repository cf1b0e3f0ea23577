"""Long strings, cut down: what is no text leaves, and of a text the sentences that tell least.

Whole sentences or lines leave, and what leaves is named where it stood; pictures and the like
in letters (base64, hexadecimal) are named by kind and length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from headroom.compressors.json_marks import words_in
from headroom.compressors.json_notes import BEGINNING
from headroom.compressors.json_sizes import SHORTEST_TEXT
from headroom.compressors.units import Unit, chosen, units_of, without

SHORTEST_BLOB = 320
"""Characters from which letters without a word are left out; keys and hashes are shorter."""
FEWEST_LINES = 6
"""Lines from which a text loses lines, else it loses sentences."""
FEWEST_SENTENCES = 3
"""Sentences from which a text loses sentences, else the items of lists."""
FIRST, LAST, TELLING, ASKED = 2.0, 1.0, 3.0, 4.0

_DATA_URI = re.compile(r"data:[\w.+-]{1,80}/[\w.+-]{1,80}(?:;[\w=.+-]{1,80}){0,3};base64,")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-\s]{200,}={0,2}\s{0,4}")
_HEXADECIMAL = re.compile(r"(?:0x)?[0-9a-fA-F\s:]{200,}")
_BEGINNINGS = (
    *(("iVBORw0KGg", "PNG"), ("/9j/", "JPEG"), ("R0lGOD", "GIF"), ("UklGR", "WebP")),
    *(("JVBERi0", "PDF"), ("UEsDB", "ZIP"), ("H4sI", "gzip"), ("PHN2Zy", "SVG")),
)
_ITEM = re.compile(r"[,;|]\s?|\s")
USUAL_ITEMS = 60
"""Characters of items that make a part of a text without sentences."""
_SENTENCE = re.compile(r"[.!?][\"')\]]?\s+|\n+|[。！？]")
_LONGEST_LINE_OF_BLOB = 100


def blob_note(text: str) -> str:
    """What to write instead of *text* where it is no text but bytes in letters; else nothing."""
    if len(text) < SHORTEST_BLOB:
        return ""
    uri = _DATA_URI.match(text)
    body = text[uri.end() :] if uri else text
    if _is_hexadecimal(body):
        kind = "hexadecimal"
    elif _is_base64(body):
        kind = _kind(body)
    else:
        return ""
    named = f"{BEGINNING}{kind}, {len(body):,} characters left out]"
    return f"{uri[0]}{named}" if uri else named


def _is_hexadecimal(body: str) -> bool:
    # Two digits make a byte; three letters that happen to be digits make a word.
    return bool(_HEXADECIMAL.fullmatch(body)) and all(
        len(piece) % 2 == 0 for piece in body.replace(":", " ").split()
    )


def _is_base64(body: str) -> bool:
    if not _BASE64.fullmatch(body):
        return False
    # Words between blanks are a text; base64 is broken only at the ends of long lines.
    pieces = body.split()
    if len(pieces) > 1 and max(map(len, pieces[1:-1]), default=99) < _LONGEST_LINE_OF_BLOB // 2:
        return False
    sample = pieces[0][:SHORTEST_BLOB] if pieces else ""
    mixed = any(c.islower() for c in sample) and any(c.isupper() for c in sample)
    # A path or a long name has joints every few letters.
    joints = sample.count("/") + sample.count("-") + sample.count("_")
    return mixed and any(c.isdigit() for c in sample) and joints * 10 < len(sample)


def _kind(body: str) -> str:
    return next(
        (f"{kind} as base64" for start, kind in _BEGINNINGS if body.startswith(start)), "base64"
    )


def shortened(
    text: str, room: int, wanted: frozenset[str], is_telling: Callable[[str], bool]
) -> str:
    """*text* with as many of its sentences or lines as have *room*; those that tell most.

    The first ones, those with a word of *wanted*, and those that are *telling* something.
    """
    if len(text) <= max(room, SHORTEST_TEXT):
        return text
    units = _units(text)
    if len(units) < 3:
        return text
    worth = [_worth(unit.text, wanted, is_telling) for unit in units]
    ordered = [value + FIRST * (1 - index / len(units)) for index, value in enumerate(worth)]
    ordered[-1] += LAST
    kept = chosen(units, {0}, ordered, max(room, SHORTEST_TEXT))
    return without(units, kept).before.rstrip() if len(kept) < len(units) else text


def _worth(text: str, wanted: frozenset[str], is_telling: Callable[[str], bool]) -> float:
    return ASKED * len(words_in(text, wanted)) + (TELLING if is_telling(text) else 0.0)


def _units(text: str) -> Sequence[Unit]:
    if text.count("\n") >= FEWEST_LINES:
        return units_of(text)
    ends = [found.end() for found in _SENTENCE.finditer(text)]
    if len(ends) < FEWEST_SENTENCES:
        ends = list(_ends_of_items(text))
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    starts = [0, *ends[:-1]]
    return [Unit(text[start:end], 1, is_part=True) for start, end in zip(starts, ends, strict=True)]


def _ends_of_items(text: str) -> Iterator[int]:
    start = 0
    for found in _ITEM.finditer(text):
        if found.end() - start >= USUAL_ITEMS:
            start = found.end()
            yield start
