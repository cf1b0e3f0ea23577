"""The causal passes: what a block becomes depends on it and on what stands before it.

Each pass takes a text and gives a shorter one with the name of its strategy, or None.
`CAUSAL` is their order; both run modes use them all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from headroom.compressors import COMPRESSORS
from headroom.compressors.base import Compressor, Origin
from headroom.pipeline.clean import clean
from headroom.pipeline.repeat import Source, refer
from headroom.pipeline.seen import SHORTEST_RUN_CHARACTERS, Seen
from headroom.pipeline.shrink import shortest
from headroom.tokens import Counter

NOWHERE = Origin()


@dataclass(frozen=True, slots=True)
class Before:
    """What stands before a block: an index of the earlier results, and the results.

    *seen* is called when the index is needed, as building it costs time.  *origin* is where the
    block itself comes from, *without* the kinds that are not used; *only*, if given, names the
    strategies that are tried.
    """

    seen: Callable[[], Seen]
    source_of: Callable[[int], Source]
    may_refer: bool = True
    origin: Origin = NOWHERE
    without: Collection[str] = ()
    only: Collection[str] | None = None

    def tries(self, compressor: Compressor) -> bool:
        """Whether this compressor is asked."""
        if compressor.kind in self.without:
            return False
        return self.only is None or compressor.strategy in self.only


@dataclass(frozen=True, slots=True)
class Shorter:
    """A text that a pass made, and the strategy that made it."""

    text: str
    by: str


class Causal(Protocol):
    """One pass."""

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        """A shorter text that says the same, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Clean:
    """Removes what a terminal would not show; never from a file that was read."""

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        """The text as the screen shows it."""
        shown = screen(text, before.origin)
        return None if shown is text else Shorter(shown, "clean")


def screen(text: str, origin: Origin) -> str:
    """The text as a terminal shows it; that of a file as it is."""
    return text if origin.path else clean(text) or text


@dataclass(frozen=True, slots=True)
class Repeat:
    """Refers to what already stands earlier."""

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        """The text with references in it."""
        if not before.may_refer or len(text) < SHORTEST_RUN_CHARACTERS:
            return None
        referring = refer(text, before.seen(), before.source_of)
        return Shorter(referring, "repeat") if referring else None


@dataclass(frozen=True, slots=True)
class Reencode:
    """Writes the text in the shortest lossless encoding of its kind."""

    compressors: tuple[Compressor, ...] = field(default=COMPRESSORS)

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        """The text in the encoding that has the fewest tokens."""
        used = [one for one in self.compressors if before.tries(one)]
        found = shortest(text, before.origin, used, counter)
        return Shorter(found[0], found[1]) if found else None


CAUSAL: tuple[Causal, ...] = (Clean(), Repeat(), Reencode(), Repeat())


def passed(
    passes: Sequence[Causal], text: str, before: Before, counter: Counter
) -> tuple[str, tuple[str, ...]]:
    """The text after all these passes, and who changed it."""
    by: list[str] = []
    tried: dict[Causal, str] = {}
    for one in passes:
        if tried.get(one) is text:
            continue
        tried[one] = text
        shorter = one.shorten(text, before, counter)
        if shorter is not None and shorter.text.strip():
            text = shorter.text
            by.append(shorter.by)
    return text, tuple(by)
