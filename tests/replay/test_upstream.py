from __future__ import annotations

import aiohttp
import pytest

from headroom.errors import HeadroomError
from headroom.replay.upstream import ScriptedUpstream


async def test_a_post_is_kept_and_answered_as_agreed() -> None:
    async with ScriptedUpstream() as upstream, aiohttp.ClientSession() as client:
        upstream.expect(lambda body: b'{"said": %d}' % len(body))

        async with client.post(f"{upstream.url}/v1/messages", data=b"hello") as reply:
            assert await reply.json() == {"said": 5}

        assert upstream.received == b"hello"


async def test_what_came_before_is_forgotten() -> None:
    async with ScriptedUpstream() as upstream, aiohttp.ClientSession() as client:
        upstream.expect(lambda _: b"{}")
        async with client.post(f"{upstream.url}/v1/messages", data=b"hello"):
            pass

        upstream.expect(lambda _: b"{}")

        assert upstream.received is None


async def test_a_get_is_a_visit_and_a_post_out_of_turn_is_refused() -> None:
    async with ScriptedUpstream() as upstream, aiohttp.ClientSession() as client:
        async with client.get(f"{upstream.url}/v1/models") as models:
            assert models.ok
        async with client.post(f"{upstream.url}/v1/messages", data=b"hello") as refused:
            assert refused.status == 409

        assert upstream.visits == 1


async def test_a_port_in_use_is_said_so() -> None:
    async with ScriptedUpstream() as upstream:
        taken = int(upstream.url.rpartition(":")[2])

        with pytest.raises(HeadroomError, match="choose another with --upstream-port"):
            async with ScriptedUpstream(port=taken):
                pass
