"""Watching a reply go by: what it says of usage and calls enters the call's record."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from headroom.formats.base import ReplyEvent, ReplyReader
from headroom.proxy.planning import Planning
from headroom.proxy.record import Record
from headroom.proxy.reply import Reply
from headroom.wire.encodings import Decoder

logger = logging.getLogger(__name__)


class Watching:
    """Sees the bytes of one reply; whatever goes wrong ends the watching, never the reply."""

    __slots__ = ("_decoder", "_is_unread", "_reader", "_record")

    def __init__(
        self,
        planning: Planning,
        record: Record,
        reply: Reply,
        *,
        unpacked: bool = False,
        reader: ReplyReader | None = None,
    ) -> None:
        """*unpacked* says that the bytes come without the reply's content encoding.

        *reader* makes sense of them where they are in no dialect of ours.
        """
        if reader is None:
            dialect = planning.formats[record.call.route.format]
            reader = dialect.reply_reader(streaming=reply.is_streamed)
        encoding = None if unpacked else reply.header(b"content-encoding")
        self._reader = reader
        self._decoder = Decoder(encoding.decode("latin-1")) if encoding else None
        self._record: Record | None = record
        self._is_unread = not reply.is_streamed and bool(record.call.route.format)

    def see(self, chunk: bytes) -> None:
        """Take in some bytes."""
        self._take(self._fed, chunk)

    def close(self) -> None:
        """The reply has ended."""
        self._take(self._reader.close)

    def _fed(self, chunk: bytes) -> Sequence[ReplyEvent]:
        plain = self._decoder.feed(chunk) if self._decoder else chunk
        if self._is_unread and self._record is not None:
            self._record.unread_bytes += len(plain)
        return self._reader.feed(plain)

    def _take(self, reading: Callable[..., Sequence[ReplyEvent]], *given: bytes) -> None:
        if self._record is None:
            return
        try:
            self._record.see(reading(*given))
        except Exception as error:  # noqa: BLE001 - decision 2; its text may hold content
            kind = type(error).__name__
            logger.warning("watching a reply failed (%s); it goes on unwatched", kind)
            self._record = None
