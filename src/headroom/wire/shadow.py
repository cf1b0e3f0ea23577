"""JSON that readers disagree about, made readable without moving a byte.

One lone surrogate or NaN makes the fast reader refuse a whole body.  Its shadow is as
long as the original and differs only where the original is odd, so offsets found in the
shadow are true in the original, and what differs can be told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# A pair, or one alone; one common beginning, because the search is quick for a literal.
_SURROGATES = re.compile(
    rb"\\u[dD](?:[89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|[89a-fA-F][0-9a-fA-F]{2})"
)
_REPLACEMENT = rb"\ufffd"
_ODD_NUMBER = re.compile(
    rb"(?<![\w.+-])"
    rb"(?:NaN|-?Infinity|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    rb"(?![\w.+-])"
)
# The largest float has 309 digits before the point.
_SHORTEST_HUGE_DIGITS = 300


def shadow(text: bytes) -> bytes:
    """Readable JSON of the same length as *text*, the same wherever *text* is not odd.

    Bytes that are not UTF-8 become `?`, a lone surrogate `\\ufffd`, NaN, Infinity and
    numbers beyond every float `0.0…`.  What is not JSON for other reasons stays as it is.
    """
    readable = text.decode("utf-8", "surrogateescape").encode("utf-8", "replace")
    # Backslashes stand in strings only; without pairs each begins an escape of its own.
    calm = readable.replace(b"\\\\", b"__")
    cast = bytearray(readable)
    for match in _SURROGATES.finditer(calm):
        if len(match[0]) == len(_REPLACEMENT):
            cast[match.start() : match.end()] = _REPLACEMENT
    for start, number in _odd_numbers(calm.replace(b'\\"', b"__")):
        cast[start : start + len(number)] = b"0.".ljust(len(number), b"0")
    return bytes(cast)


def without_byte_order_mark(text: bytes) -> bytes:
    """*text* with spaces in place of a byte order mark at its start."""
    if not text.startswith(_BYTE_ORDER_MARK):
        return text
    return b"   " + text[len(_BYTE_ORDER_MARK) :]


def _odd_numbers(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each number that cannot be read; *text* has no escaped quotes."""
    start = 0
    for index, piece in enumerate(text.split(b'"')):
        if index % 2 == 0:
            for match in _ODD_NUMBER.finditer(piece):
                if _is_beyond_reading(match[0]):
                    yield start + match.start(), match[0]
        start += len(piece) + 1


def _is_beyond_reading(number: bytes) -> bool:
    if number.endswith((b"NaN", b"Infinity")):
        return True
    if len(number) < _SHORTEST_HUGE_DIGITS and b"e" not in number and b"E" not in number:
        return False
    try:
        msgspec.json.decode(number)
    except msgspec.ValidationError:
        return True
    return False
