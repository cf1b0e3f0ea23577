"""Two proxies on one Redis are one: conversations, originals and the secret are shared."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.proxy.house import get, house_of, post, upstream_of
from tests.proxy.pages.test_retrieve import KEY, MESSAGES, MINE, TABLE, THEIRS
from tests.proxy.process import process_of
from tests.proxy.talks import ROUTES, results
from tests.reliability.test_durable_conversations import assert_each_begins_the_next, take_turns
from tests.reliability.test_planning_faults import turn
from tests.support.proxy_process import HEADROOM
from tests.support.redis_server import answering, needs_redis, redis_server, start_redis

pytestmark = needs_redis

TURNS = 9


async def test_G2_a_conversation_hops_between_two_proxies_on_one_redis(tmp_path: Path) -> None:
    async with redis_server() as url, upstream_of() as upstream:
        command = (*HEADROOM, "--port", "0", "--store", url)
        async with (
            process_of(upstream.url, tmp_path / "a", command) as one,
            process_of(upstream.url, tmp_path / "b", command) as other,
        ):
            sent: dict[str, list[bytes]] = {route: [] for route in ROUTES}
            for count in range(1, TURNS + 1):
                process = (one, other, other)[count % 3]
                for route in ROUTES:
                    turns = range(count, count + 1)
                    sent[route] += await take_turns(process, upstream, route, turns)

    for route in ROUTES:
        assert_each_begins_the_next(route, sent[route])


async def test_D1_an_original_is_found_by_its_tenant_through_either_proxy(tmp_path: Path) -> None:
    body = json.dumps({"messages": MESSAGES, "model": "gpt-5"}).encode()
    async with (
        redis_server() as url,
        house_of(store=url, workspace_dir=tmp_path / "a") as one,
        house_of(store=url, workspace_dir=tmp_path / "b") as other,
    ):
        kept = await one.ask(post(b"/v1/compress", body, MINE))
        path = b"/v1/retrieve"
        asked = json.dumps({"hash": KEY}).encode()
        mine = await other.ask(post(path, asked, MINE))
        theirs = await other.ask(post(path, asked, THEIRS))

    assert json.loads(kept.body)["ccr_hashes"] == [KEY]
    assert json.loads(mine.body)["original_content"] == TABLE
    assert theirs.status == 404


async def test_A1_a_redis_that_is_killed_costs_no_conversation_its_bytes(tmp_path: Path) -> None:
    texts = results(4)
    with tempfile.TemporaryDirectory(prefix="redis-") as place:
        path = Path(place, "socket")
        server = start_redis(path)
        await answering(path)
        async with house_of(store=f"unix://{path}", workspace_dir=tmp_path) as house:
            sent = [(await turn(house, texts[:1], ROUTES[0]))[1]]
            server.kill()
            server.wait()
            sent += [(await turn(house, texts[:count], ROUTES[0]))[1] for count in (2, 3)]
            ready = await house.ask(get(b"/readyz"))

    assert sent[1].startswith(sent[0][:-2])
    assert sent[2].startswith(sent[1][:-2])
    assert ready.status == 200
    assert "Redis does not answer" in json.dumps(json.loads(ready.body)["checks"]["store"])
