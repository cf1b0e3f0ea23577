"""`GET /stats`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headroom.errors import StoreError
from headroom.proxy.pages import PAGES
from headroom.state.journal import Journal
from tests.observe.outcomes import planned, record
from tests.proxy.house import PATIENCE_S, House, get, house_of, post, replying
from tests.proxy.paying import asking, costing, proxy_of
from tests.proxy.talks import body_of, house_before, results, with_planning
from tests.support.outage import Down
from tests.upstream import Provider

ORIGINAL = (
    *("summary", "savings", "requests", "tokens", "latency", "overhead", "ttfb"),
    *("pipeline_timing", "waste_signals", "savings_history", "display_session"),
    *("persistent_savings", "prefix_cache", "cost", "compression", "compression_cache"),
    *("telemetry", "feedback_loop", "toin", "cli_filtering", "cache", "rate_limiter"),
    "recent_requests",
)
OURS = (
    *("net", "session", "today", "lifetime", "breakdown", "distributions"),
    *("lifetime_breakdown", "lifetime_distributions", "budgets", "limits", "store"),
    *("recent_errors", "clients", "since", "last_request_at", "brought"),
)
KEY = b"x-api-key: sk-ant-one"


class Deaf(Down):
    """A store whose logs cannot be read either."""

    async def scan(self, log: str, *, since: int = 0, limit: int) -> Sequence[tuple[int, bytes]]:
        raise StoreError("the disk is gone")


async def told(house: House, *headers: bytes) -> dict[str, Any]:
    answer = await house.ask(get(b"/stats", *headers))
    assert answer.status == 200
    assert answer.values(b"cache-control") == [b"no-store"]
    read: dict[str, Any] = json.loads(answer.body)
    return read


async def talk(house: House, turns: int = 3) -> None:
    for turn in range(1, turns + 1):
        body = body_of("/v1/messages", results(8)[: 2 * turn], model="claude-opus-5-5")
        assert (await house.ask(post(b"/v1/messages", body, KEY))).status == 200
    await ended(house, turns)


async def ended(house: House, requests: int, *headers: bytes) -> dict[str, Any]:
    """The statistics once so many requests have ended, which is after their last byte."""
    async with asyncio.timeout(PATIENCE_S):
        while (read := await told(house, *headers))["requests"]["total"] < requests:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return read


async def test_every_block_is_there_before_anything_was_asked() -> None:
    async with house_of() as house:
        read = await told(house)

    assert set(read) == {*ORIGINAL, *OURS}
    assert read["requests"]["total"] == 0
    assert read["display_session"]["started_at"] is None
    assert read["cli_filtering"] is None


async def test_what_another_worker_has_lost_is_told_too() -> None:
    async with house_of() as house:
        journal = proxy_of(house).planning.journal
        for first in (1, 4):
            await journal.append(msgspec.msgpack.encode(record(first, planned(), process="other")))

        store = (await told(house))["store"]

    assert (store["lost"], store["lost_in_all"]) == (0, 2)


async def test_what_was_asked_is_told_at_once_and_the_same_everywhere() -> None:
    async with house_before(Provider()) as house:
        await talk(house)
        read = await told(house)

    saved = read["tokens"]["saved"]
    assert saved > 0
    assert read["requests"]["by_model"] == {"claude-opus-5-5": 3}
    assert read["savings"]["total_tokens"] == saved
    assert read["summary"]["compression"]["total_tokens_removed"] == saved
    assert read["cost"]["total_tokens_saved"] == saved
    assert read["display_session"]["tokens_saved"] == saved
    assert read["persistent_savings"]["lifetime"]["tokens_saved"] == saved
    assert read["savings_history"][-1][1] == saved
    assert [read[one]["tokens"]["saved"] for one in ("session", "today", "lifetime")] == [saved] * 3
    assert read["net"]["saved_usd"] == read["cost"]["savings_usd"]
    assert read["net"]["lifetime"] == {
        name: read["net"][name] for name in read["net"] if name not in ("today", "lifetime")
    }
    assert [one["input_tokens_original"] for one in read["recent_requests"]] == sorted(
        one["input_tokens_original"] for one in read["recent_requests"]
    )


async def test_only_the_last_ten_requests_are_shown_the_latest_last() -> None:
    async with house_before(Provider()) as house:
        for _ in range(12):
            await house.ask(get(b"/v1/models", KEY))
        read = await ended(house, 12)

    assert len(read["recent_requests"]) == 10
    times = [one["timestamp"] for one in read["recent_requests"]]
    assert times == sorted(times)


async def test_G4_while_the_store_is_down_what_was_known_is_told_and_that_it_is_old() -> None:
    async with house_before(Provider()) as house:
        await talk(house, 1)
        before = await told(house)
        down = Deaf()
        with_planning(house, store_health=down.health)
        assert house.app.proxy is not None
        house.app.proxy.chronicle._journal = Journal(down)
        read = await told(house)

    assert before["store"]["current"] is True
    assert (read["store"]["current"], read["store"]["status"]) == (False, "degraded")
    assert read["store"]["problem"] == "the disk is gone"
    assert read["lifetime"] == before["lifetime"]


async def test_S2_what_is_wrong_inside_is_told_to_nobody_who_may_not_know() -> None:
    async with house_of(api_key="CALLERS") as house:
        with_planning(house, store_health=Down().health)
        trusted = await told(house, b"x-headroom-api-key: CALLERS")
        refused = await house.ask(get(b"/stats"))

    assert refused.status == 401
    assert trusted["store"]["problem"] == "the disk is gone"


@pytest.mark.parametrize("name", ["/stats", "/stats-history"])
async def test_E5_they_are_for_callers(name: str) -> None:
    assert PAGES[name].level == "caller"
    async with house_of() as house:
        afar = await house.ask(get(name.encode(), b"x-forwarded-for: 10.0.0.1"))

    assert afar.status == 401


async def test_S4_odd_models_and_tags_are_told_short_and_in_one_line() -> None:
    async with house_before(Provider()) as house:
        body = body_of("/v1/messages", ["x"], model='m"\n<script>' + "x" * 500)
        await house.ask(post(b"/v1/messages", body, KEY, b"x-headroom-team: " + b"y" * 300))
        read = await ended(house, 1)

    shown = read["recent_requests"][0]
    assert len(shown["model"]) <= 64
    assert shown["model"].isprintable()
    assert all(len(value) <= 64 for value in shown["tags"].values())
    assert list(read["requests"]["by_model"]) == ["other"]


async def test_the_savings_file_is_told_by_its_name_alone(tmp_path: Path) -> None:
    async with house_before(Provider(), workspace_dir=tmp_path) as house:
        await talk(house, 1)
        read = await told(house)

    assert read["persistent_savings"]["storage_path"] == "proxy_savings.json"
    assert str(tmp_path) not in json.dumps(read)


async def test_without_a_place_on_disk_there_is_no_savings_file(tmp_path: Path) -> None:
    async with house_before(Provider(), stateless=True) as house:
        await talk(house, 1)
        assert (await told(house))["persistent_savings"]["storage_path"] == ""
    path = tmp_path / "said.json"
    async with house_before(Provider(), stateless=True, savings_path=path) as house:
        await talk(house, 1)

    assert json.loads(path.read_bytes())["lifetime"]["requests"] == 1


async def test_what_the_provider_reported_is_what_it_cost() -> None:
    async with house_of(replying(costing("0.5"))) as house:
        await house.ask(asking())
        read = await ended(house, 1)

    assert read["net"]["actual_usd"] == 0.5
    assert read["cost"]["cost_with_headroom_usd"] == 0.5
