"""One of several processes on one port; see `workers`, which starts it.

It says on its channel when it is ready, then every second what it has done so far, which also
tells that its event loop turns.  When the channel closes, its parent is gone and it stops.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress

import msgspec

from headroom.observe.log_setup import configure
from headroom.proxy.dispatch import App
from headroom.proxy.lineage import Lineage
from headroom.proxy.server import create_app
from headroom.proxy.serving import run
from headroom.proxy.workers import Told
from headroom.settings import Settings

BEAT_S = 1.0


class Channel:
    """The way to the parent."""

    def __init__(self, app: App, channel: socket.socket) -> None:
        self._app = app
        self._channel = channel
        self._task: asyncio.Task[None] | None = None

    def ready(self, _host: str, _port: int) -> None:
        """Say that calls are taken, and go on saying what was done."""
        self.say(ready=True)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._channel, self._parent_gone)
        self._task = loop.create_task(self._beat())

    def say(self, *, ready: bool = False) -> None:
        """Tell what was done so far."""
        totals = self._app.totals
        told = Told(
            ready,
            totals.requests,
            totals.tokens_saved,
            totals.failed,
            totals.saved,
            totals.unpriced,
        )
        # A parent that does not read, or is gone, is not waited for.
        with suppress(OSError):
            self._channel.send(msgspec.json.encode(told) + b"\n")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self.say()

    def _parent_gone(self) -> None:
        asyncio.get_running_loop().remove_reader(self._channel)
        os.kill(os.getpid(), signal.SIGTERM)


def main(number: int, lineage: Lineage) -> None:
    """Serve the settings of the environment until a signal, or until the parent is gone."""
    settings = Settings.read(os.environ)
    configure(settings, sys.stderr, os.environ, several=settings.workers > 1)
    app = create_app(settings, lineage=lineage)
    with socket.socket(fileno=number) as channel:
        channel.setblocking(False)  # noqa: FBT003 - the only way that socket offers
        told = Channel(app, channel)
        run(app, on_ready=told.ready, shared=True)
        told.say()


if __name__ == "__main__":
    main(int(sys.argv[1]), Lineage.told(sys.argv[2:]))
