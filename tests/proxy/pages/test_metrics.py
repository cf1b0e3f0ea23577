"""`/metrics`, as it is scraped."""

from __future__ import annotations

import dataclasses
import json

from headroom.observe.chronicle import Chronicle
from headroom.proxy.pages import PAGES, metrics
from headroom.state.journal import Journal
from tests.observe.metrics.scraped import OPENMETRICS, openmetrics, samples, value
from tests.proxy.house import get, house_of, post, replying
from tests.proxy.pages.scraping import scrape, settled
from tests.proxy.paying import KEY, MODEL, asking, proxy_of, reply
from tests.support.outage import Down


class NoLogs(Down):
    """A store whose logs cannot be read."""

    async def scan(self, log: str, *, since: int = 0, limit: int) -> list[tuple[int, bytes]]:
        await self.get([])
        return []


async def test_what_has_just_ended_is_told() -> None:
    async with house_of(replying(reply(1_000, 50))) as house:
        before = await scrape(house)
        await house.ask(asking())
        after = await settled(house, 1)

    assert value(before, "headroom_requests_total") == 0
    assert value(after, "headroom_requests_total") == 1
    assert value(after, "headroom_model_tokens_total", model=MODEL, kind="input") == 1_000
    assert value(after, "headroom_cost_usd_total") == 0.005
    assert value(after, "headroom_store_up", store="memory") == 1


async def test_scraping_itself_is_no_request() -> None:
    async with house_of() as house:
        await scrape(house)
        found = await scrape(house)

    assert value(found, "headroom_requests_total") == 0
    assert value(found, "headroom_active_requests") == 0


async def test_the_format_is_the_one_that_is_asked_for() -> None:
    async with house_of() as house:
        plain = await house.ask(get(b"/metrics"))
        open_ = await house.ask(get(b"/metrics", b"accept: " + OPENMETRICS.encode()))
        head = await house.connect()
        head.writer.write(get(b"/metrics", method=b"HEAD"))
        only_head = await head.head()

    assert plain.values(b"content-type") == [b"text/plain; version=0.0.4; charset=utf-8"]
    assert plain.values(b"cache-control") == [b"no-store"]
    assert open_.values(b"content-type")[0].startswith(b"application/openmetrics-text; version=1")
    assert openmetrics(open_.body.decode()).keys() == samples(plain.body.decode()).keys()
    assert only_head.status == 200


async def test_E7_it_is_for_callers() -> None:
    assert PAGES["/metrics"].level == "caller"
    async with house_of(api_key="let-me-in") as house:
        refused = await house.ask(get(b"/metrics"))
        taken = await house.ask(get(b"/metrics", b"authorization: Bearer let-me-in"))
        posted = await house.ask(post(b"/metrics", b"{}", b"authorization: Bearer let-me-in"))

    assert (refused.status, taken.status, posted.status) == (401, 200, 405)


async def test_G4_while_the_journal_cannot_be_read_no_sum_is_told_and_the_rest_is() -> None:
    async with house_of(replying(reply(1_000, 50)), budget=1.0) as house:
        await house.ask(asking())
        chronicle = Chronicle(Journal(NoLogs()), process="other")
        house.app._proxy = dataclasses.replace(proxy_of(house), chronicle=chronicle)
        found = await scrape(house)

    assert value(found, "headroom_store_up", store="memory") == 0
    assert value(found, "headroom_store_problem") == 1
    assert value(found, "headroom_processes") == 1
    assert not [name for name, _ in found if "requests_total" in name]


async def test_budgets_are_told() -> None:
    async with house_of(replying(reply(1_000, 50)), budget=1.0) as house:
        found = await scrape(house)

    assert value(found, "headroom_budget_left_usd", scope="all", period="daily", key="") == 1.0


async def test_S4_hostile_names_are_no_labels() -> None:
    odd = ['a"} 9\nheadroom_requests_total 1e9', "x" * 300, "\u202e\x00m", "sk-ant-canary/gpt-9"]
    known = ['sk-ant-canary"}/' + MODEL, MODEL + "@canary"]
    async with house_of(replying(reply(1_000, 50))) as house:
        for model in (*odd, *known):
            body = {
                "model": model, "max_tokens": 9,
                "tools": [{"name": 'canary"\\n{}', "input_schema": {}}],
                "messages": [{"role": "user", "content": "canary"}],
            }  # fmt: skip
            await house.ask(post(b"/v1/messages", json.dumps(body).encode(), KEY))
        await settled(house, len(odd) + len(known))
        answer = await house.ask(get(b"/metrics"))
        opened = await house.ask(get(b"/metrics", b"accept: " + OPENMETRICS.encode()))

    found = samples(answer.body.decode())
    assert openmetrics(opened.body.decode()).keys() == found.keys()
    assert value(found, "headroom_requests_total") == len(odd) + len(known)
    assert b"canary" not in answer.body
    models = {dict(labels).get("model", "other") for _, labels in found}
    assert models == {"other", MODEL}


async def test_the_library_is_loaded_aside() -> None:
    async with house_of() as house:
        text, _ = await metrics.told(proxy_of(house), "")

    assert b"headroom_build_info" in text
