"""What is said in a call, for the log file, where the operator has asked for it."""

from __future__ import annotations

from headroom.errors import Refusal, UnreadableBody
from headroom.formats.base import CallMade, TextSaid
from headroom.observe.content import Content
from headroom.proxy.aside import aside
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.unpacking import unpacked
from headroom.state.replies import StoredReply
from headroom.wire.encodings import Decoder


async def note_sent(proxy: Proxy, record: Record, body: bytes, *, packed: bool = False) -> None:
    """Remember the messages in *body*, which is about to be sent on, and the reply to come.

    *packed* says that it still has the content encoding that its client gave it.
    """
    if not proxy.settings.keeps_messages:
        return
    if packed:
        try:
            body = await unpacked(record.call, body, limit=proxy.body_limit_bytes)
        except (UnreadableBody, Refusal):
            body = b""
    record.content = await aside(len(body), Content, body)


async def note_stored(proxy: Proxy, record: Record, body: bytes, stored: StoredReply) -> None:
    """The same of a request that is answered by a stored reply."""
    await note_sent(proxy, record, body, packed=True)
    if record.content is None:
        return
    reader = proxy.planning.formats[record.call.route.format].reply_reader(
        streaming=stored.streamed
    )
    for event in (*reader.feed(_plain(stored)), *reader.close()):
        if isinstance(event, TextSaid):
            record.content.hear(event.text)
        elif isinstance(event, CallMade):
            record.content.hear_call(event.name, event.arguments)


def _plain(stored: StoredReply) -> bytes:
    found = (value for name, value in stored.headers if name.lower() == b"content-encoding")
    encoding = next(found, b"").decode("latin-1")
    return Decoder(encoding).feed(stored.body) if encoding else stored.body
