"""Which way a replay goes, and everything that way needs while it lasts."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from headroom.api import Session as PlannedSession
from headroom.errors import HeadroomError
from headroom.extras import needed
from headroom.replay.dialects import Dialect
from headroom.replay.offline import Offline
from headroom.replay.run import Way
from headroom.tokens import Counter

OFFLINE = "offline"
AUTO = "auto"


def way_of(through: str | None) -> str:
    """How it was replayed, to go on `replayed`."""
    if through is None:
        return OFFLINE
    return "through a proxy of its own" if through == AUTO else f"through {through}"


@asynccontextmanager
async def open_way(
    through: str | None,
    dialects: Iterable[Dialect],
    *,
    upstream_port: int,
    environ: Mapping[str, str],
    counter: Counter,
) -> AsyncIterator[Way]:
    """The pipeline itself, the proxy at the URL *through*, or one of our own for `auto`.

    Raises HeadroomError when the proxy is not there or forwards *dialects* to somewhere else.
    """
    if through is None:
        yield Offline(lambda: PlannedSession(counter=counter), clock=time.perf_counter)
        return
    with needed("--through", "proxy", error=HeadroomError):
        # aiohttp comes with the extra `proxy`.
        from headroom.replay.own_proxy import own_proxy  # noqa: PLC0415
        from headroom.replay.through import Through  # noqa: PLC0415
        from headroom.replay.upstream import ScriptedUpstream  # noqa: PLC0415
    async with AsyncExitStack() as open_parts:
        port = 0 if through == AUTO else upstream_port
        upstream = await open_parts.enter_async_context(ScriptedUpstream(port=port))
        url = through
        if through == AUTO:
            url = await open_parts.enter_async_context(own_proxy(upstream.url, environ))
        way = await open_parts.enter_async_context(Through(url, upstream, counter.count))
        await way.check(dialects)
        yield way
