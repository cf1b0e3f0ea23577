"""A provider on this machine that only knows its lines: it answers with what was really said."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from headroom.errors import HeadroomError
from headroom.replay.dialects import DIALECTS

Answer = Callable[[bytes], bytes]

# More than any provider takes (Anthropic: 32 MB per request).
MAX_BODY_BYTES = 256 * 1024 * 1024


class ScriptedUpstream:
    """Keeps the body of each POST, and answers it with what was agreed before.

    Any GET is answered with an empty list, which is how a proxy in front is recognised.
    """

    def __init__(self, *, port: int = 0) -> None:
        self.visits = 0
        self._port = port
        self._answer: Answer | None = None
        self._received: list[bytes] = []
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        application.router.add_route("GET", "/{path:.*}", self._visited)
        application.router.add_route("POST", "/{path:.*}", self._asked)
        self._runner = web.AppRunner(application, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise HeadroomError(
                f"The scripted provider cannot listen on port {self._port} "
                f"({error.strerror}): choose another with --upstream-port."
            ) from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def expect(self, answer: Answer) -> None:
        """Answer the next requests with *answer*, and forget what came before."""
        self._answer = answer
        self._received.clear()

    @property
    def received(self) -> bytes | None:
        """The body of the first request since `expect`, if one came."""
        return self._received[0] if self._received else None

    async def _visited(self, _request: web.Request) -> web.Response:
        self.visits += 1
        return web.json_response({"object": "list", "data": []})

    async def _asked(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self._answer is None:
            return web.json_response({"error": {"message": "nobody replays"}}, status=409)
        self._received.append(body)
        return web.Response(body=self._answer(body), content_type="application/json")


def upstream_options(url: str) -> tuple[str, ...]:
    """What tells `headroom proxy` to forward to *url*, whichever provider a request is for."""
    providers = sorted({dialect.format.provider for dialect in DIALECTS})
    return tuple(word for name in providers for word in (f"--{name}-api-url", url))
