"""`python -m tests.upstream --port N`: the simulated provider as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys

import uvloop

from tests.upstream import canned
from tests.upstream.provider import Provider
from tests.upstream.server import Answer, serve


def main() -> None:
    """Serve until interrupted; prints the address once it takes calls."""
    parser = argparse.ArgumentParser(prog="python -m tests.upstream", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--canned", action="store_true", help=canned.__doc__)
    parser.add_argument("--bound-thinking", action="store_true")
    options = parser.parse_args()
    provider = Provider(bound_thinking=options.bound_thinking, recording=False)
    answer: Answer = canned.answer if options.canned else provider
    uvloop.run(_serve(answer, socket.create_server((options.host, options.port), backlog=2048)))


async def _serve(answer: Answer, listener: socket.socket) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    host, port = listener.getsockname()[:2]
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    await serve(answer, listener, stop)


if __name__ == "__main__":
    main()
