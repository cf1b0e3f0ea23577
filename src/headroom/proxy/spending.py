"""Where budgets meet a call: what it may cost is set apart before it is sent, and charged after.

    reserve ─▶ send ─▶ grow, grow, … ─▶ (next leg: charge, reserve) ─▶ settle

Whoever is under no budget pays nothing here, and asks the store for nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from headroom.economics import Leg, Rates
from headroom.errors import OverBudget, StoreError, Unavailable
from headroom.outcome import Outcome, Usage
from headroom.proxy.caller import Caller
from headroom.proxy.paid import is_paid
from headroom.proxy.planning import STORE_AGAIN_S
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import BYTES_PER_TOKEN, Record
from headroom.settings import Settings
from headroom.state.base import Key, Reservation
from headroom.state.spend import Budget, UsedUp, dollars_said, nanos_of

logger = logging.getLogger(__name__)

SOON_S = 2.0
"""When to ask again where only calls that still run stand in the way."""
WAITS_S = (0.05, 0.2)
"""Before it is said so."""
MOST_OWED = 10_000
"""So many calls that could not be charged yet are remembered."""
MOST_UNSURE = 1_000
"""Beyond so many, what nobody knows to be set apart is not given back: it hardly ever was."""

LEAST_STEP_TOKENS = 1_000
"""By which a reservation grows at least, with an answer that is longer than was expected."""
FETCHED_TOKENS = 4_000
"""By which a retrieval makes the prompt longer, at most, but for a whole that was asked for."""

IN_VAIN = (b"x-should-retry", b"false")
"""Keeps the SDKs of Anthropic and OpenAI from asking again within seconds (PROVIDERS 6.1)."""

WHOSE = {"all": "for all callers", "tenant": "for these credentials", "key": "of this key"}
EACH = {"hourly": "per hour", "daily": "per day", "monthly": "per month"}
UNKNOWN = (
    "what this call spends cannot be counted just now, and it is under a budget; ask again, or "
    "start the proxy with --budget-fail-open to let such calls go on"
)


def budgets_of(settings: Settings, caller: Caller) -> tuple[Budget, ...]:
    """The budgets that this caller's calls are charged to."""
    found: list[Budget] = []
    if settings.budget is not None:
        found.append(Budget(nanos_of(settings.budget), settings.budget_period))
    if settings.tenant_budget is not None:
        each = nanos_of(settings.tenant_budget)
        period = settings.budget_period
        found += (Budget(each, period, "tenant", tenant) for tenant in caller.payers)
    allowed = caller.allowance
    if allowed.budget is not None and caller.key_id:
        found.append(Budget(nanos_of(allowed.budget), allowed.period, "key", caller.key_id))
    return tuple(found)


async def reserve(proxy: Proxy, record: Record) -> SpendHold | None:
    """Set apart what this call is expected to cost, of every budget that it is under, if any.

    Raises OverBudget, and Unavailable where that cannot be known.
    """
    budgets = budgets_of(proxy.settings, record.caller)
    if not budgets or not is_paid(record.call):
        return None
    await proxy.planning.accounting.load_prices()
    record.under_budget = True
    hold = SpendHold(proxy, record, budgets)
    await hold.reserve_first(record.expected)
    record.holds.append(hold)
    record.spending = hold
    record.grows = hold.grow
    return hold


class SpendHold:
    """What is set apart for the leg of a call that runs; each is charged as it ends."""

    __slots__ = (
        "_apart",
        "_budgets",
        "_expected",
        "_is_first",
        "_is_sure",
        "_likely",
        "_now",
        "_proxy",
        "_record",
        "_reported",
        "_taken",
    )

    def __init__(self, proxy: Proxy, record: Record, budgets: Sequence[Budget]) -> None:
        self._proxy = proxy
        self._record = record
        self._budgets = budgets
        # Its period is the one in which it began, however long it runs.
        self._now = proxy.planning.clock()
        self._taken: Reservation | None = None
        # Whether the store has said that it was made.
        self._is_sure = False
        self._is_first = False
        self._expected = 0
        self._likely = Usage()
        self._reported: Usage | None = None
        self._apart = 0

    async def reserve_first(self, likely: Usage) -> None:
        """The same for a whole call, by what calls of its kind came to beside what was expected."""
        surprises = self._proxy.surprises
        kind = self._record.kind
        self._expected = self._nanos(likely)
        # What costs nothing surprises nobody.
        self._is_first = bool(self._expected) and await surprises.turn(kind)
        with ExitStack() as refused:
            refused.callback(self._told)
            await self.reserve(likely, factor=surprises.factor(kind))
            refused.pop_all()

    async def reserve(
        self, likely: Usage, price: Rates | None = None, *, factor: float = 1.0
    ) -> None:
        """Set apart what *likely* costs, by *price* or the call's own, *factor* times.

        Raises OverBudget, Unavailable.
        """
        nanos = nanos_of(price.cost(likely)) if price is not None else self._nanos(likely)
        nanos = round(nanos * factor)
        planning = self._proxy.planning
        # A leg belongs to the period in which it begins.
        self._now = planning.clock()
        taken = planning.spend.reservation(self._budgets, now=self._now)
        is_sure = True
        try:
            used_up = await self._reserved_soon(taken, nanos)
        except StoreError as error:
            # It may have been made all the same: then it is this call's, or given back.
            if not self._proxy.settings.budget_fail_open:
                self._give_back(taken)
            self._unknown(error)
            used_up, is_sure = None, False
        if used_up is not None:
            raise refusal(used_up, now=self._now)
        self._taken, self._is_sure = taken, is_sure
        self._likely, self._apart = likely, nanos

    async def _reserved_soon(self, taken: Reservation, nanos: int) -> UsedUp | None:
        """The same as the store says, asked again while only what others hold stands in the way.

        A call is charged after its client has read its last byte, and may have sent the next.
        """
        used_up = await self._reserved(taken, nanos)
        for wait_s in WAITS_S:
            if used_up is None or not used_up.is_set_apart:
                break
            await asyncio.sleep(wait_s)
            used_up = await self._reserved(taken, nanos)
        return used_up

    async def _reserved(self, taken: Reservation, nanos: int) -> UsedUp | None:
        """What the store says; given back where the call was given up meanwhile."""
        planning = self._proxy.planning
        asked = asyncio.ensure_future(
            planning.spend.reserve(taken, self._budgets, nanos, now=self._now)
        )
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            planning.later(self._given_up(taken, asked), to_its_end=True)
            raise

    async def _given_up(self, taken: Reservation, asked: asyncio.Future[UsedUp | None]) -> None:
        try:
            used_up = await asked
        except StoreError:
            self._give_back(taken)
            return
        if used_up is None:
            await self._settle_until_done(taken, 0, is_sure=True)

    def _give_back(self, taken: Reservation) -> None:
        """Let it be as if it was never made, which nobody knows."""
        planning = self._proxy.planning
        if len(planning.ending) < MOST_UNSURE:
            planning.later(self._settle_until_done(taken, 0, is_sure=False), to_its_end=True)

    @property
    def accounts(self) -> tuple[Key, ...]:
        """Where the leg that runs is charged."""
        return tuple(budget.account(self._now) for budget in self._budgets)

    async def check(self) -> None:
        """Set nothing apart.  Raises OverBudget where everything is spent, Unavailable."""
        try:
            used_up = await self._proxy.planning.spend.used_up(self._budgets, now=self._now)
        except StoreError as error:
            self._unknown(error)
            return
        if used_up is not None:
            raise refusal(used_up, now=self._now)

    def _unknown(self, error: StoreError) -> None:
        """Let the call go on uncounted, if that is what was decided.  Raises Unavailable."""
        planning = self._proxy.planning
        planning.troubles.warn(logger, "what is spent cannot be counted", error)
        if not self._proxy.settings.budget_fail_open:
            raise Unavailable(UNKNOWN, retry_after_s=STORE_AGAIN_S) from error

    def grow(self) -> None:
        """Set more apart where the answer has become longer than expected; in coarse steps."""
        said = self._record.said_characters // BYTES_PER_TOKEN
        if said > self._likely.output_tokens:
            more = max(said // 2, LEAST_STEP_TOKENS)
            self._likely = replace(self._likely, output_tokens=said + more)
            self._raise_to(self._nanos(self._likely))
        reported = self._record.usage
        if reported is not None and reported is not self._reported:
            self._reported = reported
            self._raise_to(self._nanos(reported))

    def _raise_to(self, nanos: int) -> None:
        if self._taken is not None and nanos > self._apart:
            self._apart = nanos
            self._proxy.planning.later(self._raised(self._taken, nanos))

    async def _raised(self, taken: Reservation, nanos: int) -> None:
        planning = self._proxy.planning
        try:
            await planning.spend.raise_to(taken, nanos)
        except StoreError as error:
            # It is charged in full at its end.
            planning.troubles.warn(logger, "what is set apart cannot be raised", error)

    async def charge(self, leg: Leg) -> None:
        """Charge what this leg, for which it was set apart, came to."""
        await self._charge(nanos_of(leg.cost) if leg.cost is not None else 0)

    async def next_leg(self, leg: Leg) -> bool:
        """Charge the *leg* that has ended, and set apart what the next one may cost; or not."""
        ended = leg.usage
        await self.charge(leg)
        # What was sent is read from the cache now, if it was written there.
        cached = ended.input_tokens - ended.uncached_tokens
        likely = Usage(
            input_tokens=ended.input_tokens + ended.output_tokens + FETCHED_TOKENS,
            output_tokens=self._likely.output_tokens,
            cache_read_tokens=cached,
        )
        try:
            await self.reserve(likely)
        except (OverBudget, Unavailable) as error:
            logger.info("%s: an original is not shown: %s", self._record.request_id, error)
            return False
        return True

    async def settle(self, outcome: Outcome) -> None:
        """Charge the leg that ran at the end; see `Hold`."""
        await self.charge(self._record.last)
        if outcome.cost is not None and self._expected:
            # A guess tells nothing but that this provider reports nothing.
            came_to = self._expected if outcome.estimated else nanos_of(outcome.cost)
            self._proxy.surprises.note(self._record.kind, expected=self._expected, actual=came_to)
        self._told()

    def _told(self) -> None:
        """Whoever waits for the first call of its kind need not wait any more."""
        if self._is_first:
            self._is_first = False
            self._proxy.surprises.done(self._record.kind)

    async def _charge(self, nanos: int) -> None:
        """Settle what is set apart with *nanos*; while the store is down, again and again."""
        planning = self._proxy.planning
        taken, self._taken = self._taken, None
        is_sure, self._is_sure = self._is_sure, False
        if taken is None and not nanos:
            return
        if taken is None:
            # Nothing was set apart for it; under a name it is charged once, however often.
            taken = planning.spend.reservation(self._budgets, now=self._now)
        # Whoever is given up meanwhile has used it all the same.
        tried = asyncio.Event()
        settling = self._settle_until_done(taken, nanos, is_sure=is_sure, tried=tried)
        planning.later(settling, to_its_end=True)
        await tried.wait()

    async def _settle_until_done(
        self,
        taken: Reservation,
        nanos: int,
        *,
        is_sure: bool,
        tried: asyncio.Event | None = None,
    ) -> None:
        """Tell *tried* when it was tried once, and go on until it works."""
        try:
            done = await self._settled(taken, nanos, is_sure=is_sure)
        finally:
            if tried is not None:
                tried.set()
        if not done and len(self._proxy.planning.ending) > MOST_OWED:
            logger.warning("%s: %s could not be charged", self._record.request_id, nanos)
            return
        while not done:
            await asyncio.sleep(STORE_AGAIN_S)
            done = await self._settled(taken, nanos, is_sure=is_sure)

    async def _settled(self, taken: Reservation, nanos: int, *, is_sure: bool) -> bool:
        planning = self._proxy.planning
        try:
            await planning.spend.settle(taken, nanos, unsure=not is_sure)
        except StoreError as error:
            planning.troubles.warn(logger, "what was spent cannot be charged yet", error)
            return False
        return True

    def _nanos(self, usage: Usage) -> int:
        price = self._record.price(self._proxy.planning)
        return nanos_of(price.cost(usage)) if price is not None else 0


def refusal(used_up: UsedUp, *, now: float) -> OverBudget:
    """The refusal of a call, in words."""
    budget = used_up.budget
    limit = (
        f"the budget of {dollars_said(budget.nanos)} {EACH[budget.period]} {WHOSE[budget.scope]}"
    )
    spent = f"{dollars_said(max(used_up.spent, 0))} is spent"
    if used_up.is_set_apart:
        return OverBudget(
            f"{limit} is taken: {spent}, and the rest is set apart for calls that still run; "
            "ask again when they have ended",
            retry_after_s=SOON_S,
        )
    return OverBudget(
        f"{limit} is used up: {spent}; the next period begins at {used_up.ends:%Y-%m-%d %H:%M} UTC",
        retry_after_s=max(used_up.ends.timestamp() - now, 1.0),
        headers=[IN_VAIN],
    )
