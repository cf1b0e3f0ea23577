"""Where values stand, found on the way along a path."""

from __future__ import annotations

import pytest

from headroom.conversation import Path
from headroom.errors import UnreadableBody
from headroom.wire.layout import Layout
from headroom.wire.scan import READ_OBJECT
from headroom.wire.shadow import shadow

BODY = b' {"a": [1, {"b" : "x"}, "\\ud800"], "n":1, "n":2 }\n'


def layout() -> Layout:
    readable = shadow(BODY)
    return Layout(BODY, readable, READ_OBJECT.decode(readable))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), BODY.strip()),
        (("a", 0), b"1"),
        (("a", 1), b'{"b" : "x"}'),
        (("a", 1, "b"), b'"x"'),
        (("a", 2), b'"\\ud800"'),
    ],
)
def test_a_value_is_found_at_the_end_of_its_path(path: Path, value: bytes) -> None:
    start, end = layout().find(path)

    assert BODY[start:end] == value


@pytest.mark.parametrize("path", [("n",), ("z",), ("a", 3), ("a", -1), ("a", 0, 0), ("a", "0")])
def test_a_path_that_leads_nowhere_or_to_two_places_is_refused(path: Path) -> None:
    with pytest.raises(UnreadableBody, match="leads nowhere"):
        layout().find(path)


def test_what_is_known_of_an_array_is_not_read_again() -> None:
    known = layout()
    known.keep("a", [b"1"])
    known.keep("n", [b"1"])

    assert known.inside(known.find(("a",)), ("a",)) == [known.find(("a", 0))]


def test_members_stand_where_their_names_begin_also_those_that_stand_twice() -> None:
    found = layout()

    members = [BODY[start:end] for start, end in found.members(found.span)]

    assert members == [b'"a": [1, {"b" : "x"}, "\\ud800"]', b'"n":1', b'"n":2']


def test_a_string_is_plain_when_every_reader_reads_the_same() -> None:
    found = layout()

    assert found.is_plain_string(found.find(("a", 1, "b")))
    assert not found.is_plain_string(found.find(("a", 2)))
    assert not found.is_plain_string(found.find(("a", 0)))
