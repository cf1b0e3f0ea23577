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
