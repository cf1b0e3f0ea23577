"""What tokens cost and what pays: pure functions, no clock, no network.

`prices` has dollars per model, `offers` when our tool is given, `leaving` when something leaves
a new block, `marking` when cache marks are set for a client that sets none.
"""

from headroom.economics.leaving import TURNS_TO_COME, leaving_out_pays
from headroom.economics.marking import CACHED_S, Outlook, Starts, least_cached, marks_pay
from headroom.economics.offers import OFFER_FROM_TOKENS, Habit, offer_pays
from headroom.economics.prices import Rates, cost, rates

__all__ = [
    "CACHED_S",
    "OFFER_FROM_TOKENS",
    "TURNS_TO_COME",
    "Habit",
    "Outlook",
    "Rates",
    "Starts",
    "cost",
    "least_cached",
    "leaving_out_pays",
    "marks_pay",
    "offer_pays",
    "rates",
]
