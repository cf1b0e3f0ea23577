from __future__ import annotations

from headroom.proxy.proxy import open_proxy
from tests.proxy.house import NOWHERE, settings_for


async def test_a_proxy_is_ready_while_it_is_open() -> None:
    async with open_proxy(settings_for(NOWHERE, body_limit_mb=2), [], {}) as proxy:
        assert proxy.lifecycle.started
        assert proxy.upstream.is_open
        assert proxy.body_limit_bytes == 2 * 1024 * 1024

    assert not proxy.upstream.is_open
