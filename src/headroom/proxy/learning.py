"""What a request and a retrieval teach of tools' outputs, and what is advised for new ones.

Looked up before a plan is made, in one batched read and only where something may leave a new
block; counted after the request, beside it.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from headroom.compressors.excerpt import Excerpt
from headroom.conversation import Conversation, Form, Known, Original, Plan
from headroom.errors import StoreError
from headroom.hints import Hint, Hints, Shape
from headroom.pipeline import Means
from headroom.pipeline.budget import Budget
from headroom.pipeline.origin import origin
from headroom.pipeline.reduce import LEFT_ALONE
from headroom.pipeline.regret import seen_again
from headroom.pipeline.signature import asked_fields, fields_of, shape_of
from headroom.proxy.aside import aside
from headroom.proxy.planning import Planning
from headroom.state.pattern_counts import Total
from headroom.state.patterns import Experience

logger = logging.getLogger(__name__)

FEWEST_CHARACTERS = 2
"""Of a token, in text of which something may leave."""
SOON_TURNS = 10
"""Turns within which a whole original that is fetched shows that cutting it down was no gain: of
what is used at all, nine tenths are used by then, and what was saved in so many turns is about
what a retrieval costs (2026-11)."""
WEIGHT = 32
"""Looking at a character takes so many times longer than hashing it."""
MOST_AT_ONCE = 32
"""So many shapes are looked up for one request, and so many experiences are learned from it."""
THIRDS: tuple[Total, ...] = ("first", "middle", "last")
MISHAPS = (ArithmeticError, LookupError, TypeError, ValueError, RecursionError, MemoryError)
"""What a mistake of ours raises: nothing is learned then, and the request goes on."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of the new blocks from which something may leave, by their numbers."""

    shapes: Mapping[int, Shape] = field(default_factory=dict)
    hints: Hints = field(default_factory=dict)


NOTHING_LEARNED = Learned()


async def look_up(
    planning: Planning, tenant: str, conversation: Conversation, known: Known, means: Means
) -> Learned:
    """What was learned of outputs like the new ones; never fails."""
    if not means or not planning.learns:
        return NOTHING_LEARNED
    numbers = range(known.decided, len(conversation.blocks))
    reducible = [at for at in numbers if _may_lose(planning, conversation, at)]
    if not reducible:
        return NOTHING_LEARNED
    size = sum(len(conversation.blocks[at].text) for at in reducible)
    shapes: Mapping[int, Shape] = {}
    advised: Mapping[str, Hint] = {}
    try:
        shapes = await aside(WEIGHT * size, _shapes, conversation, reducible)
        different = list({shape.signature: shape for shape in shapes.values()}.values())
        advised = await planning.patterns.hints(tenant, different[:MOST_AT_ONCE])
    except StoreError as error:
        planning.troubles.warn(logger, "what was learned cannot be read", error)
    except MISHAPS as error:
        planning.troubles.warn(logger, "what was learned is not used", type(error).__name__)
    hints = {at: advised.get(s.signature, Hint(s.signature)) for at, s in shapes.items()}
    return Learned(shapes, hints)


def experiences_of(
    learned: Learned, conversation: Conversation, known: Known, plan: Plan
) -> list[Experience]:
    """What this plan did to new blocks, and which earlier results are seen again by it.

    Never fails: where something goes wrong, nothing is learned.
    """
    try:
        return [
            *_of_blocks(learned, conversation, plan),
            *_of_what_is_seen_again(conversation, known, {**known.forms, **plan.forms}),
        ]
    except MISHAPS as error:
        logger.warning("nothing is learned of a request (%s)", type(error).__name__)
        return []


def experience_of_retrieval(
    original: Original,
    key: str,
    query: str,
    excerpt: Excerpt | None,
    *,
    turns_ago: int = 0,
) -> Experience | None:
    """What it teaches that this was fetched: all of it, or by a query or lines what was found.

    None where nothing is known of the shape of the original.
    """
    if not original.signature:
        return None
    shape = Shape(original.signature)
    eased = "eased_" if original.eased else ""
    if excerpt is None:
        soon = turns_ago <= SOON_TURNS
        return Experience(shape, key, {"whole": 1}, {f"{eased}regretted": 1} if soon else {})
    fields = _named(query, original.text) if query else ()
    signs = {"named": 1} if fields else {}
    if eased or not fields:
        # Keeping fields is no answer to whoever asks all the same.
        signs[f"{eased}asked"] = 1
    totals: dict[Total, int] = {"query" if query else "lines": 1}
    if excerpt.units and excerpt.of:
        middle = excerpt.units[len(excerpt.units) // 2].position - 1
        totals[THIRDS[min(max(3 * middle // excerpt.of, 0), 2)]] = 1
    return Experience(shape, key, totals, signs, dict.fromkeys(fields, 1))


def turns_ago(conversation: Conversation, forms: Mapping[int, Form]) -> Mapping[str, int]:
    """For each original that these forms name, how many turns ago it was cut down."""
    blocks = conversation.blocks
    now = blocks[-1].turn if blocks else 0
    return {form.original: now - blocks[at].turn for at, form in forms.items() if form.original}


async def weighed(
    planning: Planning, tenant: str, conversation: Conversation, known: Known, budget: Budget
) -> Budget:
    """The budget with how often outputs of these shapes were asked for again, where turns may
    have to leave.
    """
    names = {form.signature for form in known.forms.values() if form.signature}
    if not names or not planning.learns or not budget.may_overflow(conversation, known):
        return budget
    shapes = [Shape(name) for name in sorted(names)[:MOST_AT_ONCE]]
    try:
        advised = await planning.patterns.hints(tenant, shapes)
    except StoreError as error:
        planning.troubles.warn(logger, "what was learned cannot be read", error)
        return budget
    asked = {name: hint.asking for name, hint in advised.items()}
    return dataclasses.replace(budget, asked_again=asked)


def note_left(planning: Planning, tenant: str, known: Known, plan: Plan) -> None:
    """Count outputs that left a full window, beside the request."""
    left = [
        known.forms[at].signature
        for at, form in plan.rewritten.items()
        if form.told_by >= 0 and at in known.forms and known.forms[at].told_by < 0
    ]
    dropped = [Experience(Shape(name), totals={"dropped": 1}) for name in left if name]
    note_later(planning, tenant, dropped)


async def note(planning: Planning, tenant: str, experiences: Sequence[Experience]) -> None:
    """Count these, for all workers; where that fails it is told, and no more."""
    try:
        await planning.patterns.note(tenant, experiences)
    except StoreError as error:
        planning.troubles.warn(logger, "what was learned could not be noted", error)


def note_later(planning: Planning, tenant: str, experiences: Sequence[Experience | None]) -> None:
    """Count these beside the request that they belong to."""
    told = [one for one in experiences if one is not None][:MOST_AT_ONCE]
    if told and planning.learns:
        planning.later(note(planning, tenant, told))


def _named(query: str, text: str) -> Sequence[str]:
    try:
        return asked_fields(query, fields_of(text))
    except MISHAPS as error:
        logger.warning("nothing is learned of a query (%s)", type(error).__name__)
        return ()


def _may_lose(planning: Planning, conversation: Conversation, at: int) -> bool:
    block, choices = conversation.blocks[at], planning.choices
    if not block.editable or len(block.text) < FEWEST_CHARACTERS * choices.smallest_tokens:
        return False
    return block.call is None or not choices.protects(block.call.name)


def _shapes(conversation: Conversation, numbers: Sequence[int]) -> Mapping[int, Shape]:
    blocks = conversation.blocks
    return {at: shape_of(blocks[at].text, origin(blocks, at)) for at in numbers}


def _of_blocks(learned: Learned, conversation: Conversation, plan: Plan) -> list[Experience]:
    blocks = conversation.blocks
    alone = {note.path for note in plan.notes if note.reason == LEFT_ALONE}
    experiences = [
        Experience(shape, totals={"left_alone": 1})
        if blocks[at].path in alone
        else _of_block(plan, plan.forms.get(at), shape)
        for at, shape in learned.shapes.items()
    ]
    return [one for one in experiences if one is not None]


def _of_block(plan: Plan, form: Form | None, shape: Shape) -> Experience | None:
    if form is None or not form.original or form.signature != shape.signature:
        return None
    original = plan.originals.get(form.original, Original(""))
    totals: dict[Total, int] = {
        "compressions": 1,
        "tokens_before": form.tokens_before,
        "tokens_after": form.tokens_after,
        "units": original.units,
        "units_kept": original.units_kept,
    }
    return Experience(shape, form.original, totals, {"eased" if form.eased else "reduced": 1})


def _of_what_is_seen_again(
    conversation: Conversation, known: Known, forms: Mapping[int, Form]
) -> Iterator[Experience]:
    for again in seen_again(conversation, known.decided, forms):
        eased = "eased_" if again.form.eased else ""
        sign = "regretted" if again.how == "whole" else "asked"
        shape = Shape(again.form.signature)
        yield Experience(shape, again.form.original, {"again": 1}, {f"{eased}{sign}": 1})
