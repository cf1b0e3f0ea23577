"""What became of one request: the single record that every number is derived from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

import msgspec

Verdict = Literal[
    "planned",
    "bypassed",
    "cached",
    "relayed",
    "refused",
    "upstream_failed",
    "client_left",
    "cut",
    "stopped",
    # Messages that were made shorter for somebody who sends them himself.
    "compressed",
]

FAILED: tuple[Verdict, ...] = ("upstream_failed", "cut", "stopped")
"""Without a whole reply, and not by the client's doing."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider reported them.

    *input_tokens* is the whole prompt, cache reads and writes included, whatever the
    provider's own convention is.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_write_other_tokens: int = 0

    @property
    def uncached_tokens(self) -> int:
        """Those of the prompt that were neither read from a cache nor written to one."""
        written = self.cache_write_5m_tokens + self.cache_write_1h_tokens
        return self.input_tokens - self.cache_read_tokens - written - self.cache_write_other_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_5m_tokens + other.cache_write_5m_tokens,
            self.cache_write_1h_tokens + other.cache_write_1h_tokens,
            self.cache_write_other_tokens + other.cache_write_other_tokens,
        )


TERMS = ("service_tier", "speed", "inference_geo")
"""The members of requests and replies that name terms."""


class Members(Protocol):
    """What a request or a reply says, by name."""

    def get(self, name: str, /) -> Any:
        """What it says of this; None where it says nothing."""
        ...


# Those that have a price of their own; what else a provider may say is the usual one.
_TIERS, _SPEEDS, _GEOS = ("flex", "priority", "fast"), ("fast",), ("us",)


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a provider served a request, where they change the price."""

    service_tier: str = ""
    speed: str = ""
    geo: str = ""
    processing: str = ""
    """`batch` where it is answered within a day, for half the price."""

    @classmethod
    def of(cls, *said: Members) -> Terms:
        """The terms that these members name, the first that name any.

        Only words that are known to matter count.
        """
        tier, speed, geo = (
            next((found for each in said if (found := each.get(name))), "") for name in TERMS
        )
        return cls(
            next((each for each in _TIERS if each == tier), ""),
            next((each for each in _SPEEDS if each == speed), ""),
            next((each for each in _GEOS if each == geo), ""),
        )

    def told(self) -> Iterator[str]:
        """Each of them in words."""
        said = (self.service_tier, self.speed, self.geo, self.processing)
        yield from (each for each in said if each)


STANDARD = Terms()


Occasion = Literal["free", "paying", "window"]
"""Why something that was sent is rewritten: nothing of it is cached (any more), it is expected
to pay, or the request would not fit otherwise."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One rewrite of what had been sent: why, how many tokens left, how many whole turns.

    *gain* is what it is expected to save over the rest of the conversation, in uncached input
    tokens; below zero only where there was no other way to fit.
    """

    occasion: Occasion
    tokens: int
    turns: int = 0
    gain: float = 0.0


class Treated(msgspec.Struct, frozen=True, array_like=True):
    """One block of a request that was looked at, and what became of it.

    *index* counts the blocks of the request, *turn* is how many turns of the assistant had begun.
    """

    index: int
    turn: int
    role: str
    kind: str
    tool: str = ""
    tokens_before: int = 0
    tokens_after: int = 0
    by: tuple[str, ...] = ()
    """The strategies that made it shorter; none where it stayed as it was."""
    reason: str = ""
    """Why it was left alone, where somebody said so."""
    original: str = ""
    """The key of its own text, where that is kept."""
    place: str = ""
    """By which the form that it was given is found again, in hex."""
    was_sent: bool = False
    """Whether it had been sent in another form before: then a rewrite changed it."""


CACHE_MARKS = "cache_marks"
"""Of a transform: the provider was asked to cache, as the client had not asked it."""

Bust = Literal["", "ours", "other"]
"""Whose doing it is that much of a prompt was not in the provider's cache any more though it had
been sent: ours, where we changed it and nobody had said why; else the client's or the
provider's."""

Stage = Literal["read", "parse", "cache", "blocks", "look_up", "plan", "keep", "rewrite", "guards"]
"""What a request goes through before it is sent on.  `read` waits for its client."""

SHORTENING: tuple[Stage, ...] = ("blocks", "look_up", "plan", "keep", "rewrite")
"""Those that make it shorter."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One time that a request went through a stage: when, since it came, and for how long."""

    stage: Stage
    begun_ms: float
    took_ms: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request from arrival to its last byte; times in milliseconds."""

    request_id: str
    verdict: Verdict
    method: str = ""
    route: str = ""
    provider: str = ""
    model: str = ""
    status: int = 0
    streaming: bool = False
    tokens_before: int = 0
    tokens_after: int = 0
    counted_exactly: bool = False
    """True when the model reads the vocabulary that *tokens_before* and *after* count with."""
    transforms: tuple[str, ...] = ()
    usage: Usage | None = None
    """Of all legs together."""
    estimated: bool = False
    """True when *usage* is our own count, because the provider reported none."""
    legs: int = 1
    """How often the provider was asked: once, and once more for each answered retrieval."""
    failed: str = ""
    """Why compression was given up, if it was."""
    rewrite: Rewrite | None = None
    """What was rewritten of what had been sent, and why, where something was."""
    guessed_price: bool = False
    """Whether that is the price of its provider's dearest model, as nobody knows its own."""
    price: str = ""
    """Which price the dollars are by; empty where the price is unknown, or nothing was used."""
    cost: Decimal | None = None
    """Dollars for all legs, by *usage*; None where the price is unknown, never zero."""
    direct_cost: Decimal | None = None
    """Dollars that the same request would have cost had its client sent it directly."""
    units: float | None = None
    """The same cost in uncached tokens of input; also known where the price is not."""
    direct_units: float | None = None
    notes: tuple[str, ...] = ()
    """What else was decided about it, one sentence each."""
    overhead_ms: float = 0.0
    first_byte_ms: float = 0.0
    total_ms: float = 0.0
    at: float = 0.0
    """When it ended, in seconds since 1970."""
    tenant: str = ""
    key_id: str = ""
    """Of the virtual key that it was made with, if it was."""
    tags: tuple[tuple[str, str], ...] = ()
    """What its client called it, in headers of ours."""
    known_model: str = ""
    """What the table of prices calls the model, if it does: of those there are only so many."""
    input_cost: Decimal | None = None
    """The part of *cost* that the prompts were."""
    uncached_cost: Decimal | None = None
    """What *usage* would have cost with no cache at the provider."""
    retrieval_cost: Decimal | None = None
    """The part of *cost* that asking again after retrievals was."""
    bust: Bust = ""
    missed_tokens: int = 0
    """How much an earlier request had left in the provider's cache that was not read from it."""
    refusal: str = ""
    """Why we refused it, in one word: `rate_limited`, `over_budget`, …"""
    cache: Literal["", "hit", "miss", "bypass"] = ""
    """What the stored replies had to do with it; empty where there are none."""
    treated: tuple[Treated, ...] = ()
    """Its new blocks, and those that were rewritten; no more than so many of them."""
    untold: int = 0
    """How many more there were."""
    write_premium: Decimal | None = None
    """What writing to the provider's cache cost more than the same tokens read uncached."""
    passages: tuple[Passage, ...] = ()
    """The stages that it went through, one after the other."""
    messages: int = 0
    """How many messages the request had."""
    requests: int = 1
    """How many requests it stands for: of a batch those in it, as far as that is known."""
    asked_model: str = ""
    """The model by the name that the request gave it; *model* is what the reply called it."""
    traceparent: str = ""
    """In which trace its client made it, as that says."""
    client: str = ""
    """Which program made it, in one word of a few."""
    asked: str = field(default="", repr=False)
    answered: str = field(default="", repr=False)
    """Content, only where the operator wants it told: the beginnings of the last text or result of
    a tool in the request, and of the reply."""

    @property
    def stages(self) -> Mapping[Stage, float]:
        """How long each took, of those that it went through."""
        took: dict[Stage, float] = {}
        for passage in self.passages:
            took[passage.stage] = took.get(passage.stage, 0.0) + passage.took_ms
        return took

    @property
    def saved(self) -> Decimal | None:
        """Dollars saved over going direct, retrievals paid; negative where it was dearer."""
        if self.cost is None or self.direct_cost is None:
            return None
        return self.direct_cost - self.cost
