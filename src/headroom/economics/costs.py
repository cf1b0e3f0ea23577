"""What tokens cost in one conversation at one moment, and what a retrieval costs there.

In uncached input tokens of the model: one costs 1, one that is read from the cache *read*, one
that is written to it *write*.
"""

from __future__ import annotations

from dataclasses import dataclass

from headroom.economics.prices import USUAL

TURNS_TO_COME = 14
"""How often a block is read again after it was written: 13.8 times on average over 61 recorded
sessions of agents, each block by its tokens (2026-11)."""

CERTAINLY_GONE_S = 60.0
"""Beyond its lifetime: then nothing is cached any more.  Clocks and replies take their time."""

CALL_TOKENS, MOST_FETCHED = 60, 4_000
"""Of a retrieval: what the call says, and how much of an original is asked for at most."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What tokens cost in one conversation at one moment.

    *alive* is the chance that what was sent last is still cached; *turns* how many requests
    are expected after this one.
    """

    read: float = USUAL.read
    write: float = USUAL.write
    output: float = USUAL.output
    alive: float = 1.0
    turns: float = TURNS_TO_COME

    @property
    def is_free(self) -> bool:
        """Whether nothing of what was sent can be cached: a rewrite costs nothing."""
        return self.alive == 0 or self.read == self.write

    @property
    def lasting(self) -> float:
        """What a token costs that is sent from now on: written once, then read every time."""
        return self.write + self.read * self.turns


CACHED = Costs()
"""As with most models, while what was sent is cached for certain."""
UNCACHED = Costs(read=1.0, write=1.0)
"""Where nobody asks the provider to cache."""


def alive_chance(idle_s: float, ttl_s: float) -> float:
    """The chance that what was sent *idle_s* seconds ago is still cached.

    Within its lifetime it is, for certain; a minute later it is not; in between nobody knows.
    """
    if idle_s <= ttl_s:
        return 1.0
    if idle_s >= ttl_s + CERTAINLY_GONE_S:
        return 0.0
    return 0.5


def retrieval_cost(prompt_tokens: int, original_tokens: int, costs: Costs) -> float:
    """What it costs when something that left is asked for: the prompt once more, the call, and
    what is fetched.
    """
    fetched = min(original_tokens, MOST_FETCHED)
    return costs.read * prompt_tokens + costs.output * CALL_TOKENS + costs.write * fetched
