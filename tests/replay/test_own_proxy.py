from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from headroom.errors import HeadroomError
from headroom.replay.own_proxy import own_proxy
from headroom.replay.upstream import ScriptedUpstream
from tests.cli.running import environment


async def test_it_is_ready_in_front_of_the_upstream_and_gone_afterwards() -> None:
    async with ScriptedUpstream() as upstream, aiohttp.ClientSession() as client:
        async with own_proxy(upstream.url, environment()) as url:
            headers = {"authorization": "Bearer replay"}
            async with client.get(f"{url}/v1/models", headers=headers) as reply:
                assert reply.ok

        assert upstream.visits == 1
        with pytest.raises(aiohttp.ClientError):
            await client.get(f"{url}/readyz")


async def test_a_proxy_that_does_not_start_says_why() -> None:
    broken = environment({"HEADROOM_MODE": "sideways"})

    with pytest.raises(HeadroomError, match=r"did not start: .*sideways"):
        async with own_proxy("http://127.0.0.1:9", broken):
            pass


async def test_P4_what_is_replayed_stands_in_no_log_and_goes_to_nobody(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    theirs = environment(
        {"HEADROOM_LOG_FILE": str(file), "HEADROOM_TELEMETRY_ENDPOINT": "https://totals.example"}
    )
    async with (
        ScriptedUpstream() as upstream,
        aiohttp.ClientSession() as client,
        own_proxy(upstream.url, theirs) as url,
        client.get(f"{url}/v1/telemetry") as reply,
    ):
        told = await reply.json()

    assert told["sent"] is False
    assert not file.exists()
