"""Whether it pays to rewrite what has been sent: what is read for less later, against what must
be written again now.  In uncached input tokens of the model, as in `costs`.
"""

from __future__ import annotations

from headroom.economics.costs import Costs


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
