"""What `/stats` tells of what stands in the store."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from headroom.state.keys import Keys
from headroom.state.originals import Originals
from headroom.state.replies import Replies
from tests.proxy.house import House, get, house_of, replying
from tests.proxy.keyrings import WITH_KEYS, new_key
from tests.proxy.pages.test_stats import ended, told
from tests.proxy.paying import asking, costing
from tests.proxy.talks import with_planning
from tests.support.outage import Down

AFAR = b"x-forwarded-for: 10.0.0.1"


class Broken(Down):
    """A store that tells nothing of what it holds either."""

    async def sizes(self, namespace: str) -> Any:
        await self.get([(namespace, b"")])


async def budgets(house: House, *headers: bytes) -> list[dict[str, Any]]:
    return list((await told(house, *headers))["budgets"])


async def test_limits_and_the_cache_are_told_as_they_are_set() -> None:
    async with house_of(rpm=60, tpm=1_000, cache_max_entries=7, cache_ttl=9) as house:
        await house.ask(get(b"/v1/models", b"x-api-key: a"))
        await house.ask(get(b"/v1/models", b"x-api-key: b"))
        read = await ended(house, 2)

    assert read["limits"] == {
        "enabled": True, "requests_per_minute": 60, "tokens_per_minute": 1_000
    }  # fmt: skip
    assert read["rate_limiter"] == {
        "requests_per_minute": 60, "tokens_per_minute": 1_000, "active_keys": 2
    }  # fmt: skip
    assert read["cache"] == {"entries": 0, "max_entries": 7, "total_hits": 0, "ttl_seconds": 9}


async def test_what_is_off_is_none() -> None:
    async with house_of(cache=False, rate_limit=False) as house:
        read = await told(house)

    assert (read["cache"], read["rate_limiter"]) == (None, None)
    assert read["limits"]["enabled"] is False


async def test_what_the_store_does_not_tell_is_none_and_all_else_is_told() -> None:
    async with house_of() as house:
        down = Broken()
        with_planning(house, replies=Replies(down, lifetime_s=9), originals=Originals(down))
        read = await told(house)

    assert read["cache"] is None
    assert read["compression"]["ccr_entries"] is None
    assert read["compression"]["ccr_retrievals"] == 0


async def test_budgets_are_told_with_what_is_left_of_them() -> None:
    async with house_of(replying(costing("0.5")), budget=2, tenant_budget=1) as house:
        await house.ask(asking())
        await ended(house, 1)
        of_all, of_one = await budgets(house)

    assert (of_all["scope"], of_all["period"], of_all["who"]) == ("all", "daily", "")
    assert (of_all["limit_usd"], of_all["spent_usd"], of_all["left_usd"]) == (2.0, 0.5, 1.5)
    assert of_all["ends"].endswith("T00:00:00Z")
    assert (of_one["scope"], of_one["left_usd"]) == ("tenant", 0.5)
    assert len(of_one["who"]) == 12


async def test_D1_who_does_not_operate_sees_the_budget_of_all_and_no_other(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "budget": 2,
        "tenant_budget": 1,
        "api_key": "CALLERS",
        "admin_key": "OPS",
    }
    async with house_of(replying(costing("0.5")), workspace_dir=tmp_path, **settings) as house:
        await house.ask(asking())
        await ended(house, 1, AFAR, b"x-headroom-api-key: OPS")
        seen = await budgets(house, AFAR, b"x-headroom-api-key: CALLERS")
        all_seen = await budgets(house, AFAR, b"x-headroom-api-key: OPS")

    assert [one["scope"] for one in seen] == ["all"]
    assert [one["scope"] for one in all_seen] == ["all", "tenant"]


async def test_keys_are_listed_for_both_pages_together() -> None:
    async with house_of(**WITH_KEYS) as house:
        _, kept = await new_key(house, budget=Decimal(3))
        (seen,) = await budgets(house)
        with_planning(house, keys=Keys(Broken()))

        assert await budgets(house) == [seen]
        metrics = (await house.ask(get(b"/metrics"))).body

    assert (seen["scope"], seen["who"], seen["limit_usd"]) == ("key", kept.id, 3.0)
    assert f'key="{kept.id}"' in metrics.decode()


async def test_what_was_learned_is_told_as_its_own_pages_tell_it() -> None:
    async with house_of() as house:
        read = await told(house)
        telemetry = json.loads((await house.ask(get(b"/v1/telemetry"))).body)
        toin = json.loads((await house.ask(get(b"/v1/toin/stats"))).body)

    assert (read["telemetry"], read["toin"]) == (telemetry, toin)
    assert read["feedback_loop"] == {
        "tools_tracked": 0,
        "total_compressions": 0,
        "total_retrievals": 0,
        "global_retrieval_rate": 0.0,
        "tools_with_high_retrieval": 0,
    }
