"""Sends messages to a collector over HTTP, as OTLP has it: protobuf, packed by gzip.

Not by the exporters of the SDK: those send the headers that other programs' variables name along
with ours, log whatever goes wrong each time, and ask again while a stop waits for them.
"""

from __future__ import annotations

import gzip
import http.client
import socket
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from urllib.parse import urlsplit

TIMEOUT_S = 10.0
MOST_READ = 65_536
"""Bytes of an answer, of which nothing is used."""

AGAIN = frozenset({429, 502, 503, 504})
"""Statuses that say that the same message may be taken later (opentelemetry.io/docs/specs/otlp)."""

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-type": "application/x-protobuf",
        "content-encoding": "gzip",
    }
)


class Undelivered(Exception):
    """A message did not arrive; what it says may be shown: no path, no header."""

    def __init__(self, why: str, *, again: bool = True) -> None:
        super().__init__(why)
        self.again = again
        """Whether the same message may be taken later."""


class Post:
    """Where messages go; one at a time."""

    def __init__(self, url: str, headers: Mapping[str, str], *, version: str) -> None:
        parts = urlsplit(url)
        self._is_tls = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port
        self._path = parts.path or "/"
        given = {name.lower(): text for name, text in headers.items()}
        self._headers = {**HEADERS, "user-agent": f"headroom/{version}", **given}
        self._given_up = False
        self._connection: http.client.HTTPConnection | None = None
        # A path may hold a token.
        self.told = f"{parts.scheme}://{parts.netloc}"
        """The address as it may be shown."""

    def send(self, message: bytes, *, within_s: float = TIMEOUT_S) -> None:
        """Send it, and wait until it was taken.  Raises Undelivered."""
        kind = http.client.HTTPSConnection if self._is_tls else http.client.HTTPConnection
        connection = self._connection = kind(
            self._host, self._port, timeout=max(min(within_s, TIMEOUT_S), 0.01)
        )
        try:
            connection.request("POST", self._path, gzip.compress(message, 5), self._headers)
            answer = connection.getresponse()
            answer.read(MOST_READ)
        except (OSError, http.client.HTTPException) as error:
            why = "no answer before the stop" if self._given_up else _why(error)
            raise Undelivered(f"{self.told} cannot be reached: {why}") from error
        finally:
            self._connection = None
            connection.close()
        # Another address that it names is not asked: our headers are meant for this one.
        if not 200 <= answer.status < 300:
            again = answer.status in AGAIN
            raise Undelivered(f"{self.told} answered {answer.status}", again=again)

    def give_up(self) -> None:
        """Let the message that is under way go, as nobody waits for it; from another thread."""
        self._given_up = True
        connection = self._connection
        sock = connection.sock if connection is not None else None
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    said = error.strerror if isinstance(error, OSError) else None
    return said or type(error).__name__
