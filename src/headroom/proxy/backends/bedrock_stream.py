"""AWS's event stream as it comes from Bedrock, given on as the server-sent events inside it."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Protocol

import msgspec

from headroom.errors import UpstreamError, UpstreamUnreachable
from headroom.proxy.answers import DIALECTS
from headroom.proxy.backends.bedrock_errors import STATUSES, kind_of, message_of, read_object
from headroom.proxy.reply import Source

LAST = "message_stop"
ODD = "Bedrock sent a stream that cannot be read"


class Message(Protocol):
    """One message of the stream, as botocore has taken it apart."""

    headers: dict[str, Any]
    payload: bytes


class Buffer(Protocol):
    """Takes bytes, and gives the messages that are whole (`botocore.eventstream`).

    Raises ValueError's and its own errors for what is no such stream.
    """

    def add_data(self, data: bytes) -> None:
        """Take these."""
        ...

    def __iter__(self) -> Any:
        """The messages."""
        ...


class _Part(msgspec.Struct):
    bytes: str


class _Event(msgspec.Struct):
    type: str = ""


class Events:
    """The body of a streamed reply: what Anthropic would have sent.

    *odd* is what *buffer* raises for bytes that are no event stream.
    """

    def __init__(
        self, source: Source, buffer: Buffer, odd: tuple[type[Exception], ...], dialect: str
    ) -> None:
        self._source = source
        self._buffer = buffer
        self._odd: tuple[type[Exception], ...] = (
            msgspec.MsgspecError,
            Error,
            UnicodeDecodeError,
            *odd,
        )
        self._dialect = DIALECTS[dialect]
        self._ended = False

    async def read(self) -> bytes:
        """See `Source.read`."""
        while not self._ended:
            piece = await self._source.read()
            if not piece:
                raise UpstreamUnreachable("Bedrock broke off before its reply was whole")
            if told := b"".join(self._told(piece)):
                return told
        # Nothing follows; a connection that was read to its end is used again.
        with suppress(UpstreamError):
            while await self._source.read():
                pass
        return b""

    def close(self) -> None:
        """See `Source.close`."""
        self._source.close()

    def _told(self, piece: bytes) -> Iterable[bytes]:
        try:
            self._buffer.add_data(piece)
            messages: list[Message] = list(self._buffer)
            for message in messages:
                if not self._ended:
                    yield self._event(message)
        except self._odd as error:
            raise UpstreamUnreachable(f"{ODD} ({type(error).__name__})") from error

    def _event(self, message: Message) -> bytes:
        kind = message.headers.get(":message-type")
        if kind == "event":
            is_chunk = message.headers.get(":event-type") == "chunk"
            return self._chunk(message.payload) if is_chunk else b""
        return self._error(message)

    def _chunk(self, payload: bytes) -> bytes:
        data = b64decode(msgspec.json.decode(payload, type=_Part).bytes, validate=True)
        kind = msgspec.json.decode(data, type=_Event).type
        self._ended = kind == LAST
        # A line ends an event's line, and is only white space in JSON.
        line = data.replace(b"\r", b" ").replace(b"\n", b" ")
        return b"event: %s\ndata: %s\n\n" % (kind.encode(), line)

    def _error(self, message: Message) -> bytes:
        """An error inside the stream ends it, in the dialect's own way."""
        self._ended = True
        head = message.headers
        kind = kind_of(str(head.get(":exception-type") or head.get(":error-code") or "error"))
        said = read_object(message.payload)
        said.setdefault("message", head.get(":error-message"))
        return self._dialect.error_event(message_of(said, kind), status=STATUSES.get(kind, 500))
