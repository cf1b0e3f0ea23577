"""From a conversation and its known forms to a plan of edits.

    known forms ──▶ replayed as they are
    new blocks  ──▶ clean ▶ repeat ▶ re-encode ▶ repeat ──▶ kept if it saves tokens

Pure: the same conversation and the same known forms give the same plan, anywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from headroom.conversation import Block, Conversation, Edit, Form, Known, Note, Plan
from headroom.pipeline.causal import CAUSAL, Before, Causal
from headroom.pipeline.repeat import Seen
from headroom.pipeline.texts import Texts
from headroom.tokens import Counter

__all__ = ["Seen", "Texts", "edits", "plan", "replay"]

# An edit that saves less is not worth a second look at the text.
LEAST_TOKENS_SAVED = 10
LEAST_SHARE_SAVED = 0.02


@dataclass(slots=True)
class _Draft:
    """What has been decided so far while the blocks are walked in order."""

    counter: Counter
    seen: Seen
    may_refer: bool
    passes: Sequence[Causal]
    texts: Texts = field(default_factory=Texts)
    forms: dict[int, Form] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    transforms: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def index(self) -> Seen:
        """The index of all earlier texts, brought up to date."""
        for number in range(self.seen.texts, len(self.texts)):
            source = self.texts.source(number)
            self.seen.add(text=source.text, sent=source.sent)
        return self.seen


def plan(
    conversation: Conversation,
    known: Known,
    *,
    counter: Counter,
    seen: Seen | None = None,
    passes: Sequence[Causal] = CAUSAL,
) -> Plan:
    """What to do to this conversation: replay what is decided, shorten what is new.

    *seen*, when given, is an index of the first texts of this very conversation; it is
    brought up to date when it is needed.
    """
    facts = conversation.facts
    draft = _Draft(
        counter=counter,
        seen=seen if seen is not None else Seen(),
        may_refer=not (facts.may_forget or facts.server_held_history),
        passes=passes,
    )
    known = known if known.counted else _counted(conversation, known, counter)
    before, after = known.tokens_before, known.tokens_after
    for index, block in enumerate(conversation.blocks):
        if index < known.decided:
            form = _decided(draft, known, index)
        else:
            form = _new(draft, block, index)
            before += form.tokens_before
            after += form.tokens_after
        draft.texts.add(block, form)
    return _finished(draft, conversation, known, before, after)


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


def _counted(conversation: Conversation, known: Known, counter: Counter) -> Known:
    """The same, with the tokens of the decided blocks counted."""
    decided = conversation.blocks[: known.decided]
    before = sum(counter.count(block.text) for block in decided)
    saved = sum(form.tokens_before - form.tokens_after for form in known.forms.values())
    return Known(known.decided, known.forms, before, before - saved, counted=True)


def _decided(draft: _Draft, known: Known, index: int) -> Form:
    form = known.forms.get(index)
    if form is None or form.text is None:
        return Form(None)
    draft.transforms.append(_label(form))
    return form


def _new(draft: _Draft, block: Block, index: int) -> Form:
    tokens = draft.counter.count(block.text)
    raw = Form(None, tokens_before=tokens, tokens_after=tokens)
    if not block.editable:
        return raw
    form = _shortened(draft, block, raw)
    if form.text is None:
        return form
    draft.forms[index] = form
    draft.transforms.append(_label(form))
    return form


def _shortened(draft: _Draft, block: Block, raw: Form) -> Form:
    """The block's form for ever: what the passes make of it, if that is worth having."""
    before = Before(draft.index, draft.texts.source, may_refer=draft.may_refer)
    try:
        text, by = _passed(draft, block, before)
    except Exception as error:  # noqa: BLE001
        # Law 7: one compressor's bug leaves one block as it was, never a request unanswered.
        draft.failures.append(type(error).__name__)
        draft.notes.append(Note(block.path, f"a pass failed ({type(error).__name__})"))
        return raw
    if not by:
        draft.notes.append(Note(block.path, "nothing to gain"))
        return raw
    tokens = draft.counter.count(text)
    saved = raw.tokens_before - tokens
    if saved < max(LEAST_TOKENS_SAVED, LEAST_SHARE_SAVED * raw.tokens_before):
        draft.notes.append(Note(block.path, f"would save only {max(saved, 0)} tokens"))
        return raw
    return Form(text, by, tokens_before=raw.tokens_before, tokens_after=tokens)


def _passed(draft: _Draft, block: Block, before: Before) -> tuple[str, tuple[str, ...]]:
    """The text after all passes, and who changed it."""
    text = block.text
    by: list[str] = []
    for one in draft.passes:
        shorter = one.shorten(text, block, before, draft.counter)
        if shorter is not None and shorter.text.strip():
            text = shorter.text
            by.append(shorter.by)
    return text, tuple(by)


def _label(form: Form) -> str:
    """`router:<strategy>:<ratio>`, by the strategy that shaped the text most."""
    encoders = [by for by in form.by if by not in ("clean", "repeat")]
    ratio = form.tokens_after / max(form.tokens_before, 1)
    return f"router:{(encoders or list(form.by))[-1]}:{ratio:.2f}"


def _finished(
    draft: _Draft, conversation: Conversation, known: Known, before: int, after: int
) -> Plan:
    fixed = sum(draft.counter.count(text) for text in conversation.fixed_text)
    return Plan(
        edits=edits(conversation, {**known.forms, **draft.forms}),
        forms=draft.forms,
        notes=tuple(draft.notes),
        tokens_before=before + fixed,
        tokens_after=after + fixed,
        blocks_before=before,
        blocks_after=after,
        transforms=tuple(draft.transforms),
        failed=", ".join(dict.fromkeys(draft.failures)),
    )
