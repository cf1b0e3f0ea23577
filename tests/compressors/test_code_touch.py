from __future__ import annotations

from collections.abc import Sequence

from headroom.compressors.code_parts import Part
from headroom.compressors.code_touch import worths
from headroom.compressors.words import words_of

TEXT = """def read_file(path):
    lines = open(path).readlines()
    return parse_amount(lines)

def parse_amount(text):
    digits = text.strip()
    return int(digits)

def write_file(path, total):
    width = maxWidth(total)
    return open(path).write(total)

def close_day(day):
    self.closed_until = day
    return self.closed_until
"""
LINES = TEXT.split("\n")
PARTS = [Part(first, first + 1, first - 1, first, "") for first in (1, 5, 9, 13)]


def touched(asked: str, numbers: Sequence[int] = range(1, 20)) -> list[bool]:
    found = worths(PARTS, LINES, numbers, frozenset(words_of(asked)))
    return [worth >= 1 for worth in found]


def test_nothing_is_touched_where_nothing_is_asked() -> None:
    assert worths(PARTS, LINES, range(1, 20), frozenset()) == [0.0] * 4
    assert not any(touched("please mend it"))


def test_a_function_is_touched_by_its_name() -> None:
    assert touched("why does close_day fail?") == [False, False, False, True]


def test_a_function_is_touched_by_a_rare_name_in_it() -> None:
    assert touched("where is closed_until set") == [False, False, False, True]
    assert touched("MAXWIDTH is wrong") == [False, False, True, False]


def test_what_a_touched_function_calls_is_touched() -> None:
    assert touched("read_file raises") == [True, True, False, False]


def test_words_that_most_parts_hold_tell_nothing() -> None:
    assert not any(touched("return"))


def test_a_line_number_touches_the_part_around_it() -> None:
    numbers = range(100, 200)

    assert not any(touched("at 101", numbers))
    long = [Part(0, 14, 0, 0, "")]
    assert worths(long, LINES, numbers, frozenset({"file.py:107"}))[0] >= 1


def test_the_order_of_the_words_does_not_matter() -> None:
    asked = frozenset(words_of("parse_amount closed_until maxWidth read_file digits"))

    assert worths(PARTS, LINES, range(20), asked) == worths(
        PARTS, LINES, range(20), frozenset(sorted(asked, reverse=True))
    )
