"""What is spent of budgets, for those who watch them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from headroom.errors import StoreError
from headroom.proxy.budget_gauges import BudgetGauges
from headroom.proxy.seldom import KEPT_S
from headroom.state.spend import Budget, Spend
from tests.proxy.house import House, house_of, replying
from tests.proxy.keyrings import WITH_KEYS, new_key
from tests.proxy.pages.scraping import settled
from tests.proxy.paying import asking, costing, dollars, proxy_of, spent
from tests.proxy.talks import with_planning
from tests.support.clock import Clock
from tests.support.outage import Down


class Silent(Down):
    """A store whose counters do not answer either."""

    async def add(
        self, amounts: Mapping[tuple[str, bytes], int]
    ) -> Mapping[tuple[str, bytes], int]:
        raise StoreError("the disk is gone")


async def read(house: House, gauges: BudgetGauges | None = None) -> Mapping[Budget, int] | None:
    proxy = proxy_of(house)
    gauges = gauges or proxy.budget_gauges
    return await gauges.read(proxy.settings, proxy.planning, proxy.chronicle)


async def test_without_a_budget_nothing_is_asked_for() -> None:
    async with house_of() as house:
        with_planning(house, spend=Spend(Silent()))
        assert await read(house) == {}


async def test_what_is_spent_of_the_budget_of_all_is_told() -> None:
    async with house_of(replying(costing("0.50")), budget=2.0) as house:
        await house.ask(asking())
        await spent(house)
        told = await read(house)

    assert told == {Budget(dollars("2"), "daily"): dollars("0.50")}


async def test_of_callers_the_one_is_told_that_has_spent_most() -> None:
    async with house_of(
        replying(costing("0.10")), tenant_budget=1.0, budget_period="hourly"
    ) as house:
        nobody = await read(house)
        for key in (b"x-api-key: sk-ant-api03-one", *[b"x-api-key: sk-ant-api03-two"] * 2):
            await house.ask(asking(key=key))
        await settled(house, 3)
        told = await read(house)

    whose = Budget(dollars("1"), "hourly", "tenant")
    assert nobody == {whose: 0}
    assert told == {whose: dollars("0.20")}


async def test_keys_with_a_budget_are_told_by_their_id() -> None:
    clock = Clock()
    gauges = BudgetGauges(clock)
    async with house_of(replying(costing("0.10")), **WITH_KEYS) as house:
        _, kept = await new_key(house, budget=Decimal(3), period="monthly")
        await new_key(house)
        first = await read(house, gauges)
        await proxy_of(house).planning.keys.revoke(kept)
        soon = await read(house, gauges)
        clock.now += KEPT_S + 1
        later = await read(house, gauges)

    assert first == soon == {Budget(dollars("3"), "monthly", "key", kept.id): 0}
    assert later == {}


async def test_while_the_store_does_not_answer_nothing_is_said() -> None:
    async with house_of(budget=1.0) as house:
        with_planning(house, spend=Spend(Silent()))
        assert await read(house) is None
