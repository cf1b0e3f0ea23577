"""A conversation as hindsight sees it: whole, in the forms in which it would be sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from headroom.conversation import Block, Conversation, Form
from headroom.embedding import Embedder
from headroom.marker import key_of
from headroom.pipeline.budget import Budget
from headroom.pipeline.causal import CAUSAL, Before, passed, screen
from headroom.pipeline.hindsight.file_uses import FileUses
from headroom.pipeline.hindsight.turns import Turn, turns_of
from headroom.pipeline.origin import origin
from headroom.pipeline.reduce import Reduce, Setting
from headroom.pipeline.repeat import Source, SourceOf, referred
from headroom.pipeline.seen import Seen
from headroom.pipeline.task import asked_words, tasks_before
from headroom.pipeline.texts import RAW, Texts
from headroom.tokens import Counter

NOTHING = Source("", "", "")

LATE, ANEW = "late", "anew"
"""What the names in a form's `by` say of it: shortened more when it had been sent; written again
because what it said "as above" of has left, or is counted otherwise."""


@dataclass(frozen=True, slots=True)
class Above:
    """All texts that stand before a block: their index, made when it is needed, and they."""

    seen: Callable[[], Seen]
    source_of: SourceOf


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
    def to_stake(self) -> float:
        """What a rewrite that pays later may cost if it does not, in uncached input tokens."""
        return min(self.saved, self.budget.spare)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks."""
        return self.conversation.blocks

    @property
    def first_free(self) -> int:
        """The first block that may change where nothing else fits: behind what thinking is
        bound to if the provider would refuse the request otherwise.
        """
        facts = self.conversation.facts
        return facts.thinks_until if facts.binding == "refused" else 0

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """All turns, in order."""
        return turns_of(self.blocks)

    @cached_property
    def texts(self) -> Texts:
        """All texts to which references can lead, as they are sent."""
        return Texts.of(self.conversation, self.forms)

    @cached_property
    def files(self) -> FileUses:
        """Where files are read and changed."""
        return FileUses(self.blocks, self.forms)

    @cached_property
    def references(self) -> Mapping[int, frozenset[int]]:
        """By block that says "as above", the earlier blocks of which it says that."""
        found = {}
        for index, form in self.forms.items():
            labels = referred(form.text) if form.text is not None else ()
            blocks = {self.texts.block_of(label) for label in labels}
            above = frozenset(block for block in blocks if block is not None and block < index)
            if above:
                found[index] = above
        return found

    @cached_property
    def referred(self) -> frozenset[int]:
        """The blocks of which later ones say "as above"."""
        return frozenset[int]().union(*self.references.values())

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

    def may_change(self, index: int, *, first: int) -> bool:
        """Whether this block, from *first* on, is a tool's text that nobody refers to."""
        return (
            index >= first
            and self.blocks[index].editable
            and self.form(index).told_by < 0
            and not self.protects(index)
            and index not in self.referred
        )

    def protects(self, index: int) -> bool:
        """Whether this is a result of a tool whose results stay as they are."""
        call = self.blocks[index].call
        return (
            self.reduce is not None and call is not None and self.reduce.choices.protects(call.name)
        )

    def deeper(self, index: int, *, strength: float) -> Form | None:
        """The block with more left out, in view of what is asked now; None if little would go.

        *strength* divides the room that its kind usually has.
        """
        sent = self.form(index)
        now = dataclasses.replace(
            sent, tokens_before=self.size(index), tokens_after=self.tokens(index), by=()
        )
        alone = self._before(index, None, only=sent.by)
        words = self._asked(index) | self._asked_now
        found = self._reduced(index, now, alone, words, strength=strength)
        if found is now or not found.original:
            return None
        # Its shape is what it was, and whoever asks for it teaches the same.
        return dataclasses.replace(
            found, by=(*found.by, LATE), signature=sent.signature, eased=sent.eased
        )

    def anew(self, index: int, above: Above) -> Form:
        """The block as if it were new and stood behind *above*.

        What had something left out has again.
        """
        size = self.size(index)
        before = self._before(index, above, only=None)
        text, by = passed(CAUSAL, self.blocks[index].text, before, self.counter)
        tokens = self.counter.count(text)
        is_shorter = bool(by) and tokens < size
        form = Form(text, by, size, tokens) if is_shorter else Form(None, (), size, size)
        if self.form(index).original:
            again = dataclasses.replace(before, only=form.by)
            form = self._reduced(index, form, again, self._asked(index), strength=1.0)
        return dataclasses.replace(form, by=(*form.by, ANEW))

    @cached_property
    def _asked_now(self) -> frozenset[str]:
        return self._asked(len(self.blocks) - 1)

    @cached_property
    def _tasks(self) -> list[int]:
        return tasks_before(self.blocks)

    def _asked(self, index: int) -> frozenset[str]:
        return asked_words(self.blocks, index, task=self._tasks[index])

    def _reduced(
        self, index: int, now: Form, before: Before, words: frozenset[str], *, strength: float
    ) -> Form:
        """*now* with more left out; itself, if that is not worth it."""
        if self.reduce is None:
            return now
        block, choices = self.blocks[index], self.reduce.choices
        choices = dataclasses.replace(
            choices, strength=choices.strength * strength, smallest_tokens=0
        )
        setting = Setting(
            key=key_of(block.text),
            text=screen(block.text, before.origin),
            origin=before.origin,
            words=words,
            prompt_tokens=0,
            again=lambda text: passed(CAUSAL, text, before, self.counter)[0],
        )
        reducing = dataclasses.replace(self.reduce, choices=choices)
        return reducing.reduce(block, now, setting, self.counter).form

    def _before(self, index: int, above: Above | None, *, only: Collection[str] | None) -> Before:
        """What the block may refer to, if there is any *above*, and which encodings are tried."""
        return Before(
            seen=above.seen if above is not None else Seen,
            source_of=above.source_of if above is not None else lambda _: NOTHING,
            may_refer=above is not None and self.conversation.facts.may_refer,
            origin=origin(self.blocks, index),
            without=self.reduce.choices.without if self.reduce else (),
            only=only,
        )
