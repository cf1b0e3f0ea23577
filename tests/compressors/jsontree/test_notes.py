from __future__ import annotations

import json

from headroom.compressors.jsontree.notes import (
    LONGEST_NOTE,
    NOTE_LINE,
    SHOWN_NOTE,
    is_note,
    note,
    plain,
)


def test_a_note_is_known_again_however_it_is_spelled() -> None:
    said = note("rows 12-52 left out: level: 40× INFO")

    assert said == "[… rows 12-52 left out: level: 40× INFO]"
    assert is_note(f'"{said}"')
    assert is_note(json.dumps(said))
    assert SHOWN_NOTE.match(said + "\n")
    assert NOTE_LINE.match(f'\n"{said}"\n')


def test_a_note_holds_nothing_that_would_break_it_and_is_not_too_long() -> None:
    said = note('a[b]"c"\\d\ne\u2028' + "f" * 900)

    assert said.startswith("[… abcdef")
    assert len(said) <= LONGEST_NOTE + len("[… ]")
    assert is_note(f'"{said}"')


def test_what_is_plain_may_stand_in_a_marker() -> None:
    assert plain('a[b]\n"c"\\') == "abc"


def test_data_is_no_note() -> None:
    for spelled in ('"…"', '"[a]"', '"[… "', '"[… a] b"', "12", '"[… a\\nb]"'):
        assert not is_note(spelled)
