"""What tokens cost and what pays: pure functions, no clock, no network.

`models` has what models hold and `prices` what they cost, `account` what is known of a
conversation, `direct` what it would have used without us and `bill` what that comes to; `offers`
says when our tool is given, `leaving` when something leaves a new block.
"""

from headroom.economics.account import NOTHING_KNOWN, Account
from headroom.economics.bill import Bill, Request, bill, entry
from headroom.economics.direct import Caching, Sizes, direct_usage, supposed
from headroom.economics.leaving import TURNS_TO_COME, leaving_out_pays
from headroom.economics.models import Limits, limits
from headroom.economics.offers import OFFER_FROM_TOKENS, Habit, offer_pays
from headroom.economics.prices import USUAL, Rates, Tier, Weights, cost, rates, tier

__all__ = [
    "NOTHING_KNOWN",
    "OFFER_FROM_TOKENS",
    "TURNS_TO_COME",
    "USUAL",
    "Account",
    "Bill",
    "Caching",
    "Habit",
    "Limits",
    "Rates",
    "Request",
    "Sizes",
    "Tier",
    "Weights",
    "bill",
    "cost",
    "direct_usage",
    "entry",
    "leaving_out_pays",
    "limits",
    "offer_pays",
    "rates",
    "supposed",
    "tier",
]
