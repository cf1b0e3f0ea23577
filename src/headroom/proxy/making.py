"""The plan of one request: what is known of it, looked up; what is decided, kept.

place ─▶ account, marks, tool ─▶ budget, hints ─▶ plan ─▶ keep ─▶ rewrite

Nothing is sent before what must be had again is kept.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from headroom.conversation import Conversation, Known, Plan
from headroom.errors import StoreError, UnreadableBody
from headroom.formats.base import Format
from headroom.pipeline import Seen, with_effects
from headroom.pipeline.budget import Budget
from headroom.proxy import learning
from headroom.proxy.accounting import Standing
from headroom.proxy.aside import LARGE_BODY_BYTES, aside
from headroom.proxy.attempt import INLINE_CHARACTERS, attempt, given_up
from headroom.proxy.budgeting import budget_of
from headroom.proxy.learning import NOTHING_LEARNED, Learned
from headroom.proxy.marking import NOT_MARKED, Marked, mark
from headroom.proxy.planning import Planning
from headroom.proxy.stages import Stages
from headroom.proxy.weaving import (
    Lesson,
    Weaving,
    learn,
    lesson_of,
    weave,
    weave_in_batch,
    weave_nothing,
    with_changes,
)
from headroom.state.patterns import Experience
from headroom.state.place import Place
from headroom.wire.continued import Continued
from headroom.wire.document import Document

logger = logging.getLogger(__name__)

# Once as intended, once without leaving anything out, once as another request has decided.
MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class InBatch:
    """How a request stands in a batch.

    *may_lose* says whether anything may be left out where the model can ask for it again by the
    client's own tools.
    """

    may_lose: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is to be planned, as it was read.

    *beta* is its header `anthropic-beta`; *payer* the upstream's address where it is paid for by
    the token, else empty.
    """

    planning: Planning
    dialect: Format
    document: Document
    conversation: Conversation
    tenant: str
    beta: str = ""
    payer: str = ""
    stages: Stages = field(default_factory=lambda: Stages(time.perf_counter()))
    """How long it takes to look up, to plan, to rewrite and to keep is told there."""
    unwoven: bool = False
    """Whether no call of our tool can be taken out of its reply, as in frames of a WebSocket: the
    tool is not offered, nothing is left out that is new, and what was sent is not rewritten."""
    in_batch: InBatch | None = None
    """Whether it stands in a batch, and how: nobody can answer a call of our tool there either."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A request in which our tool is offered: as the client sent it, and its place."""

    document: Document
    place: Place
    turns_ago: Mapping[str, int] = field(default_factory=dict)
    """For each original that it names, how many turns ago it was cut down."""


@dataclass(frozen=True, slots=True)
class Made:
    """What is sent on, and what must be known of it when the reply comes."""

    body: bytes
    plan: Plan = field(default_factory=Plan)
    offered: Offered | None = None
    standing: Standing | None = None
    unmarked: Callable[[], Awaitable[bytes]] | None = None
    """What to send instead where the upstream refuses cache marks of ours, if there are any."""
    experiences: Sequence[Experience] = ()
    """What it teaches of tools' outputs, should the provider take it."""
    place: Place | None = None
    """Where it stands in the ledger."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of a request, and decided of it, before a plan is made."""

    place: Place
    standing: Standing
    weaving: Weaving
    budget: Budget
    learned: Learned
    seen: Seen

    @property
    def known(self) -> Known:
        """What is decided already."""
        return self.place.known


async def make_plan(asked: Asked) -> Made:
    """The plan for this request and the body it gives, kept before anything is sent.

    Never fails: what cannot be planned goes as it came, and what the provider has already
    seen keeps the form that it has seen.
    """
    planning = asked.planning
    if len(asked.document.body) > INLINE_CHARACTERS:
        # An agent's first request brings tools and little else; the first large result is next.
        planning.planners.warm()
    with asked.stages.during("look_up"):
        found = await _found(asked)
    try:
        made = await _kept_plan(asked, found)
    except UnreadableBody as error:
        logger.warning("a body is sent as it came: %s", error)
        raw = Known(decided=len(asked.conversation.blocks))
        plan = await given_up(planning, asked.conversation, raw, str(error))
        return Made(asked.document.rewrite(()), plan=plan)
    if asked.in_batch is not None:
        # Nothing of it comes back to be learned from, and of most rows nothing goes on.
        return made
    _remember(asked, found, made.plan)
    experiences = learning.experiences_of(found.learned, asked.conversation, found.known, made.plan)
    return dataclasses.replace(made, standing=found.standing, experiences=experiences)


async def place_of(planning: Planning, conversation: Conversation) -> Place:
    """Where the request stands in the ledger; where the store is down, as the process knows."""
    size = 0 if conversation.prefixes else sum(len(block.text) for block in conversation.blocks)
    chain = await aside(size, planning.ledger.chain, conversation)
    place = await planning.ledger.look_up(conversation, chain)
    if place.trouble:
        planning.troubles.warn(logger, "the ledger cannot be read", place.trouble)
    return place


async def rewritten(
    planning: Planning, document: Document, planned: Plan, weaving: Weaving
) -> bytes:
    """The body with all changes.  Raises UnreadableBody where one has no single place."""
    large = len(document.body) > LARGE_BODY_BYTES
    remembered = None if large else planning.rewritten
    changes = weaving.marked.over((*planned.changes, *weaving.changes))
    return await aside(len(document.body), document.rewrite, changes, remembered)


async def _found(asked: Asked) -> _Found:
    planning, conversation = asked.planning, asked.conversation
    place = await place_of(planning, conversation)
    if isinstance(asked.document, Continued):
        place = place.decided_until(_first_new(conversation, asked.document.before), conversation)
    if asked.in_batch is not None:
        place = place.in_batch(conversation)
    await planning.accounting.ready_for(conversation.model)
    standing = await planning.accounting.standing(conversation, place)
    weaving = await _woven(asked, place)
    marked, place = await _marked(asked, place)
    budget = budget_of(
        planning,
        asked.document,
        conversation,
        place,
        standing,
        provider=asked.dialect.provider,
        beside=weaving.tokens,
        beta=asked.beta,
    )
    weaving = dataclasses.replace(weaving, marked=marked)
    if asked.unwoven or asked.in_batch is not None:
        budget = budget.looking_ahead()
    if asked.in_batch is not None:
        # What was learned changes from call to call; the rows of all of them become the same.
        return _Found(place, standing, weaving, budget, NOTHING_LEARNED, Seen())
    return _Found(
        place=place,
        standing=standing,
        weaving=weaving,
        budget=await learning.weighed(planning, asked.tenant, conversation, place.known, budget),
        learned=await learning.look_up(
            planning, asked.tenant, conversation, place.known, weaving.means
        ),
        seen=planning.remembered.take(place.decided_chain),
    )


async def _marked(asked: Asked, place: Place) -> tuple[Marked, Place]:
    if asked.in_batch is not None:
        # Whether a batch reads what another of its requests has written is left to chance.
        return NOT_MARKED, place
    return await mark(
        asked.planning,
        asked.dialect,
        asked.document,
        asked.conversation,
        place,
        tenant=asked.tenant,
        payer=asked.payer,
    )


async def _woven(asked: Asked, place: Place) -> Weaving:
    planning, weaver, document = asked.planning, asked.dialect.weaver, asked.document
    if asked.in_batch is not None:
        return await weave_in_batch(
            planning,
            weaver,
            document,
            asked.conversation,
            place,
            may_lose=asked.in_batch.may_lose,
        )
    if asked.unwoven:
        return await weave_nothing(planning, weaver, document, asked.conversation, place)
    return await weave(planning, weaver, document, asked.conversation, place, asked.tenant)


def _first_new(conversation: Conversation, before: int) -> int:
    """The first block of what is sent, behind so many elements that are not."""
    places = (block.path[1] if len(block.path) > 1 else 0 for block in conversation.blocks)
    new = (i for i, place in enumerate(places) if isinstance(place, int) and place >= before)
    return next(new, len(conversation.blocks))


def _remember(asked: Asked, found: _Found, plan: Plan) -> None:
    """Take note of what was decided, beside the request."""
    planning, place = asked.planning, found.place
    if place.chain:
        forms = {**found.known.forms, **plan.forms, **plan.rewritten}
        rewrote = bool(plan.rewritten)
        # An index of what was sent before says nothing of what is sent now.
        seen = Seen() if rewrote else found.seen
        catching_up = planning.remembered.catch_up(
            place, seen, asked.conversation, forms, rewrote=rewrote
        )
        planning.later(catching_up)
    lesson = lesson_of(found.weaving, plan)
    if lesson != Lesson():
        tools = asked.dialect.weaver.tools(asked.document)
        planning.later(learn(planning, asked.tenant, tools, lesson))
    learning.note_left(planning, asked.tenant, found.known, plan)
    planning.retrievals.kept(plan)


async def _kept_plan(asked: Asked, found: _Found) -> Made:
    """A plan that is kept; one that leaves nothing out where originals could not be.

    Raises UnreadableBody when the known forms have no single place in the body.
    """
    for _ in range(MOST_TRIES):
        with asked.stages.during("plan"):
            planned = await attempt(
                asked.planning,
                asked.conversation,
                found.known,
                found.seen,
                means=found.weaving.means,
                budget=found.budget,
                woven=tuple(found.place.legs),
                hints=found.learned.hints,
            )
        with asked.stages.during("rewrite"):
            planned, body = await _editable(asked, found, planned)
        with asked.stages.during("keep"):
            kept = await _kept(asked, found, planned)
        if kept is None:
            place = dataclasses.replace(found.place, trouble="the ledger cannot be written")
            otherwise = found.weaving.without_means()
        elif kept.offered not in (None, found.weaving.offered) and not asked.unwoven:
            place, otherwise = found.place, found.weaving.otherwise(offered=bool(kept.offered))
        else:
            if kept.plan is not planned:
                body = await rewritten(asked.planning, asked.document, kept.plan, found.weaving)
            return _made(asked, found, kept.plan, body)
        weaving = with_changes(
            otherwise,
            asked.planning,
            asked.dialect.weaver,
            asked.document,
            asked.conversation,
            place,
        )
        found = dataclasses.replace(found, place=place, weaving=weaving)
    raise UnreadableBody("nothing could be kept")  # the second try never fails, the third agrees


def _made(asked: Asked, found: _Found, plan: Plan, body: bytes) -> Made:
    weaving = found.weaving
    forms = {**found.known.forms, **plan.forms, **plan.rewritten}
    offered = None
    if weaving.offered:
        ages = learning.turns_ago(asked.conversation, forms)
        offered = Offered(asked.document, found.place, ages)
    plain = dataclasses.replace(weaving, marked=weaving.marked.without())
    unmarked = partial(rewritten, asked.planning, asked.document, plan, plain)
    return Made(
        body,
        weaving.counted(plan),
        offered,
        unmarked=unmarked if weaving.marked.kind else None,
        place=found.place,
    )


async def _editable(asked: Asked, found: _Found, planned: Plan) -> tuple[Plan, bytes]:
    """The plan, less its new forms where one of them has no single place; the body it gives.

    Raises UnreadableBody when the known forms have none either.
    """
    planning, document = asked.planning, asked.document
    try:
        return planned, await rewritten(planning, document, planned, found.weaving)
    except UnreadableBody as error:
        reason = str(error)
    less = await given_up(planning, asked.conversation, found.known, reason)
    return less, await rewritten(planning, document, less, found.weaving)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A plan as the ledger has it now, and what it says of our tool; None: nothing new."""

    plan: Plan
    offered: bool | None = None


async def _kept(asked: Asked, found: _Found, planned: Plan) -> _Kept | None:
    """The plan as the ledger has it now: another request's forms, where those came first.

    None when it could not be kept and holds something that must be, or else not be sent.
    """
    planning, conversation, tenant = asked.planning, asked.conversation, asked.tenant
    place, weaving = found.place, found.weaving
    formed = (*planned.forms.values(), *planned.rewritten.values())
    must = bool(weaving.decides) or any(form.original for form in formed)
    if asked.in_batch is not None and not formed and place.is_unknown:
        # It went as it came, as does what follows from it; a head for each would fill the store.
        return _Kept(planned)
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
        made = with_effects(dataclasses.replace(planned, forms=standing.forms), conversation, forms)
        await planning.originals.keep(tenant, made.originals, group=group)
    except StoreError as error:
        planning.troubles.warn(logger, "the ledger cannot be written", error)
        return None if must else _Kept(planned)
    return _Kept(made, standing.offered)
