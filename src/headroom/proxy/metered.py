"""Relaying calls that are not planned: their bodies are streams, and what they cost is metered.

Under a budget the beginning of the body is waited for, as it mostly names the model.
"""

from __future__ import annotations

from contextlib import ExitStack

from headroom.formats.base import ReplyReader
from headroom.proxy import batching, spending
from headroom.proxy.batch_call import plan_requests
from headroom.proxy.body import Body, see
from headroom.proxy.call import Headers, Send
from headroom.proxy.expected import expect
from headroom.proxy.glance import glance_at
from headroom.proxy.limiting import take_tokens
from headroom.proxy.metering import Meter
from headroom.proxy.paid import is_paid, kind_of
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
    with ExitStack() as while_sent:
        if is_paid(call):
            await _relay_paid(proxy, record, send, while_sent)
        elif batching.is_file(call):
            await _relay_file(proxy, record, send, while_sent)
        elif batching.batch_told(call) and spending.budgets_of(proxy.settings, record.caller):
            await _relay_batch(proxy, record, send)
        else:
            await relay(proxy, record, send)


async def _relay_paid(proxy: Proxy, record: Record, send: Send, while_sent: ExitStack) -> None:
    call = record.call
    is_batch = kind_of(call) == "batch"
    record.model = call.route.model
    record.sent_tokens = (call.declared_length or 0) // BYTES_PER_TOKEN
    expect(proxy.planning, record, proxy.answer_lengths)
    if not is_batch:
        await take_tokens(proxy, record)
    body, named = Body(call), batching.NamedReply()
    planned = await plan_requests(proxy, record, body, while_sent)
    if planned is not None:
        record.plan, record.model = planned.plan, planned.model
    if is_batch and call.route.provider == "openai":
        await body.begin()
        body.file = await batching.requests_of(proxy, bytes(body.beginning))
        batching.take_over(record, body.file)
    if spending.budgets_of(proxy.settings, record.caller):
        await body.begin()
        _see(proxy, record, body)
        hold = await spending.reserve(proxy, record)
        if hold is not None and is_batch:
            record.holds.append(batching.BatchHold(proxy, record, hold.accounts, named))
    proxy.planning.accounting.load_prices()
    is_seen = record.under_budget and body.is_whole
    reply = await ask(proxy, record, body.stream(), length=body.length)
    if not is_seen:
        _see(proxy, record, body)
    kind = reply.header(b"content-type") or b""
    # What makes a batch says of its usage that there is none yet.
    reader = named if is_batch else Meter(kind, streaming=reply.is_streamed)
    headers = record.headers() if record.verdict == "planned" else ()
    await _relay_read(proxy, record, send, reply, reader, headers=headers)


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


async def _relay_file(proxy: Proxy, record: Record, send: Send, while_sent: ExitStack) -> None:
    """Relay a file; where it holds the requests of a batch, these are planned and counted.

    What they come to is told by the batch that is made of it.
    """
    body, named = Body(record.call), batching.NamedReply()
    planned = await plan_requests(proxy, record, body, while_sent)
    if planned is None and not spending.budgets_of(proxy.settings, record.caller):
        reply = await ask(proxy, record, body.stream(), length=body.length)
        await relay_reply(reply, record.call, send)
        return
    reply = await ask(proxy, record, body.stream(), length=body.length)
    headers = record.headers(planned.plan) if planned else ()
    await _relay_read(proxy, record, send, reply, named, headers=headers)
    if reply.status == OK and named.id and body.asked:
        model = (planned and planned.model) or glance_at(bytes(body.beginning)).model
        file = File(body.size, body.asked, model, *(planned.counts if planned else ()))
        await batching.keep_file(proxy, named.id, file)


async def _relay_read(
    proxy: Proxy,
    record: Record,
    send: Send,
    reply: Reply,
    *readers: ReplyReader,
    headers: Headers | tuple[()] = (),
) -> None:
    """Relay *reply*, which these readers see, with *headers* added to its own."""
    watching = [Watching(proxy.planning, record, reply, reader=one) for one in readers]

    def watch(chunk: bytes) -> None:
        for one in watching:
            one.see(chunk)

    await relay_reply(reply, record.call, send, watch=watch, headers=headers)
    record.whole = True
    for reader, one in zip(readers, watching, strict=True):
        if isinstance(reader, Meter):
            record.usual_answer = reader.sound_tokens or record.usual_answer
        one.close()


def _see(proxy: Proxy, record: Record, body: Body) -> None:
    """What the body tells, and what the call will use by that."""
    see(record, body)
    expect(proxy.planning, record, proxy.answer_lengths)
