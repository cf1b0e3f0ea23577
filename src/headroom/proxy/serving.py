"""Running the proxy in this process: the socket, the signals, and the stop."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from headroom.errors import SettingsError
from headroom.proxy.dispatch import App
from headroom.proxy.http import HttpProtocol

BACKLOG = 2048

# Each call may hold two connections; the usual soft limit of 1 024 would end at 500 calls.
OPEN_FILES = 65_536

# Each running call ends itself before this (`Limits.drain_seconds`); the rest is WebSockets.
HARD_STOP_SECONDS = 30

LARGEST_FRAME_BYTES = 64 * 1024 * 1024


def run(
    app: App, *, on_ready: Callable[[str, int], None] | None = None, shared: bool = False
) -> None:
    """Run *app* on the address of its settings until a signal; see `server.serve`.

    *shared* lets other processes listen on the same port.
    """
    _allow_open_files()
    config = uvicorn.Config(
        app,
        http=HttpProtocol,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=HARD_STOP_SECONDS,
        ws_max_size=LARGEST_FRAME_BYTES,
    )
    with listen(app.settings.host, app.settings.port, shared=shared) as listener:
        _Server(config, app, on_ready, listener).run(sockets=[listener])


def listen(
    host: str, port: int, *, shared: bool = False, backlog: int | None = BACKLOG
) -> socket.socket:
    """A listening socket; raises SettingsError, with what to do, when there can be none.

    *shared*: other sockets may be opened on the same port.  Without a *backlog* the port is
    only held, and nothing is listened for.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise SettingsError(f"the host {host!r} cannot be listened on: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
        if backlog is not None:
            listener.listen(backlog)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"port {port} of {host} cannot be listened on ({error.strerror}); "
            "choose another one with --port"
        ) from error
    listener.setblocking(False)  # noqa: FBT003 - the only way that socket offers
    return listener


class _Server(uvicorn.Server):
    """uvicorn's server, except for what signals do."""

    def __init__(
        self,
        config: uvicorn.Config,
        app: App,
        on_ready: Callable[[str, int], None] | None,
        listener: socket.socket,
    ) -> None:
        super().__init__(config)
        self._app = app
        self._on_ready = on_ready
        self._address: tuple[str, int] = listener.getsockname()[:2]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the application, listen, and say so."""
        await super().startup(sockets)
        if self._on_ready is not None and self.started:
            self._on_ready(*self._address)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """First signal: finish what runs.  Second: end at once.

        Unlike uvicorn's, the signal is not raised again afterwards: a stop that was asked
        for ends with exit code 0.
        """
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True
        if self._app.proxy is not None:
            self._app.proxy.lifecycle.stopping = True


def _allow_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
