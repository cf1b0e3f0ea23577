"""Relaying calls that are not planned: their bodies are streams, and what they cost is metered.

Under a budget the beginning of the body is waited for, as it mostly names the model.
"""

from __future__ import annotations

from headroom.formats.base import ReplyReader
from headroom.proxy import batching, spending
from headroom.proxy.body import Body, see
from headroom.proxy.call import Send
from headroom.proxy.expected import expect
from headroom.proxy.glance import glance_at
from headroom.proxy.limiting import take_tokens
from headroom.proxy.metering import Meter
from headroom.proxy.paid import is_paid, kind_of, model_in_path
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import BYTES_PER_TOKEN, Record
from headroom.proxy.relay import ask, relay, relay_reply
from headroom.proxy.reply import Reply
from headroom.proxy.watching import Watching
from headroom.state.batches import File

OK = 200


async def relay_metered(proxy: Proxy, record: Record, send: Send) -> None:
    """Relay a call that is not planned, and take note of what it uses.

    Raises what `relay_reply` does, and what `spending.reserve` does.
    """
    call = record.call
    if is_paid(call):
        await _relay_paid(proxy, record, send)
    elif not spending.budgets_of(proxy.settings, record.caller):
        await relay(proxy, record, send)
    elif batching.batch_told(call):
        await _relay_batch(proxy, record, send)
    elif batching.is_file(call):
        await _relay_file(proxy, record, send)
    else:
        await relay(proxy, record, send)


async def _relay_paid(proxy: Proxy, record: Record, send: Send) -> None:
    call = record.call
    is_batch = kind_of(call) == "batch"
    record.model = model_in_path(call)
    record.sent_tokens = (call.declared_length or 0) // BYTES_PER_TOKEN
    expect(proxy.planning, record, proxy.answer_lengths)
    if not is_batch:
        await take_tokens(proxy, record)
    body, named = Body(call), batching.NamedReply()
    if spending.budgets_of(proxy.settings, record.caller):
        await body.begin()
        if is_batch and call.route.provider == "openai":
            body.file = await batching.requests_of(proxy, bytes(body.beginning))
        _see(proxy, record, body)
        hold = await spending.reserve(proxy, record)
        if hold is not None and is_batch:
            record.holds.append(batching.BatchHold(proxy, record, hold.accounts, named))
    proxy.planning.accounting.load_prices()
    is_seen = record.under_budget and body.is_whole
    reply = await ask(proxy, record, body.stream())
    if not is_seen:
        _see(proxy, record, body)
    kind = reply.header(b"content-type") or b""
    # What makes a batch says of its usage that there is none yet.
    reader = named if is_batch else Meter(kind, streaming=reply.is_streamed)
    await _relay_read(proxy, record, send, reply, reader)


async def _relay_batch(proxy: Proxy, record: Record, send: Send) -> None:
    """Relay what tells how a batch went; what was charged for it is corrected."""
    call = record.call
    batch = await batching.charged_for(proxy, call)
    if batch is None:
        await relay(proxy, record, send)
        return
    reply = await ask(proxy, record)
    reader = batching.BatchReader(proxy, call, batch.model)
    await _relay_read(proxy, record, send, reply, reader)
    if reply.status == OK:
        await batching.correct(proxy, call, batch, reader)


async def _relay_file(proxy: Proxy, record: Record, send: Send) -> None:
    """Relay a file; where it holds the requests of a batch, their number is remembered."""
    body, named = Body(record.call), batching.NamedReply()
    reply = await ask(proxy, record, body.stream())
    await _relay_read(proxy, record, send, reply, named)
    if reply.status == OK and named.id and body.asked:
        model = glance_at(bytes(body.beginning)).model
        await batching.keep_file(proxy, named.id, File(body.size, body.asked, model))


async def _relay_read(
    proxy: Proxy, record: Record, send: Send, reply: Reply, *readers: ReplyReader
) -> None:
    """Relay *reply*, which these readers see."""
    watching = [Watching(proxy.planning, record, reply, reader=one) for one in readers]

    def watch(chunk: bytes) -> None:
        for one in watching:
            one.see(chunk)

    await relay_reply(reply, record.call, send, watch=watch)
    record.whole = True
    for reader, one in zip(readers, watching, strict=True):
        if isinstance(reader, Meter):
            record.usual_answer = reader.sound_tokens or record.usual_answer
        one.close()


def _see(proxy: Proxy, record: Record, body: Body) -> None:
    """What the body tells, and what the call will use by that."""
    see(record, body)
    expect(proxy.planning, record, proxy.answer_lengths)
