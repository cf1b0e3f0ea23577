"""What tokens cost and what pays: pure functions, no clock, no network.

`prices` has dollars per model, `offers` when our tool is given, `leaving` when something leaves
a new block, `rewriting` when something that was sent is rewritten.
"""

from headroom.economics.leaving import TURNS_TO_COME, leaving_out_pays
from headroom.economics.offers import OFFER_FROM_TOKENS, Habit, offer_pays
from headroom.economics.prices import Rates, cost, rates
from headroom.economics.rewriting import (
    CACHED,
    UNCACHED,
    Costs,
    alive_chance,
    request_cost,
    retrieval_cost,
    rewrite_cost,
    rewrite_gain,
)

__all__ = [
    "CACHED",
    "OFFER_FROM_TOKENS",
    "TURNS_TO_COME",
    "UNCACHED",
    "Costs",
    "Habit",
    "Rates",
    "alive_chance",
    "cost",
    "leaving_out_pays",
    "offer_pays",
    "rates",
    "request_cost",
    "retrieval_cost",
    "rewrite_cost",
    "rewrite_gain",
]
