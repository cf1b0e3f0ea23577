"""A body that brings only what is new, read as if all that came before stood in it too.

Where the provider holds the history of a conversation, its requests name it and go on from it.
Read whole, each has the blocks that it would have had if it had been sent whole; what is changed
in it is changed in the bytes that are sent, and before them there is nothing to change any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from headroom.conversation import Change, Edit, Path, Put, Remove, Replace, Split
from headroom.wire.document import Document
from headroom.wire.rewritten import Rewritten


class Continued(Document):
    """See `whole`."""

    __slots__ = ("_before", "_sent", "_within")

    _before: int
    _sent: Document
    _within: str

    @classmethod
    def whole(cls, sent: Document, within: str, before: Sequence[bytes], *, less: str) -> Continued:
        """*sent* with the values *before* in front of its list *within*, without its member *less*.

        Raises UnreadableBody where it cannot be read so.
        """
        new = [element.raw for element in sent.elements(within)]
        joined = b"[%b]" % b",".join([*before, *new])
        changes: list[Change] = [Replace((within,), joined), Remove((less,))]
        document = cls.read(sent.rewrite(changes))
        document._before, document._sent, document._within = len(before), sent, within  # noqa: SLF001
        return document

    @property
    def before(self) -> int:
        """How many values of the list are not sent any more."""
        return self._before

    def rewrite(self, changes: Sequence[Change], rewritten: Rewritten | None = None) -> bytes:
        """What is sent, with those of the *changes* made that are within what is new."""
        moved = [self._moved(change) for change in changes]
        return self._sent.rewrite([one for one in moved if one is not None], rewritten)

    def _moved(self, change: Change) -> Change | None:
        """The change where it stands in what is sent; None where that does not hold it."""
        path = change.path
        if path[:1] != (self._within,):
            return change
        is_inside = isinstance(change, (Edit, Replace, Remove, Split, Put)) and len(path) > 1
        if not (is_inside or len(path) > 2):
            # What is put between them has been said before, or stands between two that were.
            return None
        index: Any = path[1]
        if index < self._before:
            return None
        moved: Path = (self._within, index - self._before, *path[2:])
        return replace(change, path=moved)
