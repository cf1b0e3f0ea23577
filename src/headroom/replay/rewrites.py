"""What announced rewrites were worth: the same session, had every block kept its first form."""

from __future__ import annotations

from collections.abc import Iterable

from headroom.conversation import Path
from headroom.replay.segments import Place, Prompt, Segment
from headroom.replay.shares import Key


class FirstForms:
    """Remembers in which form every block was forwarded first."""

    __slots__ = ("_first", "_was_rewritten")

    def __init__(self) -> None:
        self._first: dict[Key, Segment] = {}
        self._was_rewritten = False

    def prompt(self, epoch: int, direct: Prompt, forwarded: Prompt, *, rewritten: bool) -> Prompt:
        """The prompt that would have been forwarded if every block had kept its first form.

        *forwarded* stands at the places of *direct*; *rewritten* says that it is the first to
        hold a rewrite.
        """
        self._was_rewritten = self._was_rewritten or rewritten
        now = dict(zip(forwarded.places, forwarded.segments, strict=True))
        for place, segment in now.items():
            self._first.setdefault((epoch, place), segment)
        if not self._was_rewritten:
            return forwarded
        pairs = zip(direct.places, direct.segments, strict=True)
        return _prompt(
            (place, self._first.setdefault((epoch, place), segment)) for place, segment in pairs
        )


def at_clients_places(forwarded: Prompt, removals: Iterable[Path]) -> Prompt:
    """The same prompt, its messages numbered as the client did who sent those removed too."""
    gone = sorted(path[1] for path in removals if isinstance(path[1], int))
    if not gone:
        return forwarded
    places: list[Place] = []
    skipped = 0
    for number, part in forwarded.places:
        while number >= 0 and skipped < len(gone) and gone[skipped] <= number + skipped:
            skipped += 1
        places.append((number + skipped if number >= 0 else number, part))
    return Prompt(forwarded.segments, tuple(places), forwarded.digests, forwarded.tokens)


def _prompt(found: Iterable[tuple[Place, Segment]]) -> Prompt:
    places, segments = zip(*found, strict=True)
    return Prompt(
        segments=segments,
        places=places,
        digests=tuple(segment.digest for segment in segments),
        tokens=sum(segment.tokens for segment in segments),
    )
