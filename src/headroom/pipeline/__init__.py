"""From a conversation and its known forms to a plan of edits.

    known forms ──▶ replayed as they are
    new blocks  ──▶ draft ▶ given theirs, in order
    what was sent, where it is free, pays or must be ──▶ hindsight

Pure: the same conversation and the same known forms give the same plan, anywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from headroom.compressors import REDUCERS
from headroom.compressors.base import Reducer
from headroom.conversation import Conversation, Form, Known, Plan
from headroom.economics import request_cost
from headroom.embedding import Embedder
from headroom.hints import NO_HINTS, Hints
from headroom.marker import find_markers
from headroom.pipeline.budget import BOUNDLESS, Budget
from headroom.pipeline.causal import CAUSAL, Causal
from headroom.pipeline.choices import EVERYTHING, Choices
from headroom.pipeline.draft import Draft, decided
from headroom.pipeline.effects import edits, originals, removals, with_effects
from headroom.pipeline.hindsight import ANEW, LATE, Rewritten, Scene, rewritten
from headroom.pipeline.hindsight.passes import STALE
from headroom.pipeline.reduce import Means, Reduce, expects
from headroom.pipeline.seen import Seen
from headroom.pipeline.texts import Texts
from headroom.tokens import Counter

__all__ = [
    "Choices",
    "Means",
    "Seen",
    "Texts",
    "edits",
    "expects",
    "originals",
    "plan",
    "removals",
    "replay",
    "with_effects",
]

Counts = tuple[int, int]
"""Tokens before and after."""


def plan(
    conversation: Conversation,
    known: Known,
    *,
    counter: Counter,
    seen: Seen | None = None,
    passes: Sequence[Causal] = CAUSAL,
    means: Means = "",
    choices: Choices = EVERYTHING,
    reducers: Sequence[Reducer] = REDUCERS,
    budget: Budget = BOUNDLESS,
    woven: Collection[int] = (),
    hints: Hints = NO_HINTS,
    embedder: Embedder | None = None,
) -> Plan:
    """What to do to this conversation: replay what is decided, shorten what is new.

    *means* says how whoever reads the result can have again what is left out; originals are
    kept wherever it is not empty, and only there may anything be left out.

    *choices* are those of whoever runs this, *reducers* what may leave something out, *hints*
    what was learned of texts like those of single new blocks.  *seen*,
    when given, is an index of the first texts of this very conversation; it is brought up to
    date when it is needed.  *budget* says what fits, and whether what was sent may be rewritten;
    turns that begin with the blocks *woven* have hidden legs and stay.  *embedder*, where there
    is one, says how near turns are to the task when some must leave.
    """
    known = known if known.counted else _counted(conversation, known, counter)
    seen = seen if seen is not None else Seen()
    reduce = Reduce(means == "tool", choices, reducers) if means else None
    draft = Draft(
        conversation,
        known,
        counter,
        seen,
        passes,
        choices,
        reduce=None if budget.spares_new else reduce,
        hints=hints,
    )
    running = [(known.tokens_before, known.tokens_after)]
    fixed = sum(map(counter.count, conversation.fixed_text))
    for index in range(known.decided, len(conversation.blocks)):
        before, after = running[-1]
        draft.at, draft.prompt_tokens = index, fixed + budget.beside + after
        form = decided(draft, conversation.blocks[index])
        running.append((before + form.tokens_before, after + form.tokens_after))
    scene = Scene(
        conversation=conversation,
        forms={**known.forms, **draft.forms},
        decided=known.decided,
        fixed=fixed + budget.beside,
        total=fixed + budget.beside + running[-1][1],
        budget=budget,
        counter=counter,
        reduce=reduce,
        woven=woven,
        saved=known.saved,
        swept=known.swept,
        embedder=embedder,
    )
    looked = draft.tried(None, partial(rewritten, scene), Rewritten(swept=known.swept))
    finished = _finished(draft, scene, _counted_again(scene, running, looked.forms), looked)
    return dataclasses.replace(finished, saved=_saved(known, scene, finished))


def _saved(known: Known, scene: Scene, made: Plan) -> float:
    """What the conversation has saved with this request, as far as our counts can tell."""
    costs, fixed = scene.budget.costs, scene.fixed
    begun = known.decided > 0
    before = fixed - scene.budget.beside + known.tokens_before if begun else 0
    direct = request_cost(before, made.tokens_before - before, costs)
    total = made.blocks_after + fixed
    after = fixed + known.tokens_after if begun else 0
    if made.rewritten and begun:
        stays = range(min(*made.rewritten, known.decided))
        after = fixed + sum(map(scene.tokens, stays))
    return known.saved + direct - request_cost(min(after, total), max(total - after, 0), costs)


def _counted_again(
    scene: Scene, running: Sequence[Counts], forms: Mapping[int, Form]
) -> Sequence[Counts]:
    """The running counts, less what left blocks that had been counted in another form."""
    if not forms:
        return running
    removed = {index: scene.tokens(index) - form.tokens_after for index, form in forms.items()}
    gone = sum(tokens for index, tokens in removed.items() if index < scene.decided)
    counts = []
    for place, (before, after) in enumerate(running):
        gone += removed.get(scene.decided + place - 1, 0) if place else 0
        counts.append((before, after - gone))
    return counts


def replay(conversation: Conversation, known: Known, *, counter: Counter, failed: str) -> Plan:
    """The plan when new blocks cannot be planned: known forms stay, the rest goes raw."""
    undone = plan(conversation, known, counter=counter, passes=())
    return dataclasses.replace(undone, notes=(), failed=failed, abandoned=True)


def _counted(conversation: Conversation, known: Known, counter: Counter) -> Known:
    """The same, with the tokens of the decided blocks counted."""
    decided = conversation.blocks[: known.decided]
    before = sum(counter.count(block.text) for block in decided)
    saved = sum(form.tokens_before - form.tokens_after for form in known.forms.values())
    return dataclasses.replace(
        known, tokens_before=before, tokens_after=before - saved, counted=True
    )


def _label(form: Form) -> str:
    """`router:<strategy>:<ratio>`, by the strategy that shaped the text most."""
    if form.told_by >= 0:
        left = find_markers(form.text or "")
        return f"{form.by[0]}:{left[0].gone}" if left else ""
    if form.by[0] == STALE:
        return "read_lifecycle:stale"
    encoders = [by for by in form.by if by not in ("clean", "repeat", LATE, ANEW)]
    ratio = form.tokens_after / max(form.tokens_before, 1)
    return f"router:{(encoders or list(form.by))[-1]}:{ratio:.2f}"


def _finished(draft: Draft, scene: Scene, running: Sequence[Counts], looked: Rewritten) -> Plan:
    before, after = running[-1]
    fixed = scene.fixed - scene.budget.beside
    forms = {**scene.forms, **looked.forms}
    made = Plan(
        forms=draft.forms,
        notes=tuple(draft.notes),
        tokens_before=before + fixed,
        tokens_after=after + fixed,
        blocks_before=before,
        blocks_after=after,
        seen_before=draft.known.tokens_before,
        seen_after=draft.known.tokens_after,
        running=tuple(running[1:]),
        transforms=tuple(
            label for form in forms.values() if form.text is not None if (label := _label(form))
        ),
        failed=", ".join(dict.fromkeys(draft.failures)),
        needs_tool=draft.needs_tool,
        rewritten=looked.forms,
        rewrite=looked.rewrite,
        swept=looked.swept,
    )
    return with_effects(made, scene.conversation, forms)
