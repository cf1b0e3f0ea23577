"""A conversation as hindsight sees it: whole, in the forms in which it would be sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from headroom.conversation import Block, Conversation, Form
from headroom.embedding import Embedder
from headroom.marker import key_of
from headroom.pipeline.budget import Budget
from headroom.pipeline.causal import CAUSAL, Before, screen
from headroom.pipeline.hindsight.turns import Turn, turns_of
from headroom.pipeline.origin import origin
from headroom.pipeline.reduce import Reduce, Setting
from headroom.pipeline.repeat import Source, referred
from headroom.pipeline.seen import Seen
from headroom.pipeline.task import asked_words
from headroom.pipeline.texts import RAW, Texts
from headroom.tokens import Counter

NOTHING = Source("", "", "")


@dataclass
class Scene:
    """What is sent if nothing is rewritten: *forms* of all blocks, of which *decided* were sent
    before, in those forms; *fixed* tokens stand before all of them.

    *woven* are the first blocks of turns that have hidden legs; *saved* and *swept* are as in
    `Known`.
    """

    conversation: Conversation
    forms: Mapping[int, Form]
    decided: int
    fixed: int
    total: int
    budget: Budget
    counter: Counter
    reduce: Reduce | None
    woven: Collection[int] = ()
    saved: float = 0.0
    swept: int = 0
    embedder: Embedder | None = None

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks."""
        return self.conversation.blocks

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """All turns, in order."""
        return turns_of(self.blocks)

    @cached_property
    def texts(self) -> Texts:
        """All texts to which references can lead, as they are sent."""
        return Texts.of(self.conversation, self.forms)

    @cached_property
    def referrers(self) -> Mapping[int, frozenset[int]]:
        """By block, the later blocks that say "as above" of it."""
        found: dict[int, set[int]] = {}
        for index, form in self.forms.items():
            if form.text is not None and "repeat" in form.by:
                for label in referred(form.text):
                    block = self.texts.block_of(label)
                    if block is not None:
                        found.setdefault(block, set()).add(index)
        return {block: frozenset(of) for block, of in found.items()}

    @cached_property
    def asked_again(self) -> frozenset[int]:
        """The results that had come before, word for word: what is asked for twice is needed."""
        before: set[str] = set()
        found = set()
        for index, block in enumerate(self.blocks):
            if block.kind == "tool_result":
                if block.text in before:
                    found.add(index)
                before.add(block.text)
        return frozenset(found)

    def form(self, index: int) -> Form:
        """How the block is sent."""
        return self.forms.get(index, RAW)

    def tokens(self, index: int) -> int:
        """How many tokens of the block are sent."""
        form = self.forms.get(index)
        return self.size(index) if form is None else form.tokens_after

    def size(self, index: int) -> int:
        """How many tokens the block has as the client sent it."""
        form = self.forms.get(index)
        if form is not None and form.tokens_before:
            return form.tokens_before
        return self.counter.count(self.blocks[index].text)

    def tokens_between(self, start: int, end: int) -> int:
        """How many tokens of these blocks are sent."""
        return sum(map(self.tokens, range(start, end)))

    def may_change(self, index: int, *, first: int) -> bool:
        """Whether this block, from *first* on, is a tool's text that nobody refers to."""
        block = self.blocks[index]
        return (
            index >= first
            and block.editable
            and index not in self.referrers
            and self.form(index).told_by < 0
            and not (block.call is not None and self._protects(block.call.name))
        )

    def _protects(self, tool: str) -> bool:
        return self.reduce is not None and self.reduce.choices.protects(tool)

    def deeper(self, index: int, *, strength: float) -> Form | None:
        """The block with more left out, in view of what is asked now; None if little would go.

        *strength* divides the room that its kind usually has.
        """
        if self.reduce is None:
            return None
        block, sent = self.blocks[index], self.form(index)
        now = dataclasses.replace(
            sent, tokens_before=self.size(index), tokens_after=self.tokens(index), by=()
        )
        came = origin(self.blocks, index)
        choices = dataclasses.replace(
            self.reduce.choices,
            strength=self.reduce.choices.strength * strength,
            smallest_tokens=0,
        )
        setting = Setting(
            key=key_of(block.text),
            text=screen(block.text, came),
            origin=came,
            words=asked_words(self.blocks, index) | asked_words(self.blocks, len(self.blocks) - 1),
            prompt_tokens=0,
            again=lambda text: self._shorter(text, index, only=sent.by),
        )
        reducing = dataclasses.replace(self.reduce, choices=choices)
        found = reducing.reduce(block, now, setting, self.counter).form
        if found is now or not found.original:
            return None
        return dataclasses.replace(found, by=(*found.by, "late"))

    def alone(self, index: int) -> Form:
        """The block without a reference to others."""
        block, size = self.blocks[index], self.size(index)
        text = self._shorter(block.text, index, only=None)
        tokens = self.counter.count(text)
        if tokens >= size:
            return Form(None, tokens_before=size, tokens_after=size)
        return Form(text, ("alone",), size, tokens)

    def _shorter(self, text: str, index: int, only: Collection[str] | None) -> str:
        """The text in lossless encodings, *only* those of these names."""
        before = Before(
            seen=Seen,
            source_of=lambda _: NOTHING,
            may_refer=False,
            origin=origin(self.blocks, index),
            without=self.reduce.choices.without if self.reduce else (),
            only=only,
        )
        for one in CAUSAL:
            shorter = one.shorten(text, before, self.counter)
            text = shorter.text if shorter is not None and shorter.text.strip() else text
        return text
