"""What a tool answers when it cannot do what it was asked."""

from __future__ import annotations

from headroom.errors import HeadroomError


class ToolTrouble(HeadroomError):
    """Told to the model in these words, as an error of the tool."""


class NotKept(ToolTrouble):
    """What was asked for is not there."""
