"""Whether leaving something out of a new block is expected to save more than it costs.

In prices relative to an uncached input token, which differ little from model to model.
"""

from __future__ import annotations

from headroom.economics.costs import CACHED, retrieval_cost

_PART_FETCHED = 1_000


def leaving_out_pays(
    gone_tokens: int, *, prompt_tokens: int, original_tokens: int, asked_back: float
) -> bool:
    """Whether leaving out so many tokens of a new block is expected to save more than it costs.

    *asked_back* is the chance that what left is needed after all and fetched, with the prompt
    of *prompt_tokens* before it; in prices relative to an uncached input token, which differ
    little from model to model.
    """
    saved = gone_tokens * CACHED.lasting
    return saved > asked_back * retrieval_cost(prompt_tokens, original_tokens, CACHED)


def still_pays(
    gone_tokens: int, kept_tokens: int, *, prompt_tokens: int, regret: float, asking: float
) -> bool:
    """The same where it is known how often such blocks were asked for again.

    Of a share *regret* all was fetched soon: then what stayed, and the call, were for nothing.
    *asking* is the share of which anything was fetched, these included.
    """
    later = CACHED.lasting
    call = retrieval_cost(prompt_tokens, 0, CACHED)
    saved = (1 - regret) * gone_tokens * later
    parts = max(asking - regret, 0.0) * (call + _PART_FETCHED * later)
    return saved > parts + regret * (call + kept_tokens * later)
