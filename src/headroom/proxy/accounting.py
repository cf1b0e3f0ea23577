"""What a request cost, what it would have cost directly, and what follows for its conversation."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

from headroom.conversation import Conversation, Facts, Plan
from headroom.economics import (
    NOTHING_KNOWN,
    USUAL,
    Account,
    Bill,
    Caching,
    Leg,
    Limits,
    Rates,
    Request,
    Sizes,
    Tier,
    Weights,
    as_they_came,
    bill,
    dearest,
    entry,
    least_cached,
    limits,
    price_table,
    rates,
    supposed,
)
from headroom.errors import StoreError
from headroom.outcome import STANDARD, Terms, Usage
from headroom.own_models import NO_MODELS, OwnModels
from headroom.proxy.routes import Provider
from headroom.proxy.troubles import Troubles
from headroom.state.accounts import Accounts
from headroom.state.place import Place

logger = logging.getLogger(__name__)

STOPPED = "nothing is left out any more: this conversation has cost more than going direct"


@dataclass(frozen=True, slots=True)
class Standing:
    """The account of a request's conversation as the request came.

    *facts* and *model* are the request's.
    """

    place: Place
    account: Account = NOTHING_KNOWN
    facts: Facts = field(default_factory=Facts)
    model: str = ""
    sent_at: float = 0.0
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a request came to, and what that adds to its conversation's account."""

    bill: Bill
    entry: Account | None = None


class Accounting:
    """Knows prices and accounts.

    *stops* says whether a conversation that loses is stopped, *clock* gives seconds since 1970.
    """

    def __init__(
        self,
        accounts: Accounts,
        *,
        own: OwnModels = NO_MODELS,
        stops: bool = True,
        troubles: Troubles | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = accounts
        self._own = own
        self._stops = stops
        self._troubles = troubles or Troubles()
        self._clock = clock
        self._loading: asyncio.Task[str] | None = None

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many accounts are remembered, twice, and how many may be."""
        return self._accounts.filled

    def load_prices(self) -> asyncio.Future[str]:
        """Load the table of prices beside the first request; it takes a third of a second."""
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(_load_prices))
        # Whoever waits and is cancelled waits alone.
        return asyncio.shield(self._loading)

    async def ready_for(self, model: str) -> None:
        """Wait for the table of prices where nothing else can know what this model holds."""
        if not self.has_prices and self.limits(model) is None:
            await self.load_prices()

    @property
    def has_prices(self) -> bool:
        """Whether the table of prices is loaded: nothing that is asked of it holds up the loop."""
        return self._loading is not None and self._loading.done()

    def limits(self, model: str, *, beta: str = "") -> Limits | None:
        """What a model holds, see `economics.limits`; without the table until it is loaded."""
        return limits(model, own=self._own, beta=beta, by_table=self.has_prices)

    def least_cached(self, model: str) -> int:
        """How many tokens a prompt of this model must have to be cached at all."""
        return least_cached(self.limits(model))

    def rates(self, model: str, provider: str, terms: Terms) -> Rates | None:
        """What a model costs; see `economics.rates`."""
        return rates(model, provider=provider, terms=terms, own=self._own)

    def dearest(self, provider: str) -> Rates | None:
        """What the dearest model of a provider costs; None until prices are loaded."""
        return dearest(provider) if self.has_prices else None

    def weights(self, model: str, provider: str) -> Weights:
        """What tokens of this model cost relative to input; the usual until prices are loaded."""
        known = self.rates(model, provider, STANDARD) if self.has_prices else None
        return USUAL if known is None else known.weights

    def tier(self, model: str, provider: str) -> Tier | None:
        """Where prompts of this model become dearer; None until prices are loaded."""
        known = self.rates(model, provider, STANDARD) if self.has_prices else None
        return None if known is None else known.tier

    async def standing(self, conversation: Conversation, place: Place) -> Standing:
        """The account as a request comes; where the store is down, as if nothing were known."""
        account = NOTHING_KNOWN
        try:
            account = await self._accounts.before(place)
        except StoreError as error:
            self._troubles.warn(logger, "an account cannot be read", error)
        account = account if self._stops else replace(account, stopped=0)
        return Standing(place, account, conversation.facts, conversation.model, self._clock())

    def caching(self, standing: Standing, *, by_us: bool = False) -> Caching:
        """What is known of the provider's cache as the request comes.

        *by_us* says that the marks in it are ours.
        """
        known = self.limits(standing.model)
        return Caching.of(
            standing.facts,
            standing.account,
            now=standing.sent_at,
            least=(known and known.min_cacheable) or 0,
            by_us=by_us,
        )

    def supposed(self, usage: Usage, standing: Standing, plan: Plan) -> Usage:
        """Our own count of a request, with what was probably read from the cache."""
        return supposed(usage, Sizes.of(plan), self.caching(standing))

    def settle(
        self,
        legs: Sequence[Leg],
        standing: Standing | None,
        plan: Plan,
        *,
        marked_by_us: bool = False,
    ) -> Settled:
        """What a request came to that used *legs*.

        *standing* is None where it is not of one conversation: a batch, or what was not planned.
        """
        if standing is None:
            return Settled(bill(legs, as_they_came([leg.usage for leg in legs], plan)))
        known = self.limits(standing.model)
        request = Request(
            Sizes.of(plan),
            self.caching(standing, by_us=marked_by_us),
            rewrote=bool(plan.rewritten),
            announced=plan.rewrite is not None,
            window=(known and known.room(0)) or 0,
        )
        used = [leg.usage for leg in legs]
        billed = bill(legs, request.direct(used))
        if plan.rewrite is not None and plan.rewrite.occasion == "window":
            # Sent directly, the provider would have refused it: there is nothing to lose.
            billed = billed.at_least_as_dear_directly()
        added = entry(
            request,
            used,
            billed,
            sent_at=standing.sent_at,
            asked_ttl_s=standing.facts.cache_ttl_s,
        )
        return Settled(billed, added)

    async def note(self, standing: Standing, added: Account) -> None:
        """Add to the conversation's account; one that loses leaves nothing out from now on."""
        before = standing.account
        account = before.taking(added) if self._stops else before + added
        self._accounts.note(standing.place, account)
        if account.stopped and not before.stopped:
            logger.warning(
                "a conversation has cost %.1f %% more than going direct after %d requests; "
                "nothing is left out of its new blocks any more",
                100 * (account.units / max(account.direct_units, 1) - 1),
                account.requests,
            )
        try:
            await self._accounts.keep(standing.place, account)
        except StoreError as error:
            self._troubles.warn(logger, "an account cannot be written", error)


def _load_prices() -> str:
    """Everything that is asked of the table and takes long, so that it is known from then on."""
    for provider in get_args(Provider):
        dearest(provider)
    return price_table.load()
