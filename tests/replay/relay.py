"""A proxy of a few lines, for tests: what it is given to do with a body, and where it sends it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web


@asynccontextmanager
async def relay(
    upstream: str | Callable[[web.BaseRequest], str],
    change: Callable[[bytes], bytes],
    *,
    status: int | None = None,
    rewrite: str = "",
    seen: Callable[[web.BaseRequest], None] = lambda _: None,
) -> AsyncIterator[str]:
    """The URL of a running relay to *upstream*, which may differ from request to request.

    *status* makes it refuse every POST by itself, *rewrite* is what it announces of each, *seen*
    is shown what arrives.
    """

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        seen(request)
        address = upstream if isinstance(upstream, str) else upstream(request)
        if status is not None and request.method == "POST":
            return web.Response(status=status, text="refused")
        async with client.request(
            request.method, address + request.path, data=change(body) if body else None
        ) as reply:
            return web.Response(
                body=await reply.read(),
                status=reply.status,
                headers={"x-headroom-overhead-ms": "1.5", "x-headroom-rewrite": rewrite},
            )

    application = web.Application(client_max_size=1 << 28)
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, access_log=None)
    async with aiohttp.ClientSession() as client:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        try:
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()
