"""What all requests of some time come to: in all, by provider, model, tool, kind, strategy."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from headroom.observe.entry import OTHER, Entry, Fresh
from headroom.observe.spread import Spread
from headroom.observe.tally import Amounts, Tally, taken
from headroom.observe.waste import waste_of

MOST_NAMES = 200
"""Of models, tools and the like; more of them are told together, as `other`."""
UNCHANGED = "unchanged"
NO_TOOL = "none"
ANY_KIND = "any"
"""Of what became shorter by something that looks at no kind: a repeat, a clean-up."""


class Share(msgspec.Struct, array_like=True):
    """Blocks that were sent for the first time, and their tokens before and after."""

    blocks: int = 0
    before: int = 0
    after: int = 0

    def take(self, fresh: Fresh) -> None:
        """Add these."""
        self.blocks += fresh.blocks
        self.before += fresh.before
        self.after += fresh.after

    def add(self, other: Share) -> None:
        """Add all that another one holds."""
        self.blocks += other.blocks
        self.before += other.before
        self.after += other.after


class Book(msgspec.Struct, array_like=True):
    """Sums by every name that something is looked at by.

    By *tools*, *kinds* and *strategies* are told blocks that were sent for the first time: each
    counts once, however often its conversation repeats it.
    """

    tally: list[int] = []
    providers: dict[str, list[int]] = {}
    models: dict[str, list[int]] = {}
    tools: dict[str, Share] = {}
    kinds: dict[str, Share] = {}
    strategies: dict[str, Share] = {}
    transforms: dict[str, int] = {}
    """How many requests each was applied in."""
    overhead: Spread = msgspec.field(default_factory=Spread)
    first_byte: Spread = msgspec.field(default_factory=Spread)
    total: Spread = msgspec.field(default_factory=Spread)
    stages: dict[str, Spread] = {}
    prompt_tokens: Spread = msgspec.field(default_factory=lambda: Spread("tokens"))
    answer_tokens: Spread = msgspec.field(default_factory=lambda: Spread("tokens"))
    failures: dict[str, int] = {}
    """How often compression was given up, by why."""
    reduction_best: float = 0.0
    """The largest share of its tokens that a request lost."""
    reduction_sum: float = 0.0
    """The shares of all that count as `compressed`, added up."""
    first_at: float = 0.0
    last_at: float = 0.0
    """When the first and the last of them ended, in seconds since 1970."""
    refusals: dict[str, int] = {}
    """How many we refused, by why."""
    waste: dict[str, int] = {}
    """Tokens that left of what was sent for the first time, by what it was."""
    read_tokens: Spread = msgspec.field(default_factory=lambda: Spread("tokens"))
    written_tokens: Spread = msgspec.field(default_factory=lambda: Spread("tokens"))
    """What the provider's cache gave, and what was written to it, of requests that had any."""
    sockets: Spread = msgspec.field(default_factory=lambda: Spread("session_ms"))
    """How long WebSockets stood; they are in no other of these times."""
    causes: dict[str, Share] = {}
    """What was sent for the first time and left alone, by why."""

    @property
    def sums(self) -> Tally:
        """All measures."""
        return Tally(self.tally)

    def take(self, entry: Entry, amounts: Amounts) -> None:
        """Add one request, which comes to *amounts*."""
        self.first_at = self.first_at or entry.at
        # Not the latest: a clock that was wrong for a while would end no session any more.
        self.last_at = entry.at
        self.tally = taken(self.tally, amounts)
        if not entry.is_call:
            return
        if entry.provider:
            self._name(self.providers, entry.provider, amounts)
        if entry.model or entry.used:
            self._name(self.models, entry.known_model or OTHER, amounts)
        self._time(entry)
        for fresh in entry.fresh:
            self._share(fresh)
        for transform in entry.transforms:
            _count(self.transforms, kind_of_transform(transform))
        if entry.failed:
            _count(self.failures, entry.failed)
        if entry.refusal:
            _count(self.refusals, entry.refusal)
        if entry.is_shorter:
            reduction = 1 - entry.after / entry.before
            self.reduction_best = max(self.reduction_best, reduction)
            self.reduction_sum += reduction

    def add(self, other: Book) -> None:
        """Add all that another one holds, of other requests."""
        for name in self.__struct_fields__:
            mine, theirs = getattr(self, name), getattr(other, name)
            join = _NO_SUMS.get(name, _together)
            setattr(self, name, join(mine, theirs))

    def _name(self, sums: dict[str, list[int]], name: str, amounts: Amounts) -> None:
        name = bounded(sums, name)
        sums[name] = taken(sums.get(name), amounts)

    def _time(self, entry: Entry) -> None:
        (self.sockets if entry.is_socket else self.total).take(entry.total_ms)
        if entry.verdict in ("planned", "bypassed") and entry.overhead_ms:
            self.overhead.take(entry.overhead_ms)
            for stage, took_ms in entry.stages.items():
                self.stages.setdefault(stage, Spread()).take(took_ms)
        if entry.first_byte_ms and entry.verdict != "refused":
            self.first_byte.take(entry.first_byte_ms)
        if entry.used and not entry.estimated:
            self.prompt_tokens.take(entry.input)
            self.answer_tokens.take(entry.output)
            written = entry.written_5m + entry.written_1h + entry.written_other
            for spread, tokens in ((self.read_tokens, entry.read), (self.written_tokens, written)):
                if tokens:
                    spread.take(tokens)

    def _share(self, fresh: Fresh) -> None:
        shares: tuple[tuple[dict[str, Share], str], ...] = (
            (self.tools, fresh.tool or NO_TOOL),
            (self.kinds, fresh.kind or (ANY_KIND if fresh.by else UNCHANGED)),
            (self.strategies, fresh.by or UNCHANGED),
        )
        if fresh.cause:
            shares = (*shares, (self.causes, fresh.cause))
        for table, name in shares:
            table.setdefault(bounded(table, name), Share()).take(fresh)
        signal = waste_of(fresh.kind, fresh.by)
        if signal and fresh.before > fresh.after:
            _count(self.waste, signal, fresh.before - fresh.after)


def bounded(table: dict[str, Any], name: str) -> str:
    """The name, where the table has it or has room for it; else `other`."""
    return name if name in table or len(table) < MOST_NAMES else OTHER


def _count(table: dict[str, int], name: str, amount: int = 1) -> None:
    name = bounded(table, name)
    table[name] = table.get(name, 0) + amount


def named(table: dict[str, list[int]]) -> Iterator[tuple[str, Tally]]:
    """Each name of a table with its sums, that of the most requests first."""
    tallies = ((name, Tally(numbers)) for name, numbers in table.items())
    yield from sorted(tallies, key=lambda one: (-one[1].of("requests"), one[0]))


def _together(mine: Any, theirs: Any) -> Any:
    """One field of two books."""
    if isinstance(theirs, dict):
        for name, held in theirs.items():
            name = bounded(mine, name)
            mine[name] = _together(mine[name], held) if name in mine else copy.deepcopy(held)
        return mine
    if isinstance(theirs, list):
        tally = Tally(mine)
        tally.add(Tally(theirs))
        return tally
    if isinstance(theirs, Share | Spread):
        mine.add(theirs)
        return mine
    return mine + theirs


_NO_SUMS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "reduction_best": max,
        "first_at": lambda mine, theirs: min(filter(None, (mine, theirs)), default=0.0),
        "last_at": max,
    }
)
"""Fields that are no sums."""


def kind_of_transform(transform: str) -> str:
    """What a transform is, less its ratio or count: `router:log:0.21` is `router:log`."""
    head, _, last = transform.rpartition(":")
    return head if head and last.replace(".", "", 1).isdigit() else transform
