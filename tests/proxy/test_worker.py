"""What a worker says to its parent."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from decimal import Decimal
from pathlib import Path

import msgspec

from headroom.proxy import worker
from headroom.proxy.server import create_app
from headroom.proxy.worker import Channel
from headroom.proxy.workers import Told
from tests.proxy.house import NOWHERE, settings_for


def told(channel: socket.socket) -> list[Told]:
    lines = channel.recv(65_536).split(b"\n")
    return [msgspec.json.decode(line, type=Told) for line in lines if line]


async def test_it_says_that_it_is_ready_and_goes_on_saying_what_it_did(tmp_path: Path) -> None:
    app = create_app(settings_for(NOWHERE, workspace_dir=tmp_path))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = Channel(app, theirs)

        channel.ready("127.0.0.1", 1)
        app.totals.requests = 7
        app.totals.saved = Decimal("0.0125")
        await asyncio.sleep(worker.BEAT_S * 1.5)

        assert told(ours) == [Told(ready=True), Told(requests=7, saved=Decimal("0.0125"))]
        asyncio.get_running_loop().remove_reader(theirs)


async def test_it_stops_when_its_parent_is_gone(tmp_path: Path) -> None:
    app = create_app(settings_for(NOWHERE, workspace_dir=tmp_path))
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    ours, theirs = socket.socketpair()
    with theirs:
        channel = Channel(app, theirs)
        channel.ready("127.0.0.1", 1)

        ours.close()
        await asyncio.wait_for(stopped.wait(), 5)
        channel.say()  # nobody listens, and nothing is raised

    asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    assert os.getpid()
