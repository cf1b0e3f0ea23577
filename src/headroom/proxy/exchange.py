"""One request on a planned route, from arrival to outcome, readable top to bottom.

read ─▶ decode ─▶ stored reply? ─▶ blocks ─▶ plan ─▶ keep ─▶ rewrite
     ─▶ limits, budgets ─▶ send ─▶ relay ─▶ settle
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Awaitable

from headroom.conversation import Conversation, Plan
from headroom.errors import Refusal, StoreError, UnreadableBody
from headroom.formats.base import Format
from headroom.outcome import Terms
from headroom.pipeline import edits, removals
from headroom.proxy import learning, spending
from headroom.proxy.aside import LARGE_BODY_BYTES, aside
from headroom.proxy.call import Send, read_body
from headroom.proxy.contents import note_sent, note_stored
from headroom.proxy.expected import expect
from headroom.proxy.glance import answers_asked, glance, most_answer
from headroom.proxy.limiting import take_tokens
from headroom.proxy.making import Asked, Made, Offered, make_plan, place_of, rewritten
from headroom.proxy.manner import Manner
from headroom.proxy.planning import Planning
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import BYTES_PER_TOKEN, Record
from headroom.proxy.refused_marks import note_unheeded, taken
from headroom.proxy.relay import relay_reply
from headroom.proxy.repeats import Repeat, may_repeat, repeat_of
from headroom.proxy.reply import Reply
from headroom.proxy.retrieval import Keep, Retrieval
from headroom.proxy.retrieving import Retrieving, may_retrieve
from headroom.proxy.routes import Route
from headroom.proxy.tenant import pays_per_token
from headroom.proxy.treating import treated
from headroom.proxy.unpacking import unpacked
from headroom.proxy.watching import Watching
from headroom.proxy.weaving import weave_known
from headroom.state.legs import Held
from headroom.wire.document import Document

logger = logging.getLogger(__name__)


async def exchange(proxy: Proxy, record: Record, send: Send) -> None:
    """Plan the request, send it on, relay the reply.  Raises what the dispatcher answers."""
    await _exchanged(proxy, record, send)
    await note_unheeded(proxy, record)


async def _exchanged(proxy: Proxy, record: Record, send: Send) -> None:
    with record.stages.during("read"):
        received = await read_body(record.call, limit=proxy.body_limit_bytes)
    record.verdict = "planned" if _is_planned(proxy, record) else "bypassed"
    document = None
    if proxy.settings.optimize or may_repeat(proxy, record, received):
        with record.stages.during("parse"):
            document = await _read(proxy, record, received)
    async with repeat_of(proxy, record, document, received) as repeat:
        if repeat.stored is not None:
            await note_stored(proxy, record, received, repeat.stored)
            await repeat.answer(repeat.stored, send)
        else:
            await _asked(proxy, record, send, received, document, repeat)


def _is_planned(proxy: Proxy, record: Record) -> bool:
    return proxy.settings.optimize and not record.call.wants_bypass


async def _asked(
    proxy: Proxy,
    record: Record,
    send: Send,
    received: bytes,
    document: Document | None,
    repeat: Repeat,
) -> None:
    """Ask the provider."""
    call, tenant = record.call, record.caller.tenant
    made = await make_ready(proxy, record, received, document)
    changed = made.body is not received
    await note_sent(proxy, record, made.body, packed=not changed)
    manner = Manner(decoded=changed, plain=bool(made.offered), leaves=record.leaves)
    reply = await proxy.upstream.send(call, made.body, manner)
    if made.unmarked:
        reply, other = await taken(proxy, record, reply, made.unmarked, plain=bool(made.offered))
        made = dataclasses.replace(made, body=made.body if other is None else other, unmarked=None)
    record.answered(reply.status)
    if 200 <= reply.status < 300:
        learning.note_later(proxy.planning, tenant, made.experiences)
    if made.offered and may_retrieve(reply):
        retrieving = _retrieving(proxy, record, made, made.offered, tenant, reply)
        await retrieving.relay(reply, send, record.headers())
    else:
        watching = Watching(proxy.planning, record, reply)
        watch = repeat.watch(reply, watching.see)
        await relay_reply(reply, call, send, watch=watch, headers=record.headers())
        watching.close()
        await repeat.keep(reply)


async def make_ready(
    proxy: Proxy,
    record: Record,
    received: bytes,
    document: Document | None,
    *,
    unwoven: bool = False,
) -> Made:
    """What to send on, with what it may use set apart.  Raises Refusal where it may not be sent.

    *unwoven*: see `Asked`.
    """
    made = await _made(proxy, record, received, document, unwoven=unwoven)
    record.sold = proxy.upstream.sold_as(record.asked_model)
    record.sent_tokens = record.sent_tokens or len(made.body) // BYTES_PER_TOKEN
    expect(proxy.planning, record, proxy.answer_lengths)
    with record.stages.during("guards"):
        await take_tokens(proxy, record)
    record.overhead_ms = record.elapsed_ms()
    with record.stages.during("guards"):
        await spending.reserve(proxy, record)
    if record.model:
        proxy.planning.accounting.load_prices()
    return made


async def _made(
    proxy: Proxy,
    record: Record,
    received: bytes,
    document: Document | None,
    *,
    unwoven: bool,
) -> Made:
    """What to send on: the very same bytes wherever nothing is edited."""
    if document is None or not proxy.settings.optimize:
        await _glance(proxy, record, received, document)
        return Made(received)
    planning = proxy.planning
    dialect = planning.formats[record.call.route.format]
    with record.stages.during("blocks"):
        conversation = await _conversation(planning, record.call.route, dialect, document)
    record.hear(conversation, content=proxy.tells_content)
    record.most_answer, record.answers = most_answer(document), answers_asked(document)
    record.terms = Terms.of(document)
    record.sent_tokens = len(document.body) // BYTES_PER_TOKEN
    if record.call.route.replays:
        record.verdict = "relayed"
        body = await _replayed(planning, dialect, document, conversation)
        return Made(received if body is document.body else body)
    if record.call.wants_bypass:
        await _bypass(planning, conversation)
        body = await _followed(planning, dialect, document)
        return Made(received if body is document.body else body)
    beta = (record.call.header(b"anthropic-beta") or b"").decode("latin-1")
    by_token = proxy.upstream.lends or pays_per_token(record.call)
    payer = proxy.upstream.base(record.call) if by_token else ""
    tenant = record.caller.tenant
    asked = Asked(
        planning,
        dialect,
        document,
        conversation,
        tenant,
        beta,
        payer,
        record.stages,
        unwoven=unwoven or record.call.wants_list,
    )
    made = await make_plan(asked)
    record.plan, record.standing = made.plan, made.standing
    if made.place is not None:
        record.treated, record.untold = treated(conversation, made.place, made.plan)
    # What came packed goes on packed where nothing was done to it.
    return dataclasses.replace(made, body=received) if made.body is document.body else made


async def _replayed(
    planning: Planning, dialect: Format, document: Document, conversation: Conversation
) -> bytes:
    """The body as the provider knows the conversation; nothing new is decided, nothing kept."""
    place = await place_of(planning, conversation)
    weaving = await weave_known(planning, dialect.weaver, document, conversation, place)
    forms = place.known.forms
    known = Plan(edits=edits(conversation, forms), removals=removals(conversation, forms))
    try:
        return await rewritten(planning, document, known, weaving)
    except UnreadableBody as error:
        logger.warning("a body is sent as it came: %s", error)
        return document.body


async def _followed(planning: Planning, dialect: Format, document: Document) -> bytes:
    """The body of a bypassed request: as it came, but for where it goes on from.

    A provider that keeps the history refuses it where a call of ours has no answer.
    """
    follows = dialect.weaver.follows(document)
    held = await planning.ledger.held(follows) if follows else None
    if held is None:
        return document.rewrite(())
    changes = dialect.weaver.follow(document, held.last_id, held.legs)
    return await aside(len(document.body), document.rewrite, changes)


def _retrieving(
    proxy: Proxy, record: Record, made: Made, offered: Offered, tenant: str, reply: Reply
) -> Retrieving:
    planning = proxy.planning
    dialect = planning.formats[record.call.route.format]
    place, document = offered.place, offered.document
    kept = dialect.weaver.is_kept(document)

    async def begun(reply_id: str) -> None:
        if kept:
            await note(planning, planning.ledger.keep_held(reply_id, Held(reply_id, offered=True)))

    async def keep(hidden: Keep) -> None:
        echo = dialect.read(Document.read(hidden.echoed))
        await note(planning, planning.ledger.keep_legs(place, echo.blocks, hidden.legs))
        if kept:
            # An empty leg behind says that nothing has followed the answers.
            last = next(leg for leg in reversed(hidden.legs) if leg.pieces or leg.answers)
            unanswered = (last,) if last.answers else ()
            held = Held(hidden.last_id, offered=True, legs=unanswered)
            await note(planning, planning.ledger.keep_held(hidden.reply_id, held))

    turn = dialect.weaver.turn(document, streaming=reply.is_streamed)
    return Retrieving(
        proxy,
        record,
        Retrieval(turn, made.body),
        tenant=tenant,
        begun=begun,
        keep=keep,
        turns_ago=offered.turns_ago,
    )


async def note(planning: Planning, keeping: Awaitable[None]) -> None:
    """Wait for this to be kept; where it cannot be, the process remembers it."""
    try:
        await keeping
    except StoreError as error:
        planning.troubles.warn(logger, "a turn could not be noted", error)


async def _glance(proxy: Proxy, record: Record, received: bytes, document: Document | None) -> None:
    """What a body that is passed on as it came asks for, for what it costs."""
    try:
        body = (
            await unpacked(record.call, received, limit=proxy.body_limit_bytes)
            if document is None
            else document.body
        )
    except (UnreadableBody, Refusal):
        return
    seen = await aside(len(body), glance, body)
    route = record.call.route
    record.model, record.streaming = route.model or seen.model, seen.is_streaming or route.streams
    record.asked_model = record.model
    record.most_answer, record.answers = seen.most_answer, seen.answers
    record.terms = seen.terms
    record.sent_tokens = len(body) // BYTES_PER_TOKEN


async def _read(proxy: Proxy, record: Record, received: bytes) -> Document | None:
    """The body as a document, or None when it is to be relayed as it came."""
    try:
        body = await unpacked(record.call, received, limit=proxy.body_limit_bytes)
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


async def _conversation(
    planning: Planning, route: Route, dialect: Format, document: Document
) -> Conversation:
    large = len(document.body) > LARGE_BODY_BYTES
    # The memory of messages belongs to the event loop, so a thread goes without.
    recall = None if large else planning.recall
    conversation = await aside(len(document.body), dialect.read, document, recall)
    if not route.model:
        return conversation
    return dataclasses.replace(conversation, model=route.model, streaming=route.streams)


async def _bypass(planning: Planning, conversation: Conversation) -> None:
    try:
        await planning.ledger.keep_bypassed(conversation)
    except StoreError as error:
        planning.troubles.warn(logger, "a bypassed turn could not be noted", error)
