"""One pattern: all that is counted of outputs of one shape, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from headroom.hints import JUDGED_FROM, MOSTLY, NOTHING, Evidence, Hint, Shape, advise, share
from headroom.state.pattern_counts import TOTALS, Total


class StoredShape(msgspec.Struct, frozen=True, array_like=True):
    """A `Shape` as it is stored, and when it was first seen; among all, without any name."""

    tool: str
    kind: str
    fields: tuple[tuple[str, str], ...]
    since: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is known of one shape: what it is, what was counted for good, and what counts now."""

    signature: str
    shape: StoredShape
    totals: Mapping[Total, int]
    evidence: Evidence

    @property
    def compressions(self) -> int:
        """How many outputs were cut down."""
        return self.totals["compressions"]

    @property
    def retrievals(self) -> int:
        """How often something of them was fetched."""
        return retrievals(self.totals)

    @property
    def rate(self) -> float:
        """How often, for each that was cut down; 1.0 at most."""
        return share(self.retrievals, self.compressions)

    @property
    def confidence(self) -> float:
        """How much of what is needed for a judgement is known, 1.0 at most."""
        return min(self.evidence.samples / JUDGED_FROM, 1.0)

    @property
    def hint(self) -> Hint:
        """What is advised for the next one."""
        return advise(Shape(self.signature, fields=self.shape.fields), self.evidence, NOTHING)

    @property
    def is_skipped(self) -> bool:
        """Whether so many were fetched whole that cutting down mostly does not pay."""
        return self.hint.regret >= MOSTLY

    @property
    def items(self) -> int:
        """How many rows or lines stay of one, as advised now; 0 where none was counted."""
        kept = self.totals["units_kept"] / max(self.compressions, 1)
        return round(kept * self.hint.room)


def retrievals(totals: Mapping[Total, int]) -> int:
    """All fetches among these."""
    return totals["whole"] + totals["query"] + totals["lines"]


def together(patterns: Iterable[Pattern]) -> Mapping[Total, int]:
    """The totals of all of these."""
    known = list(patterns)
    return {what: sum(one.totals[what] for one in known) for what in TOTALS}
