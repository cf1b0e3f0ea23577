"""The table of genai-prices: dollars and windows per model, inside that package.

It is imported when it is first asked: that takes a third of a second and 30 MB, and most
commands and all compression never need it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from headroom.outcome import Usage

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

FIRST_PARTIES = frozenset({"anthropic", "openai", "google"})
"""Whose windows the table keeps up to date; of others it tells some that are long outgrown."""


@functools.cache
def load() -> str:
    """Load the table; which one it is."""
    import genai_prices  # noqa: PLC0415  (see the module's docstring)

    # The first question is what reads it in.
    priced("gpt-5", Usage(1), provider="openai", context={})
    return f"genai-prices {genai_prices.__version__}"


def priced(
    name: str, usage: Usage, *, provider: str, context: Mapping[str, str]
) -> PriceCalculation | None:
    """What *usage* costs for the model of this name, None where the table has it not.

    *provider* (`anthropic`, `openai`) is whose price is asked for, or empty.
    """
    from genai_prices import Usage as PricedUsage  # noqa: PLC0415
    from genai_prices import calc_price  # noqa: PLC0415

    written = (
        usage.cache_write_5m_tokens + usage.cache_write_1h_tokens + usage.cache_write_other_tokens
    )
    # The split by lifetime is only accepted together with its total, and what we know only as
    # "written" is priced as the shorter lifetime, the default everywhere.
    asked = PricedUsage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=written,
        cache_write_5m_tokens=written - usage.cache_write_1h_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
        output_tokens=usage.output_tokens,
    )
    try:
        return calc_price(
            asked, model_ref=name, provider_id=provider or None, price_context=dict(context)
        )
    except LookupError:
        return None


def models_of(provider: str) -> tuple[str, ...]:
    """The models that this provider has made and sells, as the table names them."""
    from genai_prices import data_snapshot  # noqa: PLC0415

    # Google sells what others have made as well, elsewhere.
    asked, made = ("google", ("gemini", "gemma")) if provider == "gemini" else (provider, ("",))
    sold = {one.id: one.models for one in data_snapshot.get_snapshot().providers}
    return tuple(each.id for each in sold.get(asked, ()) if each.id.startswith(made))


def long_prompts(found: PriceCalculation) -> tuple[int, ...]:
    """Above how many tokens of a prompt this model has other prices, from the lowest on."""
    steps = getattr(found.model_price.input_mtok, "tiers", ())
    return tuple(sorted(step.start for step in steps))


def known_window(names: tuple[str, ...]) -> tuple[int, str] | None:
    """The window of the first of these names that the table has, and who says so."""
    for name in names:
        for provider in sorted(FIRST_PARTIES):
            found = priced(name, Usage(input_tokens=1), provider=provider, context={})
            if found is not None and found.model.context_window:
                return found.model.context_window, f"{found.model.id}: {load()}"
    return None


def public_name(names: tuple[str, ...]) -> str:
    """What the table calls the first of these names that it has; empty where it has none.

    Only models of first parties: of what others sell under names of their own nobody knows.
    """
    for name in names:
        for provider in sorted(FIRST_PARTIES):
            found = priced(name, Usage(input_tokens=1), provider=provider, context={})
            if found is not None:
                return found.model.id
    return ""
