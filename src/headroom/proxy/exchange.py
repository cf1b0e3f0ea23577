"""One request on a planned route, from arrival to outcome, readable top to bottom.

read ─▶ decode ─▶ blocks ─▶ plan ─▶ keep ─▶ rewrite ─▶ send ─▶ relay ─▶ settle
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from headroom.conversation import Conversation, Known, Plan
from headroom.errors import Refusal, StoreError, UnreadableBody
from headroom.formats.base import Format
from headroom.pipeline import Seen, edits, originals, removals
from headroom.pipeline.budget import Budget
from headroom.proxy.accounting import Standing
from headroom.proxy.aside import LARGE_BODY_BYTES, aside
from headroom.proxy.attempt import INLINE_CHARACTERS, attempt, given_up
from headroom.proxy.budgeting import budget_of
from headroom.proxy.call import Send, read_body
from headroom.proxy.marking import mark
from headroom.proxy.planning import Planning
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.refused_marks import note_unheeded, taken
from headroom.proxy.relay import relay_reply
from headroom.proxy.retrieval import Keep, Retrieval
from headroom.proxy.retrieving import Retrieving, may_retrieve
from headroom.proxy.tenant import pays_per_token, tenant_of
from headroom.proxy.upstream import Reply
from headroom.proxy.watching import Watching
from headroom.proxy.weaving import (
    Lesson,
    Weaving,
    learn,
    lesson_of,
    weave,
    weave_known,
    with_changes,
)
from headroom.state.legs import Held
from headroom.state.place import Place
from headroom.wire.document import Document
from headroom.wire.encodings import decode

logger = logging.getLogger(__name__)


# Once as intended, once without leaving anything out, once as another request has decided.
MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Offered:
    """A request in which our tool is offered: as the client sent it, and its place."""

    document: Document
    place: Place


@dataclass(frozen=True, slots=True)
class Made:
    """What is sent on, and what must be known of it when the reply comes."""

    body: bytes
    plan: Plan = field(default_factory=Plan)
    offered: Offered | None = None
    standing: Standing | None = None
    unmarked: Callable[[], Awaitable[bytes]] | None = None
    """What to send instead where the upstream refuses cache marks of ours, if there are any."""


async def exchange(proxy: Proxy, record: Record, send: Send) -> None:
    """Plan the request, send it on, relay the reply.  Raises what the dispatcher answers."""
    await _exchanged(proxy, record, send)
    await note_unheeded(proxy, record)


async def _exchanged(proxy: Proxy, record: Record, send: Send) -> None:
    call = record.call
    sent = await read_body(call, limit=proxy.body_limit_bytes)
    tenant = tenant_of(call, proxy.planning.secret)
    made = await _made(proxy, record, sent, tenant)
    record.overhead_ms = record.elapsed_ms()
    changed = made.body is not sent
    prices = proxy.planning.accounting.load_prices() if record.model else None
    reply = await proxy.upstream.send(call, made.body, decoded=changed, plain=bool(made.offered))
    if made.unmarked:
        reply, other = await taken(proxy, record, reply, made.unmarked, plain=bool(made.offered))
        made = dataclasses.replace(made, body=made.body if other is None else other, unmarked=None)
    if made.offered and may_retrieve(reply):
        retrieving = _retrieving(proxy, record, made, made.offered, tenant, reply)
        await retrieving.relay(reply, send, record.headers())
    else:
        watching = Watching(proxy.planning, record, reply)
        await relay_reply(reply, call, send, watch=watching.see, headers=record.headers())
        watching.close()
    if prices is not None:
        await prices


async def _made(proxy: Proxy, record: Record, sent: bytes, tenant: str) -> Made:
    """What to send on: the very same bytes wherever nothing is edited."""
    bypassed = record.call.wants_bypass
    record.verdict = "planned" if proxy.settings.optimize and not bypassed else "bypassed"
    if not proxy.settings.optimize:
        return Made(sent)
    document = await _read(proxy, record, sent)
    if document is None:
        return Made(sent)
    planning = proxy.planning
    dialect = planning.formats[record.call.route.format]
    conversation = await _conversation(planning, dialect, document)
    record.model, record.streaming = conversation.model, conversation.streaming
    if record.call.route.replays:
        record.verdict = "relayed"
        body = await _replayed(planning, dialect, document, conversation)
        return Made(sent if body is document.body else body)
    if bypassed:
        await _bypass(planning, conversation)
        body = await _followed(planning, dialect, document)
        return Made(sent if body is document.body else body)
    beta = (record.call.header(b"anthropic-beta") or b"").decode("latin-1")
    payer = proxy.upstream.base(record.call) if pays_per_token(record.call) else ""
    made = await make_plan(
        planning, dialect, document, conversation, tenant, beta=beta, payer=payer
    )
    record.plan, record.standing = made.plan, made.standing
    # What came packed goes on packed where nothing was done to it.
    return dataclasses.replace(made, body=sent) if made.body is document.body else made


async def _replayed(
    planning: Planning, dialect: Format, document: Document, conversation: Conversation
) -> bytes:
    """The body as the provider knows the conversation; nothing new is decided, nothing kept."""
    place = await _place(planning, conversation)
    weaving = await weave_known(planning, dialect.weaver, document, conversation, place)
    forms = place.known.forms
    known = Plan(edits=edits(conversation, forms), removals=removals(conversation, forms))
    try:
        return await _rewritten(planning, document, known, weaving)
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
        return document.body
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
            unanswered = hidden.legs[-1:] if hidden.legs[-1].answers else ()
            held = Held(hidden.last_id, offered=True, legs=unanswered)
            await note(planning, planning.ledger.keep_held(hidden.reply_id, held))

    turn = dialect.weaver.turn(document, streaming=reply.is_streamed)
    return Retrieving(
        proxy, record, Retrieval(turn, made.body), tenant=tenant, begun=begun, keep=keep
    )


async def note(planning: Planning, keeping: Awaitable[None]) -> None:
    """Wait for this to be kept; where it cannot be, the process remembers it."""
    try:
        await keeping
    except StoreError as error:
        planning.troubles.warn(logger, "a turn could not be noted", error)


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


async def _conversation(planning: Planning, dialect: Format, document: Document) -> Conversation:
    large = len(document.body) > LARGE_BODY_BYTES
    # The memory of messages belongs to the event loop, so a thread goes without.
    recall = None if large else planning.recall
    return await aside(len(document.body), dialect.read, document, recall)


async def _bypass(planning: Planning, conversation: Conversation) -> None:
    try:
        await planning.ledger.keep_bypassed(conversation)
    except StoreError as error:
        planning.troubles.warn(logger, "a bypassed turn could not be noted", error)


async def make_plan(
    planning: Planning,
    dialect: Format,
    document: Document,
    conversation: Conversation,
    tenant: str,
    *,
    beta: str = "",
    payer: str = "",
) -> Made:
    """The plan for this conversation and the body it gives, kept before anything is sent.

    *payer* is the upstream's address where the request is paid for by the token, else empty.
    Never fails: what cannot be planned goes as it came, and what the provider has already
    seen keeps the form that it has seen.
    """
    if len(document.body) > INLINE_CHARACTERS:
        # An agent's first request brings tools and little else; the first large result is next.
        planning.planners.warm()
    place = await _place(planning, conversation)
    standing = await planning.accounting.standing(conversation, place)
    weaving = await weave(planning, dialect.weaver, document, conversation, place, tenant)
    marked, place = await mark(
        planning, dialect, document, conversation, place, tenant=tenant, payer=payer
    )
    weaving = dataclasses.replace(weaving, marked=marked)
    seen = planning.remembered.take(place.decided_chain)
    budget = budget_of(
        planning,
        document,
        conversation,
        place,
        standing,
        provider=dialect.provider,
        beside=weaving.tokens,
        beta=beta,
    )
    try:
        made = await _kept_plan(
            planning, dialect, document, conversation, place, weaving, seen, tenant, budget
        )
    except UnreadableBody as error:
        logger.warning("a body is sent as it came: %s", error)
        raw = Known(decided=len(conversation.blocks))
        return Made(document.body, plan=await given_up(planning, conversation, raw, str(error)))
    if place.chain:
        forms = {**place.known.forms, **made.plan.forms, **made.plan.rewritten}
        rewrote = bool(made.plan.rewritten)
        # An index of what was sent before says nothing of what is sent now.
        seen = Seen() if rewrote else seen
        catching_up = planning.remembered.catch_up(
            place, seen, conversation, forms, rewrote=rewrote
        )
        planning.later(catching_up)
    lesson = lesson_of(weaving, made.plan)
    if lesson != Lesson():
        planning.later(learn(planning, tenant, dialect.weaver.tools(document), lesson))
    planning.retrievals.kept(made.plan)
    return dataclasses.replace(made, standing=standing)


async def _kept_plan(
    planning: Planning,
    dialect: Format,
    document: Document,
    conversation: Conversation,
    place: Place,
    weaving: Weaving,
    seen: Seen,
    tenant: str,
    budget: Budget,
) -> Made:
    """A plan that is kept; one that leaves nothing out where originals could not be.

    Raises UnreadableBody when the known forms have no single place in the body.
    """
    known = place.known
    for _ in range(MOST_TRIES):
        planned = await attempt(
            planning,
            conversation,
            known,
            seen,
            means=weaving.means,
            budget=budget,
            woven=tuple(place.legs),
        )
        planned, body = await _editable(planning, document, conversation, known, planned, weaving)
        kept = await _kept(planning, conversation, place, planned, weaving, tenant)
        if kept is None:
            place = dataclasses.replace(place, trouble="the ledger cannot be written")
            weaving = weaving.without_means()
        elif kept.offered is not None and kept.offered != weaving.offered:
            weaving = weaving.otherwise(offered=kept.offered)
        else:
            if kept.plan is not planned:
                body = await _rewritten(planning, document, kept.plan, weaving)
            offered = Offered(document, place) if weaving.offered else None
            plain = dataclasses.replace(weaving, marked=weaving.marked.without())
            unmarked = partial(_rewritten, planning, document, kept.plan, plain)
            marks = unmarked if weaving.marked.kind else None
            return Made(body, weaving.counted(kept.plan), offered, unmarked=marks)
        weaver = dialect.weaver
        weaving = with_changes(weaving, planning, weaver, document, conversation, place)
    raise UnreadableBody("nothing could be kept")  # the second try never fails, the third agrees


async def _editable(
    planning: Planning,
    document: Document,
    conversation: Conversation,
    known: Known,
    planned: Plan,
    weaving: Weaving,
) -> tuple[Plan, bytes]:
    """The plan, less its new forms where one of them has no single place; the body it gives.

    Raises UnreadableBody when the known forms have none either.
    """
    try:
        return planned, await _rewritten(planning, document, planned, weaving)
    except UnreadableBody as error:
        reason = str(error)
    less = await given_up(planning, conversation, known, reason)
    return less, await _rewritten(planning, document, less, weaving)


async def _rewritten(
    planning: Planning, document: Document, planned: Plan, weaving: Weaving
) -> bytes:
    large = len(document.body) > LARGE_BODY_BYTES
    rewritten = None if large else planning.rewritten
    changes = weaving.marked.over((*planned.changes, *weaving.changes))
    return await aside(len(document.body), document.rewrite, changes, rewritten)


async def _place(planning: Planning, conversation: Conversation) -> Place:
    size = 0 if conversation.prefixes else sum(len(block.text) for block in conversation.blocks)
    chain = await aside(size, planning.ledger.chain, conversation)
    place = await planning.ledger.look_up(conversation, chain)
    if place.trouble:
        planning.troubles.warn(logger, "the ledger cannot be read", place.trouble)
    return place


@dataclass(frozen=True, slots=True)
class _Kept:
    """A plan as the ledger has it now, and what it says of our tool; None: nothing new."""

    plan: Plan
    offered: bool | None = None


async def _kept(
    planning: Planning,
    conversation: Conversation,
    place: Place,
    planned: Plan,
    weaving: Weaving,
    tenant: str,
) -> _Kept | None:
    """The plan as the ledger has it now: another request's forms, where those came first.

    None when it could not be kept and holds something that must be, or else not be sent.
    """
    formed = (*planned.forms.values(), *planned.rewritten.values())
    must = bool(weaving.decides) or any(form.original for form in formed)
    if place.trouble:
        place = await planning.ledger.look_again(place)
    group, anew = place.group, place.has_left
    try:
        beside = await planning.originals.due(tenant, planned.originals, group=group, anew=anew)
        standing = await planning.ledger.keep(
            place,
            planned,
            offered=weaving.decides,
            beside=beside,
            owing=not must,
            factor=planning.calibration.known(conversation.model) or place.factor,
        )
        planning.originals.note(beside, group=group)
        if standing.forms == planned.forms:
            return _Kept(planned, standing.offered)
        # Another request of the same conversation came first: what it sent is the form.
        forms = {**place.known.forms, **standing.forms, **planned.rewritten}
        named = originals(conversation, forms)
        await planning.originals.keep(tenant, named, group=group)
    except StoreError as error:
        planning.troubles.warn(logger, "the ledger cannot be written", error)
        return None if must else _Kept(planned)
    made = dataclasses.replace(
        planned,
        forms=standing.forms,
        edits=edits(conversation, forms),
        removals=removals(conversation, forms),
        originals=named,
    )
    return _Kept(made, standing.offered)
