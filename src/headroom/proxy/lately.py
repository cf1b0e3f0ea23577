"""How the last calls of one kind were: how long their answers, how much dearer than expected."""

from __future__ import annotations

import math
from collections import deque

from headroom.state.bounded import Bounded

CONSIDERED = 40
"""So many of the last are looked at."""
REMEMBERED = 2_048
"""Kinds of which any are remembered."""

Kind = tuple[str, str]
"""A tenant, and the label of a model."""


class Lately:
    """One number of each of the last calls, per kind."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: Bounded[Kind, deque[float]] = Bounded(REMEMBERED)

    @property
    def filled(self) -> tuple[int, int, int]:
        """Of how many kinds something is known, twice, and of how many it may be."""
        return self._last.filled

    def __contains__(self, kind: Kind) -> bool:
        return kind in self._last

    def note(self, kind: Kind, value: float) -> None:
        """Take in one call."""
        values = self._last.get(kind) or deque(maxlen=CONSIDERED)
        values.append(value)
        self._last[kind] = values

    def high(self, kind: Kind) -> float:
        """What 95 in a hundred did not exceed; 0 where none is known."""
        values = sorted(self._last.get(kind, ()))
        return values[math.ceil(0.95 * len(values)) - 1] if values else 0.0
