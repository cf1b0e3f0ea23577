"""One request on a planned route, from arrival to outcome, readable top to bottom.

read ─▶ decode ─▶ blocks ─▶ plan ─▶ keep ─▶ rewrite ─▶ send ─▶ relay ─▶ settle
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from headroom.conversation import Conversation, Known, Plan
from headroom.errors import HeadroomError, Refusal, StoreError, UnreadableBody
from headroom.pipeline import Seen, Texts, edits, replay
from headroom.pipeline import plan as plan_inline
from headroom.proxy.call import Send, read_body
from headroom.proxy.planning import Planning
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.relay import relay_reply
from headroom.proxy.upstream import Reply
from headroom.state.ledger import Place
from headroom.wire.document import Document
from headroom.wire.encodings import Decoder, decode

logger = logging.getLogger(__name__)

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# Planning fresh text costs about 2 ms per 8 KB; counting its tokens a fifth of that, indexing
# it a twentieth (benchmarks/overhead).  Beyond 2 ms a plan is made in another process.
INLINE_CHARACTERS = 8_192
COUNTING_SHARE = 5
INDEXING_SHARE = 20

# Reading a body and hashing its blocks for the first time costs about 10 ms per megabyte.
LARGE_BODY_BYTES = 2 * 1024 * 1024


async def exchange(proxy: Proxy, record: Record, send: Send) -> None:
    """Plan the request, send it on, relay the reply.  Raises what the dispatcher answers."""
    call = record.call
    sent = await read_body(call, limit=proxy.body_limit_bytes)
    body = await _planned_body(proxy, record, sent)
    record.overhead_ms = record.elapsed_ms()
    reply = await proxy.upstream.send(call, body, decoded=body is not sent)
    watch, close = _watching(proxy, record, reply)
    await relay_reply(reply, call, send, watch=watch, headers=record.headers())
    close()


async def _planned_body(proxy: Proxy, record: Record, sent: bytes) -> bytes:
    """The body to send on: the very same bytes wherever nothing is edited."""
    bypassed = record.call.wants_bypass
    record.verdict = "planned" if proxy.settings.optimize and not bypassed else "bypassed"
    if not proxy.settings.optimize:
        return sent
    document = await _read(proxy, record, sent)
    if document is None:
        return sent
    conversation = await _conversation(proxy.planning, record, document)
    record.model, record.streaming = conversation.model, conversation.streaming
    if bypassed:
        await _bypass(proxy.planning, conversation)
        return sent
    record.plan, body = await make_plan(proxy.planning, document, conversation)
    return body if record.plan.edits else sent


async def _read(proxy: Proxy, record: Record, sent: bytes) -> Document | None:
    """The body as a document, or None when it is to be relayed as it came."""
    encoding = (record.call.header(b"content-encoding") or b"").decode("latin-1")
    try:
        body = decode(sent, encoding, limit=proxy.body_limit_bytes)
        return await aside(len(body), Document.read, body)
    except UnreadableBody as error:
        logger.info("%s: relayed as it came: %s", record.request_id, error)
    except Refusal:
        # A bypassed body is not ours to judge.
        if record.verdict == "planned":
            raise
    if record.verdict == "planned":
        record.verdict = "relayed"
    return None


async def _conversation(planning: Planning, record: Record, document: Document) -> Conversation:
    dialect = planning.formats[record.call.route.format]
    large = len(document.body) > LARGE_BODY_BYTES
    # The memory of messages belongs to the event loop, so a thread goes without.
    recall = None if large else planning.recall
    return await aside(len(document.body), dialect.read, document, recall)


async def aside(
    size: int,
    work: Callable[Parameters, Result],
    *given: Parameters.args,
    **named: Parameters.kwargs,
) -> Result:
    """What *work* returns; in a thread when *size* bytes would hold up the event loop."""
    if size <= LARGE_BODY_BYTES:
        return work(*given, **named)
    return await asyncio.to_thread(work, *given, **named)


async def _bypass(planning: Planning, conversation: Conversation) -> None:
    try:
        await planning.ledger.keep_bypassed(conversation)
    except StoreError as error:
        planning.troubles.warn(logger, "a bypassed turn could not be noted", error)


async def make_plan(
    planning: Planning, document: Document, conversation: Conversation
) -> tuple[Plan, bytes]:
    """The plan for this conversation and the body it gives, kept before anything is sent.

    Never fails: what cannot be planned goes as it came, and what the provider has already
    seen keeps the form that it has seen.
    """
    if len(document.body) > INLINE_CHARACTERS:
        # An agent's first request brings tools and little else; the first large result is next.
        planning.planners.warm()
    place = await _place(planning, conversation)
    seen = planning.remembered.take(place.decided_chain)
    planned = await attempt(planning, conversation, place.known, seen)
    try:
        planned, body = await _editable(planning, document, conversation, place.known, planned)
        kept = await _kept(planning, conversation, place, planned)
        body = body if kept is planned else await _rewritten(planning, document, kept)
    except UnreadableBody as error:
        logger.warning("a body is sent as it came: %s", error)
        raw = Known(decided=len(conversation.blocks))
        return await _given_up(planning, conversation, raw, str(error)), document.body
    if place.chain:
        forms = {**place.known.forms, **kept.forms}
        catching_up = planning.remembered.catch_up(place, seen, conversation, forms)
        planning.later(catching_up)
    return kept, body


async def _editable(
    planning: Planning, document: Document, conversation: Conversation, known: Known, planned: Plan
) -> tuple[Plan, bytes]:
    """The plan, less its new forms where one of them has no single place; the body it gives.

    Raises UnreadableBody when the known forms have none either.
    """
    try:
        return planned, await _rewritten(planning, document, planned)
    except UnreadableBody as error:
        reason = str(error)
    given_up = await _given_up(planning, conversation, known, reason)
    return given_up, await _rewritten(planning, document, given_up)


async def _rewritten(planning: Planning, document: Document, planned: Plan) -> bytes:
    large = len(document.body) > LARGE_BODY_BYTES
    rewritten = None if large else planning.rewritten
    return await aside(len(document.body), document.rewrite, planned.edits, rewritten)


async def _given_up(
    planning: Planning, conversation: Conversation, known: Known, reason: str
) -> Plan:
    """The plan that leaves all new blocks as they are; counting them is left to a thread."""
    logger.warning("new blocks are sent as they came: %s", reason)
    return await asyncio.to_thread(
        replay, conversation, known, counter=planning.counter, failed=reason
    )


async def _place(planning: Planning, conversation: Conversation) -> Place:
    size = 0 if conversation.prefixes else sum(len(block.text) for block in conversation.blocks)
    chain = await aside(size, planning.ledger.chain, conversation)
    place = await planning.ledger.look_up(conversation, chain)
    if place.trouble:
        planning.troubles.warn(logger, "the ledger cannot be read", place.trouble)
    return place


async def attempt(
    planning: Planning,
    conversation: Conversation,
    known: Known,
    seen: Seen,
    *,
    retrievable: bool = False,
) -> Plan:
    """A plan within the deadline; one that leaves all new blocks as they are if that fails.

    *retrievable*: see `pipeline.plan`.
    """
    try:
        if _is_quick(conversation, known, seen):
            return plan_inline(
                conversation,
                known,
                counter=planning.counter,
                seen=seen,
                passes=planning.passes,
                retrievable=retrievable,
            )
        return await planning.planners.plan(conversation, known, retrievable=retrievable)
    except HeadroomError as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001
        # Law 7: whatever goes wrong with new blocks, the request goes on without them.  The
        # error's text may hold content, so only its type is told.
        reason = type(error).__name__
    return await _given_up(planning, conversation, known, reason)


def _is_quick(conversation: Conversation, known: Known, seen: Seen) -> bool:
    """Whether planning here would hold up the event loop for about 2 ms at most."""
    new = conversation.blocks[known.decided :]
    fresh = sum(len(block.text) for block in new if block.editable)
    counted = sum(len(block.text) for block in (new if known.counted else conversation.blocks))
    cost = fresh + (counted - fresh) / COUNTING_SHARE
    if fresh:
        texts = Texts.of(conversation, known.forms)
        unseen = sum(texts.size(number) for number in range(seen.texts, len(texts)))
        cost += (unseen - fresh) / INDEXING_SHARE
    return cost <= INLINE_CHARACTERS


async def _kept(
    planning: Planning, conversation: Conversation, place: Place, planned: Plan
) -> Plan:
    """The plan as the ledger has it now: another request's forms, where those came first."""
    try:
        forms = await planning.ledger.keep(place, planned)
    except StoreError as error:
        planning.troubles.warn(logger, "the ledger cannot be written", error)
        return planned
    if forms == planned.forms:
        return planned
    # Another request of the same conversation came first: what it sent is the form.
    standing = {**place.known.forms, **forms}
    return dataclasses.replace(planned, forms=forms, edits=edits(conversation, standing))


def _watching(
    proxy: Proxy, record: Record, reply: Reply
) -> tuple[Callable[[bytes], None], Callable[[], None]]:
    """A watcher for the reply's chunks, and what is to be done at its end."""
    streamed = (reply.header(b"content-type") or b"").startswith(b"text/event-stream")
    reader = proxy.planning.formats[record.call.route.format].reply_reader(streaming=streamed)
    encoding = reply.header(b"content-encoding")
    decoder = Decoder(encoding.decode("latin-1")) if encoding else None

    def watch(chunk: bytes) -> None:
        record.see(reader.feed(decoder.feed(chunk) if decoder else chunk))

    def close() -> None:
        record.see(reader.close())

    return watch, close
