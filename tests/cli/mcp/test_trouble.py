"""What went wrong with a tool is ours to tell."""

from __future__ import annotations

from headroom.cli.mcp.trouble import NotKept, ToolTrouble
from headroom.errors import HeadroomError


def test_it_is_told_in_its_own_words() -> None:
    assert issubclass(NotKept, ToolTrouble)
    assert issubclass(ToolTrouble, HeadroomError)
