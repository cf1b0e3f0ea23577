"""How scalars are spelled in a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from headroom.compressors.jsontree.spelling import FLOW, LINE, ROW, Speller
from headroom.compressors.jsontree.style import Style, escaped


@pytest.mark.parametrize(
    ("scalar", "place", "spelled"),
    [
        ("12.50", ROW, "12.50"),
        ("null", FLOW, "null"),
        ('"12.50"', ROW, '"12.50"'),
        ('"null"', LINE, '"null"'),
        ('"0123"', ROW, "0123"),
        ('"on time"', FLOW, "on time"),
        ('"left, then right"', LINE, "left, then right"),
        ('"left, then right"', ROW, '"left, then right"'),
        ('"see (4)"', ROW, "see (4)"),
        ('"see (4)"', FLOW, '"see (4)"'),
        ('"~"', LINE, '"~"'),
        ('"*1"', ROW, '"*1"'),
        ('" padded "', LINE, '" padded "'),
        ('""', LINE, '""'),
        ('"C:\\\\new"', ROW, "C:\\\\new"),
    ],
)
def test_quotes_stand_only_where_they_are_needed(scalar: str, place: int, spelled: str) -> None:
    assert Speller(Style()).spell(scalar, place) == spelled


def test_digits_in_a_text_column_need_no_quotes() -> None:
    speller = Speller(Style())

    assert speller.spell('"8080"', ROW, text=True) == "8080"
    assert speller.read("8080", text=True) == '"8080"'
    assert speller.read("8080") == "8080"


def test_a_string_of_many_lines_is_shown_as_lines() -> None:
    speller = Speller(Style())

    spelled = speller.spell('"def f():\\n    return \\"a\\"\\n"', ROW)

    assert spelled == '"""\ndef f():\n    return "a"\n\n"""'
    assert speller.read_block('def f():\n    return "a"\n') == '"def f():\\n    return \\"a\\"\\n"'


@given(some.text(), some.sampled_from([LINE, ROW, FLOW]), some.booleans())
def test_whatever_is_spelled_on_a_line_is_read_back(content: str, place: int, text: bool) -> None:
    speller = Speller(Style())
    scalar = f'"{escaped(content)}"'

    spelled = speller.spell(scalar, place, text=text)

    if not spelled.startswith('"""\n'):
        assert speller.read(spelled, text=text) == scalar
