"""One HTTP exchange as values: what came in, and what goes out step by step."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gzip
import re
import threading
import zlib
from dataclasses import dataclass, field
from typing import Any

import brotli  # type: ignore[import-untyped]  # it ships no types
import msgspec
from backports import zstd

_SURROGATES = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\)\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)

RawHeaders = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A request exactly as it came: names in their case, the target undecoded, body as sent."""

    method: str
    target: bytes
    headers: RawHeaders
    body: bytes
    by_socket: bool = False
    """Whether it is a message of a WebSocket; the headers are those of its handshake."""
    left: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)
    """Set when the connection was closed before the whole reply was sent."""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.split(b"?", 1)[0].decode("latin-1")

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        wanted = name.lower().encode()
        found = (value for key, value in self.headers if key.lower() == wanted)
        value = next(found, None)
        return None if value is None else value.decode("latin-1")

    def decoded(self) -> bytes:
        """The body without its content encoding.  Raises ValueError on an unknown one."""
        coding = (self.header("content-encoding") or "identity").lower()
        if coding == "identity":
            return self.body
        if coding == "gzip":
            return gzip.decompress(self.body)
        if coding == "deflate":
            return zlib.decompress(self.body)
        if coding == "br":
            return bytes(brotli.decompress(self.body))
        if coding == "zstd":
            return zstd.decompress(self.body)
        raise ValueError(f"content encoding {coding!r} is not supported")

    def json(self) -> Any:
        """The body as JSON; half a surrogate pair is read as the character for what is lost."""
        body = self.decoded()
        try:
            return msgspec.json.decode(body)
        except msgspec.DecodeError:
            return msgspec.json.decode(_SURROGATES.sub(_paired, body))


def _paired(found: re.Match[bytes]) -> bytes:
    return found[1] or rb"\ufffd"


class Gate:
    """Holds a reply until a test opens it, from any thread."""

    __slots__ = ("_future",)

    def __init__(self) -> None:
        self._future: concurrent.futures.Future[None] = concurrent.futures.Future()

    def open(self) -> None:
        """Let the reply go on."""
        if not self._future.done():
            self._future.set_result(None)

    async def passed(self) -> None:
        """Return once the gate is open; a cancelled waiter leaves it shut for others."""
        await asyncio.shield(asyncio.wrap_future(self._future))


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait this long before the next step."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait at this gate before the next step."""

    gate: Gate


@dataclass(frozen=True, slots=True)
class Cut:
    """Break the connection here, in the middle of the reply."""


Step = bytes | Pause | Hold | Cut


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply: its head, and the steps of its body.

    Each `bytes` step of a *chunked* reply is one chunk and one write.  Otherwise the length
    of all of them is announced, unless the headers say one.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    steps: tuple[Step, ...] = ()
    chunked: bool = False

    @property
    def body(self) -> bytes:
        """All the bytes, without the waits."""
        return b"".join(step for step in self.steps if isinstance(step, bytes))

    @property
    def immediate(self) -> bool:
        """Whether it can be written at once."""
        return not self.chunked and all(isinstance(step, bytes) for step in self.steps)


def json_reply(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """A whole JSON reply."""
    body = msgspec.json.encode(value)
    return Reply(status, (("content-type", "application/json"), *headers), (body,))
