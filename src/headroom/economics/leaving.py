"""Whether leaving something out of a new block is expected to save more than it costs.

In prices relative to an uncached input token, which differ little from model to model.
"""

from __future__ import annotations

# What a retrieval costs beside the text that comes back: the prompt read once more, and a call.
_READ, _WRITE, _OUTPUT, _MOST_FETCHED = 0.1, 1.25, 5.0, 4_000
CALL_TOKENS = 60
"""What a call of our tool is written in."""
_PART_FETCHED = 1_000
TURNS_TO_COME = 14
"""How often a block is read again after it was written: 13.8 times on average over 61 recorded
sessions of agents, each block by its tokens (2026-11)."""


def leaving_out_pays(
    gone_tokens: int, *, prompt_tokens: int, original_tokens: int, asked_back: float
) -> bool:
    """Whether leaving out so many tokens of a new block is expected to save more than it costs.

    *asked_back* is the chance that what left is needed after all and fetched, with the prompt
    of *prompt_tokens* before it; in prices relative to an uncached input token, which differ
    little from model to model.
    """
    saved = gone_tokens * (_WRITE + _READ * TURNS_TO_COME)
    fetched = min(original_tokens, _MOST_FETCHED)
    cost = _READ * prompt_tokens + _OUTPUT * CALL_TOKENS + _WRITE * fetched
    return saved > asked_back * cost


def still_pays(
    gone_tokens: int, kept_tokens: int, *, prompt_tokens: int, regret: float, asking: float
) -> bool:
    """The same where it is known how often such blocks were asked for again.

    Of a share *regret* all was fetched soon: then what stayed, and the call, were for nothing.
    *asking* is the share of which anything was fetched, these included.
    """
    later = _WRITE + _READ * TURNS_TO_COME
    call = _READ * prompt_tokens + _OUTPUT * CALL_TOKENS
    saved = (1 - regret) * gone_tokens * later
    parts = max(asking - regret, 0.0) * (call + _PART_FETCHED * later)
    return saved > parts + regret * (call + kept_tokens * later)
