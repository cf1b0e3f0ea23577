from __future__ import annotations

import pytest

from headroom.conversation import Change, Edit, Insert, Put, Remove, Replace
from headroom.errors import UnreadableBody
from headroom.wire.continued import Continued
from headroom.wire.document import Document

SENT = b'{"id": "r1",  "input": [ {"t": "c"}, {"t":"d"} ], "n": 1e2}'
BEFORE = (b'{"t": "a"}', b'{"t":"b" }')


def whole(sent: bytes = SENT) -> Continued:
    return Continued.whole(Document.read(sent), "input", BEFORE, less="id")


def test_it_is_read_with_what_came_before() -> None:
    document = whole()

    assert [each.value["t"] for each in document.elements("input")] == ["a", "b", "c", "d"]
    assert not document.has("id")
    assert document.member("n") is not None
    assert document.before == 2


def test_without_changes_what_is_sent_is_the_very_same_bytes() -> None:
    document = Document.read(SENT)

    assert Continued.whole(document, "input", BEFORE, less="id").rewrite(()) is document.body


def test_changes_are_made_where_they_stand_in_what_is_sent() -> None:
    changes: list[Change] = [
        Edit(("input", 1, "t"), "never", "x"),
        Edit(("input", 3, "t"), "D", "x"),
        Replace(("n",), b"2"),
    ]

    assert whole().rewrite(changes) == SENT.replace(b'"d"', b'"D"').replace(b"1e2", b"2")


@pytest.mark.parametrize(
    "change",
    [
        Insert(("input",), 1, b"0"),
        Insert(("input",), 2, b"0"),
        Remove(("input", 0)),
        Put(("input", 1), "x", b"0"),
    ],
)
def test_what_was_sent_before_is_not_changed_any_more(
    change: Change,
) -> None:
    assert whole().rewrite([change]) == SENT


def test_what_names_nothing_that_came_before_is_refused() -> None:
    with pytest.raises(UnreadableBody):
        whole(b'{"input": []}')
