"""What tokens cost: prices per model in dollars, as exact decimals, without a network.

The prices are those of genai-prices, which come inside that package.  It is imported when the
first price is asked for: its table takes a third of a second to load, and most commands and
all compression never need it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from headroom.outcome import Usage

# Large enough to divide by without losing digits, small enough to stay below every
# long-prompt tier (the lowest known is 100 000 tokens, claude-haiku-5-5).
_SAMPLE_TOKENS = 10_000


# A token of the tool and a token that is left out are both written once and then read with every
# later request, so no price comes into it; what is left out leaves half-way, on average.
OFFER_TOKENS = 60
LATER = 0.5
OFFER_FROM_TOKENS = 8_000
GUESSED_TOKENS, GUESS_WEIGHT = 300, 3
"""What a conversation of an unknown kind is taken to lose, and how many conversations that
guess is worth: after five that lost nothing, the tool is not offered any more."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars per token for one model, below its long-prompt tier.

    *cache_write* is the five-minute write; where a provider charges nothing extra for writing
    it equals *input*.
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal


@dataclass(frozen=True, slots=True)
class Habit:
    """What conversations of one kind were like: how many, and how many tokens left them by our
    tool, or would have, had it been there.

    What the agent can see again by its own means leaves without it, and is not among these.
    """

    conversations: int = 0
    tokens_left_out: int = 0


# What a retrieval costs beside the text that comes back: the prompt read once more, and a call.
_READ, _WRITE, _OUTPUT, _CALL_TOKENS, _MOST_FETCHED = 0.1, 1.25, 5.0, 60, 4_000
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
    cost = _READ * prompt_tokens + _OUTPUT * _CALL_TOKENS + _WRITE * fetched
    return saved > asked_back * cost


def offer_pays(fixed_tokens: int, habit: Habit, *, likely: bool) -> bool:
    """Whether a new conversation is expected to save more by our tool than the tool costs.

    *fixed_tokens* are those of its tools and system text: agents that work long and read much
    bring many.  *habit* is what such conversations have saved so far, *likely* whether their
    tools are such that often something can be left out.
    """
    if fixed_tokens < OFFER_FROM_TOKENS:
        return False
    guessed = (GUESSED_TOKENS if likely else 0) * GUESS_WEIGHT + habit.tokens_left_out
    expected = guessed / (GUESS_WEIGHT + habit.conversations)
    return LATER * expected > OFFER_TOKENS


def cost(model: str, usage: Usage, *, provider: str = "") -> Decimal | None:
    """Dollars for one request, or None when the price of *model* is not known: never zero.

    The long-prompt tier of the model is applied.  *provider* (`anthropic`, `openai`) is asked
    first, so that a reseller's price is taken only for models that are not its own.
    """
    from genai_prices import Usage as PricedUsage  # noqa: PLC0415  (see the module's docstring)
    from genai_prices import calc_price  # noqa: PLC0415

    written = (
        usage.cache_write_5m_tokens + usage.cache_write_1h_tokens + usage.cache_write_other_tokens
    )
    # The split by lifetime is only accepted together with its total, and what we know only as
    # "written" is priced as the shorter lifetime, the default everywhere.
    priced = PricedUsage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=written,
        cache_write_5m_tokens=written - usage.cache_write_1h_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
        output_tokens=usage.output_tokens,
    )
    for asked in (provider, None) if provider else (None,):
        try:
            return calc_price(priced, model_ref=model, provider_id=asked).total_price
        except LookupError:
            continue
    return None


def rates(model: str, *, provider: str = "") -> Rates | None:
    """The four prices of *model*, or None when it is not known."""
    sample = _SAMPLE_TOKENS
    costs = [
        cost(model, usage, provider=provider)
        for usage in (
            Usage(input_tokens=sample),
            Usage(output_tokens=sample),
            Usage(input_tokens=sample, cache_read_tokens=sample),
            Usage(input_tokens=sample, cache_write_5m_tokens=sample),
        )
    ]
    known = [each / sample for each in costs if each is not None]
    if len(known) < len(costs):
        return None
    return Rates(*known)
