from __future__ import annotations

from pathlib import Path

from headroom.observe.window import read
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
