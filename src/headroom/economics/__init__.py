"""What tokens cost and what pays: pure functions, no clock, no network.

`models` has what models hold, `prices` what they cost, `costs` what tokens cost in one conversation
at one moment, `account` what is known of a conversation, `direct` what it would have used without
us and `bill` what that comes to; `offers` says when our tool is given, `leaving` when something
leaves a new block, `rewriting` when something that was sent is rewritten, `marking` when cache
marks are set for a client that sets none.
"""

from headroom.economics.account import NOTHING_KNOWN, UNSAID_S, Account
from headroom.economics.bill import NO_LEG, Bill, Leg, Request, bill, entry
from headroom.economics.costs import (
    CACHED,
    UNCACHED,
    Costs,
    alive_chance,
    retrieval_cost,
)
from headroom.economics.direct import Caching, Sizes, as_they_came, direct_usage, supposed
from headroom.economics.leaving import leaving_out_pays, still_pays
from headroom.economics.marking import CACHED_S, Outlook, Starts, least_cached, marks_pay
from headroom.economics.models import Limits, limits
from headroom.economics.offers import OFFER_FROM_TOKENS, Habit, offer_pays
from headroom.economics.prices import USUAL, Rates, Tier, Weights, cost, dearest, rates
from headroom.economics.rewriting import (
    below_tier_gain,
    request_cost,
    rewrite_cost,
    rewrite_gain,
)

__all__ = [
    "CACHED",
    "CACHED_S",
    "NOTHING_KNOWN",
    "NO_LEG",
    "OFFER_FROM_TOKENS",
    "UNCACHED",
    "UNSAID_S",
    "USUAL",
    "Account",
    "Bill",
    "Caching",
    "Costs",
    "Habit",
    "Leg",
    "Limits",
    "Outlook",
    "Rates",
    "Request",
    "Sizes",
    "Starts",
    "Tier",
    "Weights",
    "alive_chance",
    "as_they_came",
    "below_tier_gain",
    "bill",
    "cost",
    "dearest",
    "direct_usage",
    "entry",
    "least_cached",
    "leaving_out_pays",
    "limits",
    "marks_pay",
    "offer_pays",
    "rates",
    "request_cost",
    "retrieval_cost",
    "rewrite_cost",
    "rewrite_gain",
    "still_pays",
    "supposed",
]
