"""Whether it pays to rewrite what has been sent: what is read for less later, against what must
be written again now.

In uncached input tokens of the model: one costs 1, one that is read from the cache *read*, one
that is written to it *write*.
"""

from __future__ import annotations

from dataclasses import dataclass

from headroom.economics.leaving import TURNS_TO_COME

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

    read: float = 0.1
    write: float = 1.25
    output: float = 5.0
    alive: float = 1.0
    turns: float = TURNS_TO_COME

    @property
    def is_free(self) -> bool:
        """Whether nothing of what was sent can be cached: a rewrite costs nothing."""
        return self.alive == 0 or self.read == self.write


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


def rewrite_cost(removed: int, behind: int, costs: Costs) -> float:
    """What a rewrite costs at once, over sending what was sent before; negative if it saves.

    *removed* tokens leave; *behind* are those that stay, from the first change to the end of
    what was sent before.
    """
    kept = costs.read * (removed + behind)
    lapsed = costs.write * (removed + behind)
    rewritten = costs.write * behind
    return rewritten - costs.alive * kept - (1 - costs.alive) * lapsed


def rewrite_gain(removed: int, behind: int, costs: Costs, *, retrievals: float = 0.0) -> float:
    """What a rewrite saves over all turns to come, less what it costs now.

    *retrievals* is what is expected to be spent on fetching back what left.
    """
    later = costs.read * removed * costs.turns
    return later - rewrite_cost(removed, behind, costs) - retrievals


def below_tier_gain(
    total: int, removed: int, behind: int, costs: Costs, *, factor: float, turns: float
) -> float:
    """What it saves to get a prompt of *total* tokens below where all of it costs *factor* times,
    for this turn and so many more, before it has grown above again.
    """
    stays = total - removed
    dear = factor * costs.read * total * (1 + turns)
    now = costs.read * (stays - behind) + costs.write * behind
    return dear - now - costs.read * stays * turns


def request_cost(sent_before: int, new: int, costs: Costs) -> float:
    """What a request costs whose first *sent_before* tokens were sent before, as they are."""
    read = costs.alive * costs.read + (1 - costs.alive) * costs.write
    return read * sent_before + costs.write * new
