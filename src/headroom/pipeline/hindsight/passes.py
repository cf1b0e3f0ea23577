"""What hindsight may do to one text that was sent: the passes, in their order.

Each looks at a block that was sent some turns ago and offers another form of it, with the
chance that what leaves is asked for after all.  Whether that pays is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from headroom.conversation import Form
from headroom.marker import Marker, key_of
from headroom.pipeline.again import name_words
from headroom.pipeline.hindsight.scene import Scene
from headroom.pipeline.origin import origin

STALE = "stale"
SHORTEST_TOKENS = 120
"""Of a text that was sent and is worth a second look."""
DEEPER = 3.0

_CHANGING = frozenset({"edit", "write", "patch", "replace", "update", "create", "insert"})


@dataclass(frozen=True, slots=True)
class Offer:
    """Another form of the block *index*; *asked_back* is the chance that this is regretted."""

    index: int
    form: Form
    asked_back: float


class Hindsight(Protocol):
    """One pass."""

    def offer(self, scene: Scene, index: int) -> Offer | None:
        """Another form of this block, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Outdated:
    """A file that was read, and read again later after it was changed: the newest stays."""

    # Nothing of 61 recorded sessions tells; agents look at the newest reading: a guess.
    asked_back: float = 0.03

    def offer(self, scene: Scene, index: int) -> Offer | None:
        """A marker in place of the old text."""
        path = _read_path(scene, index)
        if not path or scene.reduce is None or scene.tokens(index) < SHORTEST_TOKENS:
            return None
        block = scene.blocks[index]
        if not _was_changed_and_read(scene, index, path):
            return None
        lines = block.text.count("\n") + 1
        told = f"; {_plain(path)} was changed and read again later, where it stands as it is now"
        marker = Marker(
            lines, lines, "lines", told, key_of(block.text), by_tool=scene.reduce.by_tool
        )
        text = str(marker)
        form = Form(text, (STALE, "late"), scene.size(index), scene.counter.count(text), marker.key)
        return Offer(index, form, self.asked_back)


@dataclass(frozen=True, slots=True)
class Finished:
    """A result that was looked at some turns ago: it loses more than it did at first."""

    # Of texts in 31 recorded sessions that were cut to a third four turns later, one in
    # fourteen lost something that was used afterwards (2026-11).
    asked_back: float = 0.07

    def offer(self, scene: Scene, index: int) -> Offer | None:
        """The text with more left out."""
        if scene.tokens(index) < SHORTEST_TOKENS:
            return None
        form = scene.deeper(index, strength=DEEPER)
        return None if form is None else Offer(index, form, self.asked_back)


HINDSIGHT: tuple[Hindsight, ...] = (Outdated(), Finished())
"""The first that offers something is asked no more of that block."""


def offers(scene: Scene, start: int, stop: int) -> Iterator[Offer]:
    """What the passes offer for these blocks."""
    for index in range(start, stop):
        if not scene.may_change(index, first=start) or "late" in scene.form(index).by:
            continue
        if index in scene.asked_again:
            continue
        offered = (one.offer(scene, index) for one in HINDSIGHT)
        best = next((offer for offer in offered if offer is not None), None)
        if best is not None and best.form.tokens_after < scene.tokens(index):
            yield best


def _read_path(scene: Scene, index: int) -> str:
    """The file that this text is a reading of, if it is one."""
    came = origin(scene.blocks, index)
    return "" if name_words(came.tool) & _CHANGING and came.command != "view" else came.path


def _was_changed_and_read(scene: Scene, index: int, path: str) -> bool:
    """Whether *path* was changed later, and after that read again as it was here, or whole."""
    changed = False
    call = scene.blocks[index].call
    asked = call.arguments if call is not None else ""
    for later in range(index + 1, len(scene.blocks)):
        block = scene.blocks[later]
        if block.kind != "tool_result" or block.call is None or block.is_error:
            continue
        if origin(scene.blocks, later).path != path:
            continue
        if name_words(block.call.name) & _CHANGING and _read_path(scene, later) != path:
            changed = True
        elif changed and block.call.arguments in (asked, _whole(block.call.arguments)):
            return True
    return False


def _whole(arguments: str) -> str:
    """The arguments, if they ask for no part of the file."""
    return arguments if not any(f'"{name}"' in arguments for name in _PARTS) else ""


_PARTS = ("offset", "limit", "view_range", "start_line", "end_line", "range")


def _plain(path: str) -> str:
    return "".join(" " if c in "[]\r\n" else c for c in path)[:160]
