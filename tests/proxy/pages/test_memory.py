"""`/debug/memory`: the fields of the original, with what is true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from headroom.proxy.pages import PAGES
from headroom.state.replies import Replies
from tests.proxy.house import House, get, house_of, replying
from tests.proxy.pages.scraping import settled
from tests.proxy.paying import asking, reply
from tests.proxy.repeated import MINE, asked
from tests.proxy.talks import house_before, with_planning
from tests.support.outage import Down
from tests.upstream import Provider

COMPONENT = {
    "name", "entry_count", "size_bytes", "size_mb", "budget_bytes", "budget_mb", "hits", "misses",
    "evictions", "hit_rate", "last_updated",
}  # fmt: skip


class NoSizes(Down):
    """A store that cannot say what it holds."""

    async def sizes(self, namespace: str) -> Any:
        return await self.get([])


async def told(house: House) -> dict[str, Any]:
    answer = await house.ask(get(b"/debug/memory"))
    assert answer.status == 200
    body: dict[str, Any] = json.loads(answer.body)
    return body


async def test_it_has_the_fields_of_the_original(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path, store_limit_mb=2) as house:
        body = await told(house)

    assert set(body) == {
        "process", "process_memory", "components", "total_tracked_bytes", "total_tracked_mb",
        "target_budget_bytes", "target_budget_mb", "is_over_budget", "timestamp", "processes",
    }  # fmt: skip
    assert set(body["process"]) == {
        "rss_bytes", "rss_mb", "vms_bytes", "vms_mb", "percent", "available_mb", "total_mb",
    }  # fmt: skip
    assert set(body["components"]) == {
        "compression_store", "semantic_cache", "request_logger", "batch_context_store",
    }  # fmt: skip
    for name, component in body["components"].items():
        assert set(component) == {*COMPONENT, "memory_mb"}
        assert component["name"] == name
    assert (body["target_budget_mb"], body["is_over_budget"]) == (2.0, False)
    assert 10 < body["process"]["rss_mb"] < body["process"]["total_mb"]


async def test_what_is_stored_and_found_again_is_told() -> None:
    async with house_before(Provider()) as house:
        await asked(house, key=MINE)
        await asked(house, key=MINE)
        await settled(house, 2)
        body = await told(house)

    cache = body["components"]["semantic_cache"]
    assert (cache["entry_count"], cache["hits"], cache["misses"]) == (1, 1, 1)
    assert cache["hit_rate"] == 50.0
    assert cache["size_bytes"] > 100
    assert body["total_tracked_bytes"] >= cache["size_bytes"]


async def test_the_last_request_is_told_by_its_time() -> None:
    async with house_of(replying(reply(1, 1))) as house:
        before = await told(house)
        await house.ask(asking())
        await settled(house, 1)
        after = await told(house)

    assert before["components"]["request_logger"]["last_updated"] is None
    assert after["components"]["request_logger"]["last_updated"].endswith("Z")


async def test_L9_what_each_process_remembers_is_told_with_its_bound() -> None:
    async with house_of(replying(reply(1, 1))) as house:
        await house.ask(asking())
        await settled(house, 1)
        (process,) = (await told(house))["processes"]

    assert process["is_this"] is True
    assert process["maps"]["requests_recent"] == {"entries": 1, "held": 1, "most": 200}
    assert process["rss_bytes"] > 0


async def test_E7_it_is_for_the_operator() -> None:
    assert PAGES["/debug/memory"].level == "operator"
    async with house_of() as house:
        afar = await house.ask(get(b"/debug/memory", b"x-forwarded-for: 10.0.0.1"))

    assert afar.status == 401


async def test_while_the_store_does_not_answer_it_says_so() -> None:
    async with house_of() as house:
        with_planning(house, replies=Replies(NoSizes(), lifetime_s=1.0))
        answer = await house.ask(get(b"/debug/memory"))

    assert answer.status == 503
    assert b"what is stored cannot be read just now" in answer.body
