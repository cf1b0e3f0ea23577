"""Patterns: what became of outputs of one shape that were cut down, of each tenant and of all.

Counted in the store, so that all workers learn from one another and lose nothing.  Of all
tenants together only signatures and counts are kept: no text, no name of a field or a tool.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from headroom.hints import NOTHING, Evidence, Hint, Shape, advise
from headroom.state.base import Key, Store
from headroom.state.bounded import Bounded
from headroom.state.pattern import Pattern
from headroom.state.pattern_counts import (
    SIGNS,
    TOTALS,
    Site,
    Total,
    asked_for,
    evidence_of,
    faded,
    field_mark,
    period_of,
    weights,
)
from headroom.state.pattern_table import EVERYONE, Table

SCOPE_BYTES = 8
FRESH_S = 30.0
"""For so long evidence that was read is not read again; what this process counts is."""
MOST_REMEMBERED = 2_048
MOST_COUNTED = 20_000
MOST_OF_ONE = 64
"""So many outputs of one shape does one tenant speak with among all, in a week."""
READ_AT_ONCE = 500
MOST_SHOWN = 256

SUM = "sum"
"""In the place of a signature: what is counted of all shapes together."""


@dataclass(frozen=True, slots=True)
class Experience:
    """What happened once to an output of this shape, and what is to be counted of it.

    *original* is the key of the output: each sign, and each field that was *asked* for, counts
    once for it; empty where there is none.
    """

    shape: Shape
    original: str = ""
    totals: Mapping[Total, int] = field(default_factory=dict)
    signs: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, int] = field(default_factory=dict)
    """How often each field was asked for, by its name."""


class Patterns:
    """Counts what happens, and says what is known.  Its verbs raise StoreError."""

    __slots__ = ("_clock", "_counted", "_memo", "_store", "_table")

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._table = Table(store, clock)
        self._memo: Bounded[Site, tuple[float, frozenset[str], Evidence]] = Bounded(MOST_REMEMBERED)
        self._counted: Bounded[tuple[str, str, str], None] = Bounded(MOST_COUNTED)
        """What was counted of which original, so that nothing counts twice."""

    @property
    def filled(self) -> Mapping[str, tuple[int, int, int]]:
        """How much this process remembers of them, and may."""
        return {
            "patterns": self._memo.filled,
            "patterns_counted": self._counted.filled,
            "pattern_shapes": self._table.filled,
        }

    async def hints(self, tenant: str, shapes: Sequence[Shape]) -> Mapping[str, Hint]:
        """What is advised for new outputs of these shapes, by signature."""
        by_signature = {shape.signature: shape for shape in shapes}
        sites = [Site(scope, one) for scope in _scopes(tenant) for one in by_signature]
        known = await self._evidence({site: by_signature[site.signature] for site in sites})
        own, everyone = _scopes(tenant)
        return {
            name: advise(shape, known[Site(own, name)], known[Site(everyone, name)])
            for name, shape in by_signature.items()
        }

    async def note(self, tenant: str, experiences: Sequence[Experience]) -> None:
        """Count these, of the tenant and of all."""
        own, everyone = _scopes(tenant)
        told = (self._first(own, one) for one in experiences)
        fresh = [one for one in told if one is not None]
        if not fresh:
            return
        shapes = {one.shape.signature: one.shape for one in fresh if one.shape.kind}
        seen = await self._table.see(own, list(shapes.values()))
        fresh = [one for one in fresh if not one.shape.kind or one.shape.signature in seen]
        await self._table.see(everyone, [shapes[name] for name in seen])
        now = self._clock()
        mine = _totals_of(own, fresh) + _evidence_of(own, fresh, now)
        signatures = {one.shape.signature for one in fresh}
        spoken = [Site(own, o).sign(sign, period_of(now)) for o in signatures for sign in SIGNS]
        held = await self._store.add({**dict.fromkeys(spoken, 0), **mine})
        heard = [one for one in fresh if _may_speak(own, one, held, now)]
        theirs = _totals_of(everyone, fresh) + _evidence_of(everyone, heard, now)
        theirs.update({Site(everyone, one).total("tenants"): 1 for one, new in seen.items() if new})
        await self._store.add(theirs)
        for experience in fresh:
            for scope in (own, everyone):
                self._memo.pop(Site(scope, experience.shape.signature), None)

    async def sums(self, scope: str) -> Mapping[Total, int]:
        """What was counted of all shapes together."""
        return await self._totals(Site(scope, SUM))

    async def signatures(self, scope: str) -> Sequence[str]:
        """Those that are known there."""
        return tuple(await self._table.days(scope))

    async def largest(self, scope: str, limit: int = MOST_SHOWN) -> Sequence[Pattern]:
        """The patterns of the most outputs, the largest first."""
        names = await self.signatures(scope)
        held = await self._read(Site(scope, one).total("compressions") for one in names)
        sizes = {one: held[Site(scope, one).total("compressions")] for one in names}
        chosen = sorted(names, key=lambda one: (-sizes[one], one))[: min(limit, MOST_SHOWN)]
        return await self.patterns(scope, chosen)

    async def patterns(self, scope: str, signatures: Sequence[str]) -> Sequence[Pattern]:
        """All that is known of these, as far as it is."""
        shapes = await self._table.shapes(scope, signatures)
        sites = {Site(scope, name): shapes[name] for name in signatures if name in shapes}
        keys = [site.total(what) for site in sites for what in TOTALS]
        held = await self._read(keys)
        evidence = await self._evidence(
            {site: Shape(site.signature, fields=one.fields) for site, one in sites.items()}
        )
        return [
            Pattern(
                site.signature,
                shape,
                {what: held[site.total(what)] for what in TOTALS},
                evidence[site],
            )
            for site, shape in sites.items()
        ]

    def _first(self, scope: str, one: Experience) -> Experience | None:
        """It without what was counted of its original before; None if that is all."""
        if not one.original:
            return one
        new = partial(self._is_new, scope, one.original)
        signs = {sign: n for sign, n in one.signs.items() if new(sign)}
        fields = {name: n for name, n in one.fields.items() if new(field_mark(name))}
        counted_before = one.signs and not signs and not fields
        if counted_before and "compressions" in one.totals:
            return None
        return replace(one, signs=signs, fields=fields)

    def _is_new(self, scope: str, original: str, what: str) -> bool:
        key = (scope, original, what)
        is_new = key not in self._counted
        self._counted[key] = None
        return is_new

    async def _evidence(self, sites: Mapping[Site, Shape]) -> Mapping[Site, Evidence]:
        now = self._clock()
        known: dict[Site, Evidence] = {}
        due: dict[Site, Shape] = {}
        for site, shape in sites.items():
            read_at, names, evidence = self._memo.get(site, (-FRESH_S, frozenset(), NOTHING))
            if abs(now - read_at) < FRESH_S and names.issuperset(shape.names):
                known[site] = evidence
            else:
                due[site] = shape
        if not due:
            return known
        held = dict(await self._read(key for site in due for key in _sign_keys(site, now)))
        counting = weights(now)
        named = [site for site in due if faded(site, "named", held, counting)]
        marks = {site: [field_mark(name) for name in due[site].names] for site in named}
        held |= await self._read(key for site in named for key in asked_for(site, marks[site], now))
        for site, shape in due.items():
            named_here = shape.names if site in marks else ()
            known[site] = evidence_of(site, named_here, held, counting)
            self._memo[site] = now, frozenset(shape.names), known[site]
        return known

    async def _totals(self, site: Site) -> Mapping[Total, int]:
        keys = {what: site.total(what) for what in TOTALS}
        held = await self._read(keys.values())
        return {what: held[key] for what, key in keys.items()}

    async def _read(self, keys: Iterable[Key]) -> Mapping[Key, int]:
        """What these counters hold; some at a time, so that others' reads come in between."""
        held: dict[Key, int] = {}
        for some in _pieces(list(keys)):
            held |= await self._store.add(dict.fromkeys(some, 0))
        return held


def scope_of(tenant: str) -> str:
    """What stands for a tenant in names of entries and counters."""
    return hashlib.blake2b(tenant.encode(), digest_size=SCOPE_BYTES, person=b"pattern").hexdigest()


def _scopes(tenant: str) -> tuple[str, str]:
    return scope_of(tenant), EVERYONE


def _pieces(keys: Sequence[Key]) -> Iterable[Sequence[Key]]:
    return (keys[at : at + READ_AT_ONCE] for at in range(0, len(keys), READ_AT_ONCE))


def _sign_keys(site: Site, now: float) -> list[Key]:
    return [site.total("tenants"), *asked_for(site, SIGNS, now)]


def _may_speak(own: str, one: Experience, held: Mapping[Key, int], now: float) -> bool:
    """Whether the tenant has not yet spoken of this shape among all as often as one may."""
    site = Site(own, one.shape.signature)
    said = (held.get(site.sign(sign, period_of(now)), 0) for sign in SIGNS)
    return max(said) <= MOST_OF_ONE


def _totals_of(scope: str, experiences: Iterable[Experience]) -> Tally[Key]:
    """What is added to the totals of this scope: of each shape, and of all together."""
    amounts: Tally[Key] = Tally()
    for one in experiences:
        for name in (one.shape.signature, SUM):
            site = Site(scope, name)
            amounts.update({site.total(what): number for what, number in one.totals.items()})
    return amounts


def _evidence_of(scope: str, experiences: Iterable[Experience], now: float) -> Tally[Key]:
    """What is added to the evidence of this scope."""
    amounts: Tally[Key] = Tally()
    period = period_of(now)
    for one in experiences:
        site = Site(scope, one.shape.signature)
        amounts.update({site.sign(sign, period): number for sign, number in one.signs.items()})
        marks = {field_mark(name): number for name, number in one.fields.items()}
        amounts.update({site.sign(mark, period): number for mark, number in marks.items()})
    return amounts
