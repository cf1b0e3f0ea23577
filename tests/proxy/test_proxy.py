from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from headroom.observe.window import read
from headroom.outcome import Outcome
from headroom.proxy.proxy import open_proxy
from headroom.proxy.storage import look_into_store
from headroom.state.journal import Journal
from tests.proxy.house import NOWHERE, house_of, post, replying, settings_for

USED = b'{"model":"claude-opus-4-7","usage":{"input_tokens":9,"output_tokens":1}}'
REPLY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
    len(USED),
    USED,
)


async def test_a_proxy_is_ready_while_it_is_open() -> None:
    async with open_proxy(settings_for(NOWHERE, body_limit_mb=2), [], {}) as proxy:
        assert proxy.lifecycle.started
        assert proxy.upstream.is_open
        assert proxy.body_limit_bytes == 2 * 1024 * 1024

    assert not proxy.upstream.is_open


async def test_G1_a_call_that_ends_just_before_the_proxy_does_is_counted(tmp_path: Path) -> None:
    """Its price is looked up first, in a table that is still being read in then."""
    body = b'{"model":"claude-opus-4-7","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}'

    async with house_of(replying(REPLY), workspace_dir=tmp_path) as house:
        await house.ask(post(b"/v1/messages", body, b"x-api-key: k"))

    async with look_into_store(settings_for(NOWHERE, workspace_dir=tmp_path)) as store:
        found = await read(Journal(store))
    assert found.statistics.lifetime.sums.of("reported") == 1


async def test_who_is_told_of_calls_is_still_there_for_those_that_are_settled_late(
    tmp_path: Path,
) -> None:
    settings = settings_for(NOWHERE, workspace_dir=tmp_path)
    async with open_proxy(settings, [], {}) as proxy:
        chronicle = proxy.chronicle

        async def settle_late() -> None:
            await asyncio.sleep(0)
            proxy.observers.settle(Outcome("hr_1", "planned"))

        proxy.planning.later(settle_late(), to_its_end=True)

    assert chronicle.scribe.owed == 0
    async with open_proxy(settings, [], {}) as proxy:
        assert (await proxy.chronicle.read()).lifetime.sums.of("requests") == 1


async def test_content_is_told_only_where_somebody_is_there_to_be_told() -> None:
    keys: dict[str, Any] = {"langfuse_public_key": "pk", "langfuse_secret_key": "sk"}
    keys["langfuse_content"] = True
    for given, tells in (
        ({**keys, "langfuse_enabled": True, "langfuse_base_url": NOWHERE}, True),
        (keys, False),
        ({"langfuse_enabled": True, "langfuse_content": True}, False),
    ):
        async with open_proxy(settings_for(NOWHERE, **given), [], {}) as proxy:
            assert proxy.tells_content is tells
