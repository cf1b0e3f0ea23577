"""From a conversation and its known forms to a plan of edits.

    known forms ──▶ replayed as they are
    new blocks  ──▶ clean ▶ repeat ▶ re-encode ▶ repeat ──▶ kept if it saves tokens
                    still large, and originals can be had again ──▶ reduce
    what was sent, where it is free, pays or must be ──▶ hindsight

Pure: the same conversation and the same known forms give the same plan, anywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TypeVar

from headroom.compressors import REDUCERS
from headroom.compressors.base import Reducer
from headroom.conversation import (
    Block,
    Conversation,
    Edit,
    Form,
    Known,
    Note,
    Original,
    Path,
    Plan,
)
from headroom.economics import request_cost
from headroom.embedding import Embedder
from headroom.hints import NO_HINT, NO_HINTS, Hints
from headroom.marker import find_markers, key_of
from headroom.pipeline.budget import BOUNDLESS, Budget
from headroom.pipeline.causal import CAUSAL, Before, Causal, passed, screen
from headroom.pipeline.choices import EVERYTHING, Choices
from headroom.pipeline.hindsight import ANEW, LATE, Rewritten, Scene, rewritten
from headroom.pipeline.hindsight.left import members_by_home, record
from headroom.pipeline.hindsight.passes import STALE
from headroom.pipeline.hindsight.turns import turns_of
from headroom.pipeline.origin import origin
from headroom.pipeline.reduce import Means, Reduce, Setting, expects
from headroom.pipeline.seen import Seen
from headroom.pipeline.task import asked_words, tasks_before
from headroom.pipeline.texts import RAW, Texts
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
]

Made = TypeVar("Made")

# An edit that saves less is not worth a second look at the text: measured over recorded
# sessions, leaving these out costs 0.0005 of the bill, and one edit in ten.
LEAST_TOKENS_SAVED = 25
LEAST_SHARE_SAVED = 0.05
WORTH_IT_ANYWAY = 100
"""Tokens that are worth it whatever share of a long text they are."""


@dataclass(slots=True)
class _Draft:
    """What has been decided so far while the new blocks are walked in order."""

    conversation: Conversation
    known: Known
    counter: Counter
    seen: Seen
    passes: Sequence[Causal]
    choices: Choices = EVERYTHING
    reduce: Reduce | None = None
    spares_new: bool = False
    hints: Hints = field(default_factory=dict)
    embedder: Embedder | None = None
    at: int = 0
    """The block that is being decided."""
    texts: Texts = field(default_factory=Texts)
    forms: dict[int, Form] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    needs_tool: int = 0
    """Tokens that left new blocks, or would have, and that only our tool can bring back."""
    tasks: list[int] = field(default_factory=list)
    prompt_tokens: int = 0
    """Of what goes out before the block that is being decided."""

    def task(self) -> int:
        """The block that tells the task of the block that is being decided; -1 where none does."""
        if not self.tasks:
            self.tasks = tasks_before(self.conversation.blocks)
        return self.tasks[self.at]

    def earlier(self) -> Texts:
        """All texts before this block; only listed when a pass asks for them."""
        blocks = self.conversation.blocks
        for index in range(self.texts.blocks, self.at):
            form = self.forms.get(index) or self.known.forms.get(index, RAW)
            self.texts.add(blocks[index], form)
        return self.texts

    def was_reduced(self, key: str) -> bool:
        """Whether an earlier block of the same text names its original already."""
        forms = chain(self.known.forms.values(), self.forms.values())
        return any(form.original == key for form in forms)

    def index(self) -> Seen:
        """The index of all earlier texts, brought up to date."""
        texts = self.earlier()
        for number in range(self.seen.texts, len(texts)):
            source = texts.source(number)
            self.seen.add(text=source.text, sent=source.sent)
        return self.seen


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
    draft = _Draft(
        conversation,
        known,
        counter,
        seen,
        passes,
        choices,
        reduce,
        budget.spares_new,
        hints,
        embedder,
    )
    running = [(known.tokens_before, known.tokens_after)]
    fixed = sum(map(counter.count, conversation.fixed_text)) + budget.beside
    for index in range(known.decided, len(conversation.blocks)):
        before, after = running[-1]
        draft.at, draft.prompt_tokens = index, fixed + after
        form = _new(draft, conversation.blocks[index])
        running.append((before + form.tokens_before, after + form.tokens_after))
    looked = _looked_back(draft, running[-1], fixed, budget, woven)
    finished = _finished(draft, running, fixed - budget.beside, looked)
    return dataclasses.replace(finished, saved=_saved(draft, finished, fixed, budget))


def _looked_back(
    draft: _Draft,
    counts: tuple[int, int],
    fixed: int,
    budget: Budget,
    woven: Collection[int],
) -> Rewritten:
    """What hindsight makes of what was sent; nothing, if it fails."""
    scene = Scene(
        conversation=draft.conversation,
        forms={**draft.known.forms, **draft.forms},
        decided=draft.known.decided,
        fixed=fixed,
        total=fixed + counts[1],
        budget=budget,
        counter=draft.counter,
        reduce=draft.reduce,
        woven=woven,
        saved=draft.known.saved,
        swept=draft.known.swept,
        embedder=draft.embedder,
    )
    return _tried(draft, None, partial(rewritten, scene), Rewritten(swept=draft.known.swept))


def _saved(draft: _Draft, made: Plan, fixed: int, budget: Budget) -> float:
    """What the conversation has saved with this request, as far as our counts can tell."""
    known, costs = draft.known, budget.costs
    begun = known.decided > 0
    before = fixed - budget.beside + known.tokens_before if begun else 0
    direct = request_cost(before, made.tokens_before - before, costs)
    total = made.blocks_after + fixed
    after = fixed + known.tokens_after if begun else 0
    if made.rewritten and begun:
        forms = {**known.forms, **made.rewritten}
        first = min(made.rewritten)
        after = fixed + sum(
            _tokens(draft, forms, index) for index in range(min(first, known.decided))
        )
    return known.saved + direct - request_cost(min(after, total), max(total - after, 0), costs)


def _tokens(draft: _Draft, forms: Mapping[int, Form], index: int) -> int:
    form = forms.get(index)
    if form is not None:
        return form.tokens_after
    return draft.counter.count(draft.conversation.blocks[index].text)


def _counted_again(
    draft: _Draft, running: Sequence[tuple[int, int]], rewritten_forms: Mapping[int, Form]
) -> list[tuple[int, int]]:
    """The running counts, less what left blocks that had been counted in another form."""
    sent = {**draft.known.forms, **draft.forms}
    removed = {
        index: _tokens(draft, sent, index) - form.tokens_after
        for index, form in rewritten_forms.items()
    }
    decided = draft.known.decided
    gone = sum(tokens for index, tokens in removed.items() if index < decided)
    counts = []
    for place, (before, after) in enumerate(running):
        gone += removed.get(decided + place - 1, 0) if place else 0
        counts.append((before, after - gone))
    return counts


def replay(conversation: Conversation, known: Known, *, counter: Counter, failed: str) -> Plan:
    """The plan when new blocks cannot be planned: known forms stay, the rest goes raw."""
    undone = plan(conversation, known, counter=counter, passes=())
    return dataclasses.replace(undone, notes=(), failed=failed, abandoned=True)


def edits(conversation: Conversation, forms: Mapping[int, Form]) -> tuple[Edit, ...]:
    """What is to be done to the body so that these blocks go out in these forms."""
    return tuple(
        Edit(conversation.blocks[index].path, form.text, "+".join(form.by))
        for index, form in forms.items()
        if form.text is not None
    )


def removals(conversation: Conversation, forms: Mapping[int, Form]) -> tuple[Path, ...]:
    """The messages that leave the body: those of whole turns, also where they say nothing."""
    blocks = conversation.blocks
    gone = {blocks[index].turn for index, form in forms.items() if form.is_gone}
    left = (turn for turn in turns_of(blocks) if turn.number in gone) if gone else ()
    return tuple(
        (blocks[turn.blocks.start].path[0], message) for turn in left for message in turn.messages
    )


def originals(conversation: Conversation, forms: Mapping[int, Form]) -> dict[str, Original]:
    """By key, what the blocks were whose form names an original."""
    of_left = members_by_home(forms)
    return {
        form.original: _left(conversation, of_left[index], forms)
        if index in of_left
        else _original(conversation.blocks[index], form)
        for index, form in forms.items()
        if form.original
    }


def _left(
    conversation: Conversation, members: Sequence[int], forms: Mapping[int, Form]
) -> Original:
    """The turns that left, as one text."""
    text = record(conversation.blocks, members)
    turns = len({conversation.blocks[index].turn for index in members})
    return Original(text, "", sum(forms[index].tokens_before for index in members), turns, 0)


def _original(block: Block, form: Form) -> Original:
    ours = (one for one in find_markers(form.text or "") if one.key == form.original)
    marker = next(ours, None)
    units, kept = (marker.of, marker.of - marker.gone) if marker else (0, 0)
    tool = block.call.name if block.call else ""
    born = form.signature, form.eased
    return Original(block.text, tool, form.tokens_before, units, kept, *born)


def _counted(conversation: Conversation, known: Known, counter: Counter) -> Known:
    """The same, with the tokens of the decided blocks counted."""
    decided = conversation.blocks[: known.decided]
    before = sum(counter.count(block.text) for block in decided)
    saved = sum(form.tokens_before - form.tokens_after for form in known.forms.values())
    return dataclasses.replace(
        known, tokens_before=before, tokens_after=before - saved, counted=True
    )


def _new(draft: _Draft, block: Block) -> Form:
    tokens = draft.counter.count(block.text)
    form = Form(None, tokens_before=tokens, tokens_after=tokens)
    if block.editable:
        form = _shortened(draft, block, form)
    if form.text is not None:
        draft.forms[draft.at] = form
    return form


def _shortened(draft: _Draft, block: Block, raw: Form) -> Form:
    """The block's form for ever."""
    if block.call is not None and draft.choices.protects(block.call.name):
        draft.notes.append(Note(block.path, f"results of {block.call.name} are protected"))
        return raw
    facts = draft.conversation.facts
    before = Before(
        draft.index,
        draft.texts.source,
        may_refer=not (facts.may_forget or facts.server_held_history),
        origin=origin(draft.conversation.blocks, draft.at),
        without=draft.choices.without,
    )
    form = _tried(draft, block, partial(_lossless, draft, block, before, raw), raw)
    return _tried(draft, block, partial(_reduced, draft, block, before, form), form)


def _tried(draft: _Draft, block: Block | None, work: Callable[[], Made], otherwise: Made) -> Made:
    try:
        return work()
    except Exception as error:  # noqa: BLE001
        # Law 7: one compressor's bug leaves one block as it was, never a request unanswered.
        draft.failures.append(type(error).__name__)
        if block is not None:
            draft.notes.append(Note(block.path, f"a pass failed ({type(error).__name__})"))
        return otherwise


def _lossless(draft: _Draft, block: Block, before: Before, raw: Form) -> Form:
    """What the causal passes make of the block, if that is worth having."""
    text, by = _passed(draft, block.text, before)
    if not by:
        draft.notes.append(Note(block.path, "nothing to gain"))
        return raw
    tokens = draft.counter.count(text)
    saved = raw.tokens_before - tokens
    if saved < _least_saved(raw.tokens_before):
        draft.notes.append(Note(block.path, f"would save only {max(saved, 0)} tokens"))
        return raw
    return Form(text, by, tokens_before=raw.tokens_before, tokens_after=tokens)


def _reduced(draft: _Draft, block: Block, before: Before, form: Form) -> Form:
    """The form with what tells nothing left out, where originals can be had again."""
    small = form.tokens_after < draft.choices.smallest_tokens
    if draft.reduce is None or small or draft.spares_new:
        return form
    key = key_of(block.text)
    if draft.was_reduced(key):
        draft.notes.append(Note(block.path, "kept whole: it was asked for a second time"))
        return form
    # What wrote the whole text shorter writes what stays of it shorter; the others would not.
    again = dataclasses.replace(before, only=form.by)
    setting = Setting(
        key=key,
        text=screen(block.text, before.origin),
        origin=before.origin,
        words=asked_words(draft.conversation.blocks, draft.at, task=draft.task()),
        prompt_tokens=draft.prompt_tokens,
        again=lambda text: _passed(draft, text, again)[0],
        hint=draft.hints.get(draft.at, NO_HINT),
    )
    result = draft.reduce.reduce(block, form, setting, draft.counter)
    draft.needs_tool += result.needs_tool
    if result.reason:
        draft.notes.append(Note(block.path, result.reason))
    return result.form


def _least_saved(tokens: int) -> float:
    """How many of so many tokens an edit must save."""
    return max(LEAST_TOKENS_SAVED, min(LEAST_SHARE_SAVED * tokens, WORTH_IT_ANYWAY))


def _passed(draft: _Draft, text: str, before: Before) -> tuple[str, tuple[str, ...]]:
    """The text after all passes, and who changed it."""
    return passed(draft.passes, text, before, draft.counter)


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


def _finished(
    draft: _Draft, running: Sequence[tuple[int, int]], fixed: int, looked: Rewritten
) -> Plan:
    before, after = running[-1]
    conversation = draft.conversation
    sent = {**draft.known.forms, **draft.forms}
    forms = {**sent, **looked.forms}
    if looked.forms:
        running = _counted_again(draft, running, looked.forms)
        before, after = running[-1]
    return Plan(
        edits=edits(conversation, forms),
        removals=removals(conversation, forms),
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
        originals=originals(conversation, forms),
        needs_tool=draft.needs_tool,
        rewritten=looked.forms,
        rewrite=looked.rewrite,
        swept=looked.swept,
    )
