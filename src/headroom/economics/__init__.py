"""What tokens cost and what pays: pure functions, no clock, no network.

`prices` has dollars per model, `offers` when our tool is given, `leaving` when something leaves
a new block.
"""

from headroom.economics.leaving import TURNS_TO_COME, leaving_out_pays, still_pays
from headroom.economics.offers import OFFER_FROM_TOKENS, Habit, offer_pays
from headroom.economics.prices import Rates, cost, rates

__all__ = [
    "OFFER_FROM_TOKENS",
    "TURNS_TO_COME",
    "Habit",
    "Rates",
    "cost",
    "leaving_out_pays",
    "offer_pays",
    "rates",
    "still_pays",
]
