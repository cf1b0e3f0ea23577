from __future__ import annotations

import json
from pathlib import Path

from headroom.observe.chronicle import Chronicle
from headroom.proxy.proxy import open_proxy
from headroom.proxy.storage import open_storage
from headroom.settings import Settings
from headroom.state.journal import Journal
from tests.proxy.house import NOWHERE, house_of, post, settings_for
from tests.proxy.test_contents import say

ASKED = json.dumps({"model": "gpt-5", "messages": [{"role": "user", "content": "Hello"}]}).encode()


async def test_a_proxy_is_ready_while_it_is_open() -> None:
    async with open_proxy(settings_for(NOWHERE, body_limit_mb=2), [], {}) as proxy:
        assert proxy.lifecycle.started
        assert proxy.upstream.is_open
        assert proxy.body_limit_bytes == 2 * 1024 * 1024

    assert not proxy.upstream.is_open


async def test_G1_a_call_that_ends_just_before_the_stop_is_counted_too(tmp_path: Path) -> None:
    # Its price is still to be read in, and it is settled after that.
    async with house_of(say, workspace_dir=tmp_path) as house:
        await house.say(post(b"/v1/messages", ASKED, b"connection: close"))
    async with open_storage(Settings(workspace_dir=tmp_path)) as storage:
        chronicle = Chronicle(Journal(storage.store), process="reader")
        statistics = await chronicle.read()

    assert statistics.lifetime.sums.of("requests") == 1
