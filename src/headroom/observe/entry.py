"""One finished request as it is written down: counts and labels of bounded length, no content."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache

import msgspec

from headroom.economics.account import MILLI, NANO
from headroom.observe.cause import cause_of
from headroom.outcome import CACHE_MARKS, Outcome, Treated

MOST_TRANSFORMS = 40
MOST_FRESH = 40
"""Of the tools, kinds and strategies of one request; what goes beyond is told together."""
LABEL_CHARACTERS = 64
OTHER = "other"
SWITCHED = 101
"""The status of a WebSocket that was taken (RFC 6455 4.2.2)."""
MOST_TOKENS = 1_000_000_000_000
MOST_NANOS = 1_000_000_000_000_000
"""What one request may say of itself at most: a million dollars, and as many millions of tokens."""


class Fresh(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Blocks of one request that were sent for the first time, with a common fate."""

    tool: str = ""
    """Whose result they are; empty where they are none."""
    kind: str = ""
    """Of content, as far as a strategy has told it."""
    by: str = ""
    """The strategies that made them shorter, joined by +; empty where none did."""
    blocks: int = 0
    before: int = 0
    after: int = 0
    """Tokens."""
    cause: str = ""
    """Why they were left alone, in a word; empty where they became shorter."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finished request.  New fields come with a default, so that older ones are still read.

    Dollars are in billionths (None where no price is known), units of an uncached input token
    in thousandths, times in milliseconds.
    """

    id: str
    at: float
    """When it ended, in seconds since 1970."""
    verdict: str
    """How it ended; see `outcome.Verdict`."""
    method: str = ""
    route: str = ""
    provider: str = ""
    model: str = ""
    known_model: str = ""
    """What the table of prices calls it, if it does: of those there are only so many."""
    status: int = 0
    streaming: bool = False
    tenant: str = ""
    key_id: str = ""
    tags: dict[str, str] = {}
    """What its client called it."""
    before: int = 0
    after: int = 0
    """Tokens of the request by our own count, where the provider took it."""
    exact: bool = False
    transforms: tuple[str, ...] = ()
    used: bool = False
    """Whether anything is known of what it used."""
    estimated: bool = False
    """Whether that is our own count, as the provider reported nothing."""
    input: int = 0
    output: int = 0
    read: int = 0
    written_5m: int = 0
    written_1h: int = 0
    written_other: int = 0
    legs: int = 1
    retrievals: int = 0
    cost: int | None = None
    direct_cost: int | None = None
    input_cost: int | None = None
    uncached_cost: int | None = None
    retrieval_cost: int | None = None
    dearest: bool = False
    """Whether it was priced as the dearest model of its provider, as nobody knows its own."""
    units: int = 0
    direct_units: int = 0
    bust: str = ""
    missed: int = 0
    rewrite: str = ""
    rewritten: int = 0
    """Why what had been sent was rewritten, and how many tokens left by that."""
    failed: str = ""
    refusal: str = ""
    cache: str = ""
    overhead_ms: float = 0.0
    first_byte_ms: float = 0.0
    total_ms: float = 0.0
    stages: dict[str, float] = {}
    fresh: tuple[Fresh, ...] = ()
    notes: tuple[str, ...] = ()
    write_premium: int | None = None
    cut_before: int = 0
    cut_after: int = 0
    """Tokens of what was sent for the first time and lost something that is kept."""
    client: str = ""
    """Which program it came from, in one word of a few."""

    @property
    def is_call(self) -> bool:
        """Whether it was meant for a provider; else it asked us to make messages shorter."""
        return self.verdict != "compressed"

    @property
    def is_answered(self) -> bool:
        """Whether its client was given all that the provider said: then *status* is the provider's.

        Of any other it may be what we said instead.
        """
        return self.verdict in ("planned", "bypassed", "relayed")

    @property
    def uncached(self) -> int:
        """Tokens of the prompt that were neither read from a cache nor written to one."""
        written = self.written_5m + self.written_1h + self.written_other
        return max(self.input - self.read - written, 0)

    @property
    def is_socket(self) -> bool:
        """Whether it was a WebSocket that both sides had taken; *total_ms* is how long it stood."""
        return self.status == SWITCHED

    @property
    def tokens_saved(self) -> int:
        """Tokens that were asked to be sent and were not; none where our tool made it longer."""
        return max(self.before - self.after, 0)

    @property
    def is_shorter(self) -> bool:
        """Whether it was planned, answered whole, and sent with fewer tokens."""
        return self.verdict == "planned" and self.after < self.before

    @property
    def marked(self) -> bool:
        """Whether it was cached at the provider because we asked for it."""
        return any(one.startswith(CACHE_MARKS) for one in self.transforms)

    @property
    def saved(self) -> int | None:
        """Billionths of a dollar over going direct; negative where it was dearer."""
        if self.cost is None or self.direct_cost is None:
            return None
        return self.direct_cost - self.cost


def entry_of(outcome: Outcome) -> Entry:
    """The outcome as it is written down."""
    used = outcome.usage
    took = 200 <= outcome.status < 300
    rewrite = outcome.rewrite
    cut = [one for one in outcome.treated if took and one.original and not one.was_sent]
    return Entry(
        id=outcome.request_id,
        at=round(outcome.at, 3),
        verdict=outcome.verdict,
        method=printable(outcome.method),
        route=outcome.route,
        provider=outcome.provider,
        model=printable(outcome.model),
        known_model=printable(outcome.known_model),
        status=outcome.status,
        streaming=outcome.streaming,
        tenant=outcome.tenant,
        key_id=outcome.key_id,
        tags=dict(outcome.tags),
        before=outcome.tokens_before if took else 0,
        after=outcome.tokens_after if took else 0,
        exact=outcome.counted_exactly,
        transforms=tuple(dict.fromkeys(outcome.transforms))[:MOST_TRANSFORMS],
        used=used is not None,
        estimated=outcome.estimated,
        input=count(used.input_tokens) if used else 0,
        output=count(used.output_tokens) if used else 0,
        read=count(used.cache_read_tokens) if used else 0,
        written_5m=count(used.cache_write_5m_tokens) if used else 0,
        written_1h=count(used.cache_write_1h_tokens) if used else 0,
        written_other=count(used.cache_write_other_tokens) if used else 0,
        legs=outcome.legs,
        retrievals=_retrievals(outcome),
        cost=nanos(outcome.cost),
        direct_cost=nanos(outcome.direct_cost),
        input_cost=nanos(outcome.input_cost),
        uncached_cost=nanos(outcome.uncached_cost),
        retrieval_cost=nanos(outcome.retrieval_cost),
        dearest=outcome.guessed_price,
        units=count((outcome.units or 0.0) * MILLI),
        direct_units=count((outcome.direct_units or 0.0) * MILLI),
        bust=outcome.bust,
        missed=outcome.missed_tokens,
        rewrite=rewrite.occasion if rewrite else "",
        rewritten=rewrite.tokens if rewrite else 0,
        failed=printable(outcome.failed),
        refusal=outcome.refusal,
        cache=outcome.cache,
        overhead_ms=round(outcome.overhead_ms, 3),
        first_byte_ms=round(outcome.first_byte_ms, 3),
        total_ms=round(outcome.total_ms, 3),
        stages={stage: round(took_ms, 3) for stage, took_ms in outcome.stages.items()},
        fresh=fresh_of(outcome.treated) if took else (),
        notes=outcome.notes,
        write_premium=nanos(outcome.write_premium),
        cut_before=sum(one.tokens_before for one in cut),
        cut_after=sum(one.tokens_after for one in cut),
        client=outcome.client,
    )


def _retrievals(outcome: Outcome) -> int:
    """How often its model was given something; also where the reply broke off after that.

    The legs of a WebSocket are its answers.
    """
    if outcome.status == SWITCHED or outcome.verdict in ("bypassed", "relayed"):
        return 0
    return outcome.legs - 1


def count(amount: float) -> int:
    """A number as it may be added up: whole, never below zero, and of bounded size."""
    return max(0, min(round(amount), MOST_TOKENS))


def nanos(dollars: Decimal | None) -> int | None:
    """Dollars in billionths, to the nearest."""
    return None if dollars is None else max(0, min(round(dollars * NANO), MOST_NANOS))


def printable(text: str) -> str:
    """A word of a client or a provider made safe to be shown: short, printable, one line."""
    if text.isascii() and text.isprintable():
        return text[:LABEL_CHARACTERS]
    return "".join(c if " " <= c <= "~" else "?" for c in text[:LABEL_CHARACTERS])


@cache
def kinds() -> Mapping[str, str]:
    """The kind of content that each strategy is for.

    Compressors are loaded when this is first asked: who only reads what was written needs none.
    """
    compressors = importlib.import_module("headroom.compressors")
    return {one.strategy: one.kind for one in (*compressors.COMPRESSORS, *compressors.REDUCERS)}


def fresh_of(treated: Iterable[Treated]) -> tuple[Fresh, ...]:
    """What was sent for the first time, summed by tool, kind, strategies, and why not."""
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    for block in treated:
        if block.was_sent or block.kind not in ("tool_result", "text"):
            continue
        by = "+".join(block.by)[:LABEL_CHARACTERS]
        cause = "" if by else cause_of(block.reason)
        key = (printable(block.tool), kind_of(by), by, cause)
        if key not in sums and len(sums) >= MOST_FRESH:
            key = (OTHER, OTHER, OTHER, OTHER)
        counts = sums.setdefault(key, [0, 0, 0])
        counts[0] += 1
        counts[1] += block.tokens_before
        counts[2] += block.tokens_after
    return tuple(
        Fresh(tool, kind, by, blocks, before, after, cause)
        for (tool, kind, by, cause), (blocks, before, after) in sums.items()
    )


def kind_of(by: str) -> str:
    """The kind of content that these strategies, joined by +, are for; empty where none is told."""
    return next((kinds()[one] for one in reversed(by.split("+")) if one in kinds()), "")
