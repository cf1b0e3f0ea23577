"""Handing a browser an address that nobody else may read.

What stands on a command line can be read by every user of the machine.  So the browser is given an
address of this process, good for one visit of the same user, which leads to the real one.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

CONNECTIONS = Path("/proc/net/tcp")
PATIENCE_S = 20.0


@contextmanager
def handover(url: str) -> Iterator[tuple[str, Callable[[], bool]]]:
    """An address that leads to *url* once, and what waits until it was visited, or for too long."""
    visited = threading.Event()
    path = f"/{secrets.token_urlsafe(16)}"

    class Once(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != path or visited.is_set() or not is_own(self.client_address[1]):
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            visited.set()
            self.send_response(HTTPStatus.FOUND)
            self.send_header("location", url)
            self.send_header("cache-control", "no-store")
            self.send_header("referrer-policy", "no-referrer")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: what was asked for is a secret."""

    with HTTPServer(("127.0.0.1", 0), Once) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield (
                f"http://127.0.0.1:{server.server_address[1]}{path}",
                lambda: visited.wait(PATIENCE_S),
            )
        finally:
            server.shutdown()
            thread.join()


def is_own(port: int, table: Path = CONNECTIONS) -> bool:
    """Whether who connects from this port of this machine is the same user.

    Where the system does not tell (it is no Linux), yes: the address is hard to guess.
    """
    try:
        lines = table.read_text("ascii").splitlines()[1:]
    except OSError:
        return True
    # sl local_address rem_address st tx:rx tr:tm->when retrnsmt uid …, addresses in hex.
    rows = (line.split() for line in lines)
    owners = {int(row[7]) for row in rows if row[1].endswith(f":{port:04X}")}
    return owners == {os.getuid()}
