"""docs/logs.md tells every field of a line, and none that is not there."""

from __future__ import annotations

from headroom.observe import shown
from headroom.observe.content import Said
from headroom.observe.entry import entry_of
from scripts.logs_page import CONTENT, EXAMPLE, MEANS


def test_each_field_has_its_line() -> None:
    assert list(MEANS) == ["record", *shown.request(entry_of(EXAMPLE))]
    assert list(CONTENT) == list(Said().shown())
