"""What hindsight may do to one text that was sent: the passes, in their order.

Each looks at a block that was sent some turns ago and offers another form of it, with the
chance that what leaves is asked for after all.  Whether that pays is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from headroom.compressors.source_files import shows_source
from headroom.conversation import Form
from headroom.marker import Marker, key_of
from headroom.pipeline.budget import FINISHED_AFTER
from headroom.pipeline.hindsight.scene import LATE, Scene
from headroom.pipeline.origin import origin

STALE = "stale"
SHORTEST_TOKENS = 120
"""Of a text that was sent and is worth a second look."""
DEEPER = 3.0
MOST_LOOKED_AT, EACH = 1_000_000, 1_000
"""Characters that are looked at closely for one request, and what each text counts for beside
its own: about half a second (2026-11)."""


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
        block = scene.blocks[index]
        if scene.reduce is None or block.is_error or scene.tokens(index) < SHORTEST_TOKENS:
            return None
        path = scene.files.newer(index)
        if not path:
            return None
        lines = block.text.count("\n") + 1
        told = f"; {_plain(path)} was changed and read again later"
        marker = Marker(
            lines, lines, "lines", told, key_of(block.text), by_tool=scene.reduce.by_tool
        )
        text = str(marker)
        form = Form(text, (STALE, LATE), scene.size(index), scene.counter.count(text), marker.key)
        return Offer(index, form, self.asked_back)


@dataclass(frozen=True, slots=True)
class Finished:
    """A result that was looked at some turns ago: it loses more than it did at first."""

    # Of results in 61 recorded sessions that were cut to a third, 5 of 66 lost something that was
    # used afterwards where that was six turns later, 12 of 93 where it was two, and 2 of 7 of
    # these where it was source, of which edits quote whole lines (2026-11).
    asked_back: float = 0.08
    young: float = 0.12
    source: float = 0.3

    def offer(self, scene: Scene, index: int) -> Offer | None:
        """The text with more left out; source stays while it may just be being edited."""
        if scene.tokens(index) < SHORTEST_TOKENS:
            return None
        block = scene.blocks[index]
        is_old = scene.blocks[-1].turn - block.turn >= FINISHED_AFTER
        is_source = shows_source(block.text, origin(scene.blocks, index))
        if is_source and not is_old:
            return None
        form = scene.deeper(index, strength=DEEPER)
        chance = self.source if is_source else self.asked_back if is_old else self.young
        return None if form is None else Offer(index, form, chance)


FINISHED = Finished()
HINDSIGHT: tuple[Hindsight, ...] = (Outdated(), FINISHED)
"""The first that offers something is asked no more of that block."""


def offers(scene: Scene, start: int, stop: int) -> Iterator[Offer]:
    """What the passes offer for these blocks."""
    for index in range(start, stop):
        if not scene.may_change(index, first=start) or LATE in scene.form(index).by:
            continue
        if index in scene.asked_again:
            continue
        offered = (one.offer(scene, index) for one in HINDSIGHT)
        best = next((offer for offer in offered if offer is not None), None)
        if best is not None and best.form.tokens_after < scene.tokens(index):
            yield best


def in_time(scene: Scene, indices: Iterable[int]) -> Iterator[int]:
    """The first of these blocks, as many as there is time to look at closely."""
    looked_at = 0
    for index in indices:
        if looked_at > MOST_LOOKED_AT:
            return
        looked_at += len(scene.blocks[index].text) + EACH
        yield index


def reach(scene: Scene, start: int, stop: int) -> int:
    """How far the texts of these blocks can be looked at in time."""
    texts = [index for index in range(start, stop) if scene.blocks[index].editable]
    looked_at = list(in_time(scene, texts))
    return stop if len(looked_at) == len(texts) else looked_at[-1] + 1


def _plain(path: str) -> str:
    return "".join(" " if c in "[]\r\n" else c for c in path)[:160]
