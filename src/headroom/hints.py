"""What the system has learned of a tool's outputs, as values: shapes, evidence, hints.

    a result ──▶ Shape ──▶ (store) Evidence, own and of all ──▶ advise ──▶ Hint ──▶ plan

Pure.  A hint may bias a block at its birth only; the ledger then holds the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

KEPT_FROM = 3
"""Times a field was asked for from which it stays.  A field costs a few tokens a row, and an
answer that lacks it a whole request: few samples are enough."""
KEPT_SHARE = 0.1
"""The share of outputs, cut down without a hint, in which it must have been asked for."""
MORE_FROM = 5
"""Outputs from which twice as much of them stays, where half of them were asked for: that gives up
a part of what is saved."""
MOSTLY = 0.5
HELPED, HELPED_WELL = 0.5, 0.25
"""Times as often as without it are they asked for with more room: where it is more often, they
have twice as much again, and after ten of them what did not help is taken back."""
ONCE_MORE, TWICE_MORE = 2.0, 4.0
JUDGED_FROM = 10
"""Outputs from which it counts how often they were asked for: to leave them alone gives up all that
is saved, so it takes more.  Of ten, five are more than chance where one in ten is usual."""
TENANTS_FROM = 3
"""Tenants who must have seen a shape before it is judged by what all have done: below that,
"all" is one of them, who would speak for the others."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of output a tool gave: *signature* names it, and tells nothing of its content.

    *kind* is `records` or `text`; *fields* are the names of the fields of its records, with
    what stands in them: `text`, `number`, `flag`, `list`, `object`.
    """

    signature: str
    tool: str = ""
    kind: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its fields."""
        return tuple(name for name, _ in self.fields)


@dataclass(frozen=True, slots=True)
class Sample:
    """Outputs that were cut down in one way, and what became of that; old ones count for less.

    *regretted* were fetched whole soon, or told again; of *asked* some part was that is no
    field.
    """

    reduced: float = 0.0
    regretted: float = 0.0
    asked: float = 0.0

    @property
    def regret(self) -> float:
        """The share that was regretted, 1.0 at most."""
        return share(self.regretted, self.reduced)

    @property
    def asking(self) -> float:
        """The share of which anything was fetched but a field, 1.0 at most."""
        return share(self.regretted + self.asked, self.reduced)

    def __add__(self, other: Sample) -> Sample:
        return Sample(
            self.reduced + other.reduced,
            self.regretted + other.regretted,
            self.asked + other.asked,
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of outputs of one shape.

    *plain* were cut down without a hint, *eased* with one: what a hint has mended must not
    speak against it.  *fields* says how often each was asked for, and *tenants* how many
    have seen the shape.
    """

    plain: Sample = field(default_factory=Sample)
    eased: Sample = field(default_factory=Sample)
    fields: Mapping[str, float] = field(default_factory=dict)
    tenants: int = 1

    @property
    def samples(self) -> float:
        """How many outputs it goes by."""
        return self.plain.reduced + self.eased.reduced


NOTHING = Evidence()


@dataclass(frozen=True, slots=True)
class Hint:
    """How to cut down one block: what *signature* its shape has, and what is advised for it.

    *regret* and *asking* are the shares of such outputs that were fetched again, whole and at
    all; 0 where too little is known.  *room* are times the usual room, *fields* the names, in
    small letters, of what stays.
    """

    signature: str = ""
    regret: float = 0.0
    asking: float = 0.0
    room: float = 1.0
    fields: tuple[str, ...] = ()

    @property
    def eases(self) -> bool:
        """Whether the block is cut down otherwise than without it."""
        return self.room != 1.0 or bool(self.fields)


NO_HINT = Hint()
Hints = Mapping[int, Hint]
"""By the number of the block."""
NO_HINTS: Hints = MappingProxyType({})


def share(part: float, whole: float) -> float:
    """What *part* is of *whole*, never more than all of it."""
    return min(part / whole, 1.0) if whole > 0 else float(part > 0)


def advise(shape: Shape, own: Evidence, everyone: Evidence) -> Hint:
    """The hint for a new block of this shape.

    Each part goes by the tenant's *own* evidence where that is enough for it, else by what
    *everyone* has done.
    """
    if everyone.tenants < TENANTS_FROM:
        everyone = NOTHING
    judged = own if own.samples >= JUDGED_FROM else everyone
    more = own if own.samples >= MORE_FROM else everyone
    kept = own if own.samples >= KEPT_FROM else everyone
    together = judged.plain + judged.eased if judged.samples >= JUDGED_FROM else Sample()
    return Hint(
        shape.signature,
        together.regret,
        together.asking,
        room(more),
        kept_fields(kept, shape.names),
    )


def room(evidence: Evidence) -> float:
    """How many times the usual room such outputs are given."""
    plain, eased = evidence.plain, evidence.eased
    is_asked = plain.reduced >= MORE_FROM and plain.asking >= MOSTLY
    first, second = (ONCE_MORE, TWICE_MORE) if is_asked else (1.0, ONCE_MORE)
    usual = plain.asking if is_asked else 1.0
    if eased.reduced < MORE_FROM or eased.asking <= HELPED_WELL * usual:
        return first
    helped = eased.asking <= HELPED * usual
    return second if helped or eased.reduced < JUDGED_FROM else 1.0


def kept_fields(evidence: Evidence, names: tuple[str, ...]) -> tuple[str, ...]:
    """Which of the fields of these *names* stay, in small letters."""
    asked = evidence.fields
    bare = evidence.plain.reduced
    return tuple(
        dict.fromkeys(
            name.lower()
            for name in names
            if asked.get(name, 0.0) >= KEPT_FROM and share(asked[name], bare) >= KEPT_SHARE
        )
    )
