from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from headroom.outcome import Outcome
from headroom.proxy.proxy import open_proxy
from tests.proxy.house import NOWHERE, settings_for


async def test_a_proxy_is_ready_while_it_is_open() -> None:
    async with open_proxy(settings_for(NOWHERE, body_limit_mb=2), [], {}) as proxy:
        assert proxy.lifecycle.started
        assert proxy.upstream.is_open
        assert proxy.body_limit_bytes == 2 * 1024 * 1024

    assert not proxy.upstream.is_open


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

    assert chronicle.owed == 0
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
