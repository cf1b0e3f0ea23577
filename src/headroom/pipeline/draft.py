"""New blocks, walked in order: each is given its form when it is first seen.

clean ▶ repeat ▶ re-encode ▶ repeat ──▶ kept if it saves tokens
still large, and originals can be had again ──▶ reduce
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TypeVar

from headroom.conversation import Block, Conversation, Form, Known, Note
from headroom.hints import NO_HINT, Hints
from headroom.marker import key_of
from headroom.pipeline.causal import Before, Causal, passed, screen
from headroom.pipeline.choices import EVERYTHING, Choices
from headroom.pipeline.origin import origin
from headroom.pipeline.reduce import Reduce, Setting
from headroom.pipeline.seen import Seen
from headroom.pipeline.task import asked_words, tasks_before
from headroom.pipeline.texts import RAW, Texts
from headroom.tokens import Counter

Made = TypeVar("Made")

# An edit that saves less is not worth a second look at the text: measured over recorded
# sessions, leaving these out costs 0.0005 of the bill, and one edit in ten.
NOTHING_TO_GAIN = "nothing to gain"
LEAST_TOKENS_SAVED = 25
LEAST_SHARE_SAVED = 0.05
WORTH_IT_ANYWAY = 100
"""Tokens that are worth it whatever share of a long text they are."""


@dataclass(slots=True)
class Draft:
    """What has been decided so far while the new blocks are walked in order."""

    conversation: Conversation
    known: Known
    counter: Counter
    seen: Seen
    passes: Sequence[Causal]
    choices: Choices = EVERYTHING
    reduce: Reduce | None = None
    """What leaves something out of them; None where nothing may be."""
    hints: Hints = field(default_factory=dict)
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

    def tried(self, block: Block | None, work: Callable[[], Made], otherwise: Made) -> Made:
        """What *work* gives; *otherwise*, if it fails at this block or at what was sent before."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001
            # Law 7: one compressor's bug leaves one block as it was, never a request unanswered.
            self.failures.append(type(error).__name__)
            if block is not None:
                self.notes.append(Note(block.path, f"a pass failed ({type(error).__name__})"))
            return otherwise

    def index(self) -> Seen:
        """The index of all earlier texts, brought up to date."""
        texts = self.earlier()
        for number in range(self.seen.texts, len(texts)):
            source = texts.source(number)
            self.seen.add(text=source.text, sent=source.sent)
        return self.seen


def decided(draft: Draft, block: Block) -> Form:
    """The form of the block that is at hand, for ever."""
    tokens = draft.counter.count(block.text)
    form = Form(None, tokens_before=tokens, tokens_after=tokens)
    if block.editable:
        form = _shortened(draft, block, form)
    if form.text is not None:
        draft.forms[draft.at] = form
    return form


def _shortened(draft: Draft, block: Block, raw: Form) -> Form:
    """The block made shorter, as far as anything may."""
    if block.call is not None and draft.choices.protects(block.call.name):
        draft.notes.append(Note(block.path, f"results of {block.call.name} are protected"))
        return raw
    before = Before(
        draft.index,
        draft.texts.source,
        may_refer=draft.conversation.facts.may_refer,
        origin=origin(draft.conversation.blocks, draft.at),
        without=draft.choices.without,
    )
    form = draft.tried(block, partial(_lossless, draft, block, before, raw), raw)
    return draft.tried(block, partial(_reduced, draft, block, before, form), form)


def _lossless(draft: Draft, block: Block, before: Before, raw: Form) -> Form:
    """What the causal passes make of the block, if that is worth having."""
    text, by = _passed(draft, block.text, before)
    if not by:
        draft.notes.append(Note(block.path, NOTHING_TO_GAIN))
        return raw
    tokens = draft.counter.count(text)
    saved = raw.tokens_before - tokens
    if saved < _least_saved(raw.tokens_before):
        draft.notes.append(Note(block.path, f"would save only {max(saved, 0)} tokens"))
        return raw
    return Form(text, by, tokens_before=raw.tokens_before, tokens_after=tokens)


def _reduced(draft: Draft, block: Block, before: Before, form: Form) -> Form:
    """The form with what tells nothing left out, where originals can be had again."""
    least = draft.choices.smallest_tokens
    if form.tokens_after < least:
        return _left(draft, block, form, f"too small: nothing leaves below {least} tokens")
    if draft.reduce is None:
        return _left(draft, block, form, "nothing may be left out here")
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


def _left(draft: Draft, block: Block, form: Form, reason: str) -> Form:
    """The form as it is; where there was nothing to gain without losing something, this is why."""
    if draft.notes and draft.notes[-1] == Note(block.path, NOTHING_TO_GAIN):
        draft.notes[-1] = Note(block.path, reason)
    return form


def _least_saved(tokens: int) -> float:
    """How many of so many tokens an edit must save."""
    return max(LEAST_TOKENS_SAVED, min(LEAST_SHARE_SAVED * tokens, WORTH_IT_ANYWAY))


def _passed(draft: Draft, text: str, before: Before) -> tuple[str, tuple[str, ...]]:
    """The text after all passes, and who changed it."""
    return passed(draft.passes, text, before, draft.counter)
