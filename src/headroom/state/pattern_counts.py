"""How patterns are counted: which counters there are, under which names, and how they fade.

Totals are counted for good, evidence by periods of a week.  Evidence counts in full in its own
period and the next, then half as much with each week, and after four weeks not at all: so what is
left alone is tried again.  Names of counters hold hashes only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from headroom.hints import Evidence, Sample
from headroom.state.base import Key
from headroom.state.namespaces import DAY_S

COUNTS = "pattern_count"

PERIOD_S = 7 * DAY_S
PERIODS = 4
"""So many are read, this one included."""
FIELD_BYTES = 6

Total = Literal[
    "compressions",
    "tokens_before",
    "tokens_after",
    "units",
    "units_kept",
    "left_alone",
    "dropped",
    "whole",
    "query",
    "lines",
    "again",
    "first",
    "middle",
    "last",
    "tenants",
]
TOTALS: tuple[Total, ...] = get_args(Total)

SIGNS = (
    *("reduced", "regretted", "asked"),
    *("eased", "eased_regretted", "eased_asked", "named"),
)
"""What hints go by; *named* counts retrievals that named a field, of whichever."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a shape is counted: of one tenant, or of all."""

    scope: str
    signature: str

    @property
    def name(self) -> bytes:
        """The name of its entry, and what names of its counters begin with."""
        return f"{self.scope}/{self.signature}".encode()

    def total(self, what: str) -> Key:
        """The counter of what is counted for good."""
        return COUNTS, self.name + f"/{what}".encode()

    def sign(self, what: str, period: int) -> Key:
        """The counter of evidence in one period."""
        return COUNTS, self.name + f"/{period}/{what}".encode()


def field_mark(name: str) -> str:
    """What stands for a field in the name of a counter."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=FIELD_BYTES)
    return f"f-{digest.hexdigest()}"


def period_of(now: float) -> int:
    """The number of the period in which this time is."""
    return int(now // PERIOD_S)


def weights(now: float) -> Mapping[int, float]:
    """How much evidence counts now, by the period that it is of."""
    current = period_of(now)
    into = now / PERIOD_S - current
    return {current - age: 1.0 if age < 2 else 0.5 ** (age - 2 + into) for age in range(PERIODS)}


def asked_for(site: Site, names: Sequence[str], now: float) -> list[Key]:
    """The counters of evidence for these signs, or fields."""
    current = period_of(now)
    return [site.sign(name, current - age) for age in range(PERIODS) for name in names]


def faded(site: Site, name: str, totals: Mapping[Key, int], counting: Mapping[int, float]) -> float:
    """What these counters say of one sign, each period *counting* by its weight."""
    return sum(
        weight * totals.get(site.sign(name, period), 0) for period, weight in counting.items()
    )


def evidence_of(
    site: Site, names: Iterable[str], totals: Mapping[Key, int], counting: Mapping[int, float]
) -> Evidence:
    """The evidence in these counters, of the fields of these *names* as well."""
    said = {sign: faded(site, sign, totals, counting) for sign in SIGNS}
    fields = {name: faded(site, field_mark(name), totals, counting) for name in names}
    return Evidence(
        Sample(said["reduced"], said["regretted"], said["asked"]),
        Sample(said["eased"], said["eased_regretted"], said["eased_asked"]),
        {name: times for name, times in fields.items() if times},
        totals.get(site.total("tenants"), 0),
    )
