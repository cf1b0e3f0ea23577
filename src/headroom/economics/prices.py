"""What tokens cost: prices per model in dollars, as exact decimals, without a network.

`rates` gives the prices of a model, which are those of `price_table` or the operator's own; a
model without a price has none, never zero.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from decimal import Decimal

from headroom.economics import price_table
from headroom.economics.model_names import names_of
from headroom.economics.models import REMEMBERED_MODELS, name_in, said_of
from headroom.outcome import STANDARD, Terms, Usage
from headroom.own_models import NO_MODELS, OwnModels, OwnPrice

# Large enough to divide by without losing digits, small enough to stay below every
# long-prompt tier (the lowest known is 100 000 tokens, claude-haiku-5-5).
_SAMPLE_TOKENS = 10_000
_MILLION = Decimal(1_000_000)
# What a request mostly is: a long prompt and a short answer.
_SAMPLE = Usage(input_tokens=_SAMPLE_TOKENS, output_tokens=_SAMPLE_TOKENS // 10)

# Anthropic: inference in the US costs 1.1 times as much (platform.claude.com, pricing, 2026-11).
_GEO_FACTORS = {"us": Decimal("1.1")}


@dataclass(frozen=True, slots=True)
class Weights:
    """What tokens cost relative to an uncached token of input."""

    read: float = 0.1
    write: float = 1.25
    """For five minutes; where writing costs nothing extra it is 1."""
    write_1h: float = 2.0
    output: float = 5.0

    def units(self, usage: Usage) -> float:
        """What *usage* comes to, in uncached tokens of input."""
        written = usage.cache_write_5m_tokens + usage.cache_write_other_tokens
        return (
            _uncached(usage)
            + self.read * usage.cache_read_tokens
            + self.write * written
            + self.write_1h * usage.cache_write_1h_tokens
            + self.output * usage.output_tokens
        )


USUAL = Weights()
"""Where no price is known: they differ little from model to model."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Where prompts become dearer as a whole: longer than this, input costs *factor* times."""

    above_tokens: int
    factor: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars per token for one model.

    *cache_write* is the five-minute write; where a provider charges nothing extra for writing
    it equals *input*.  A prompt of more than *long_above* tokens is priced by *long* as a whole.
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal
    cache_write_1h: Decimal
    long_above: int = 0
    long: Rates | None = None
    source: str = field(default="", compare=False)
    """Which price it is: of what model, from which table, on which terms."""
    model: str = field(default="", compare=False)
    """What that table calls the model, however a request spells it."""

    def cost(self, usage: Usage) -> Decimal:
        """Dollars for one request."""
        if self.long is not None and usage.input_tokens > self.long_above:
            return self.long.cost(usage)
        written = usage.cache_write_5m_tokens + usage.cache_write_other_tokens
        return (
            _uncached(usage) * self.input
            + usage.cache_read_tokens * self.cache_read
            + written * self.cache_write
            + usage.cache_write_1h_tokens * self.cache_write_1h
            + usage.output_tokens * self.output
        )

    def units(self, usage: Usage) -> float:
        """The same in uncached tokens of input, of a prompt that is not long."""
        return float(self.cost(usage) / self.input) if self.input else 0.0

    @property
    def of_many(self) -> Rates:
        """The same for many requests added up, none of which is long by itself."""
        return self if self.long is None else replace(self, long_above=0, long=None)

    @property
    def weights(self) -> Weights:
        """What decisions need: prices relative to input."""
        if not self.input:
            return USUAL
        prices = (self.cache_read, self.cache_write, self.cache_write_1h, self.output)
        return Weights(*(float(price / self.input) for price in prices))

    @property
    def tier(self) -> Tier | None:
        """Where its prompts become dearer, if they do."""
        if self.long is None or not self.input:
            return None
        return Tier(self.long_above, float(self.long.input / self.input))


def cost(
    model: str, usage: Usage, *, provider: str = "", own: OwnModels = NO_MODELS
) -> Decimal | None:
    """Dollars for one request, or None when the price of *model* is not known: never zero.

    The long-prompt tier of the model is applied.  *provider*: see `rates`.
    """
    found = rates(model, provider=provider, own=own)
    return None if found is None else found.cost(usage)


def rates(
    model: str,
    *,
    provider: str = "",
    terms: Terms = STANDARD,
    own: OwnModels = NO_MODELS,
) -> Rates | None:
    """The prices of *model*, or None when it is not known.

    *provider* (`anthropic`, `openai`) is asked first, so that a reseller's price is taken only
    for models that are not its own.  *terms* are those on which it was served, *own* what the
    operator says.
    """
    names = names_of(model)
    said = said_of(names, own)
    if said is not None and said.price is not None:
        return replace(_own_rates(said.price, said.where), model=name_in(names, own))
    return _known(names, provider, terms)


def _own_rates(price: OwnPrice, where: str) -> Rates:
    per_token = price.input / _MILLION

    def otherwise(said: Decimal | None, usual: float) -> Decimal:
        return Decimal(str(usual)) * per_token if said is None else said / _MILLION

    return Rates(
        input=per_token,
        output=price.output / _MILLION,
        cache_read=otherwise(price.cache_read, USUAL.read),
        cache_write=otherwise(price.cache_write, USUAL.write),
        cache_write_1h=otherwise(price.cache_write_1h, USUAL.write_1h),
        source=where,
    )


@functools.lru_cache(maxsize=REMEMBERED_MODELS)
def _known(names: tuple[str, ...], provider: str, terms: Terms) -> Rates | None:
    context = {
        "service_tier": terms.service_tier,
        "speed": terms.speed,
        "processing": terms.processing,
    }
    given = {name: value for name, value in context.items() if value}
    for name in names:
        for asked in (provider, "") if provider else ("",):
            found = price_table.priced(name, _SAMPLE, provider=asked, context=given)
            # What is sold by the minute or by the letter has no price per token, which is not zero.
            if found is not None and found.total_price:
                sold = _Sold(name, asked, tuple(given.items()), terms)
                source = " ".join((f"{found.model.id}, {price_table.load()}", *terms.told()))
                made = [sold.rates(above) for above in (0, *price_table.long_prompts(found))]
                steps = _in_steps(made, price_table.long_prompts(found), source)
                return replace(steps, model=found.model.id)
    return None


@functools.cache
def dearest(provider: str) -> Rates | None:
    """The prices of the dearest model that *provider* is known to have made; None: none is known.

    Loads the table, and goes through it.
    """
    found: Rates | None = None
    for name in price_table.models_of(provider):
        each = rates(name, provider=provider)
        if each is not None and (found is None or each.cost(_SAMPLE) > found.cost(_SAMPLE)):
            found = each
    if found is None:
        return None
    return replace(found, source=f"{found.source}, the dearest known model of {provider}")


def _in_steps(made: list[Rates], above: tuple[int, ...], source: str) -> Rates:
    """One table of prices out of several, the last one for the longest prompts."""
    steps = [replace(each, source=source) for each in made]
    for number in reversed(range(len(above))):
        steps[number] = replace(steps[number], long_above=above[number], long=steps[number + 1])
    return steps[0]


@dataclass(frozen=True, slots=True)
class _Sold:
    """A model as it is sold: asked for single prices."""

    name: str
    provider: str
    context: tuple[tuple[str, str], ...]
    terms: Terms

    def rates(self, above: int) -> Rates:
        """The prices of prompts longer than *above* tokens, and of no other step."""
        prompt = above + _SAMPLE_TOKENS if above else _SAMPLE_TOKENS
        plain = self._dollars(Usage(input_tokens=prompt))
        return Rates(
            input=plain / prompt,
            output=(self._dollars(Usage(prompt, _SAMPLE_TOKENS)) - plain) / _SAMPLE_TOKENS,
            cache_read=self._dollars(Usage(prompt, cache_read_tokens=prompt)) / prompt,
            cache_write=self._dollars(Usage(prompt, cache_write_5m_tokens=prompt)) / prompt,
            cache_write_1h=self._dollars(Usage(prompt, cache_write_1h_tokens=prompt)) / prompt,
        )

    def _dollars(self, usage: Usage) -> Decimal:
        found = price_table.priced(
            self.name, usage, provider=self.provider, context=dict(self.context)
        )
        assert found is not None  # it was found a moment ago
        return found.total_price * _GEO_FACTORS.get(self.terms.geo, Decimal(1))


def _uncached(usage: Usage) -> int:
    cached = (
        usage.cache_read_tokens
        + usage.cache_write_5m_tokens
        + usage.cache_write_1h_tokens
        + usage.cache_write_other_tokens
    )
    return max(usage.input_tokens - cached, 0)
