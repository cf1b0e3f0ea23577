"""What a process remembers: so many things at most, those that were written last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


class Bounded(OrderedDict[Name, Value]):
    """Values by their names; where there are more than *most*, the longest unwritten leave."""

    __slots__ = ("_most",)

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many there are, twice, and how many there may be."""
        return len(self), len(self), self._most

    def __setitem__(self, name: Name, value: Value) -> None:
        super().__setitem__(name, value)
        self.move_to_end(name)
        if len(self) > self._most:
            self.popitem(last=False)
