"""Lossy reduction of one text: what tells nothing leaves, and a marker says what and where.

Only where the original is kept and can be had again, and only where that is expected to save
more than it costs.  A text that was reduced before in the same conversation is not reduced
again: whoever asked for it a second time needs all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from headroom.compressors import REDUCERS
from headroom.compressors.base import Ask, Origin, Reduced, Reducer
from headroom.conversation import Block, Form
from headroom.economics import leaving_out_pays, still_pays
from headroom.hints import NO_HINT, Hint
from headroom.marker import LONGEST_TOLD, Marker
from headroom.pipeline.again import name_words, way_back
from headroom.pipeline.choices import EVERYTHING, Choices
from headroom.pipeline.whole import PRECISE, names_one, why_whole
from headroom.tokens import Counter

LARGEST_SHARE_KEPT = 0.85
"""Of the lossless form's tokens; a smaller gain is not worth what was left out."""

LEFT_ALONE = "kept whole: such results are asked for again too often"

CODE = "code"
"""The kind by which files of source are left as they are, in whatever language."""

Means = Literal["", "client", "tool"]
"""How the model can have again what is left out: not at all, by the client's own tools, or by
ours as well."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A block and where it stands: what made it, what is asked, the prompt before it, in tokens.

    *key* is that of its own text, *text* what the screen shows of it.  *again* writes a text
    without losing anything, as short as it gets.  *hint* is what was learned of such texts.
    """

    key: str
    text: str
    origin: Origin
    words: frozenset[str]
    prompt_tokens: int
    again: Callable[[str], str]
    hint: Hint = NO_HINT


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a block: its form, or why it lost nothing.

    *needs_tool* is how many tokens left, or would have, that only our tool can bring back.
    """

    form: Form
    reason: str = ""
    needs_tool: int = 0


@dataclass(frozen=True, slots=True)
class Reduce:
    """Leaves out what tells nothing, by the reducer whose kind the text is."""

    by_tool: bool = True
    """Whether the model has our tool; else only what it can see again by other means leaves."""
    choices: Choices = EVERYTHING
    reducers: Sequence[Reducer] = REDUCERS

    def reduce(self, block: Block, form: Form, setting: Setting, counter: Counter) -> Result:
        """The shorter form that names an original, or *form* where that is not worth it."""
        if not self.choices.strength:
            return Result(form)
        whole = why_whole(block, setting.origin)
        if whole:
            return Result(form, f"kept whole: {whole}")
        for reducer in self.reducers:
            found = reducer.reduce(setting.text, self._ask(reducer, block, form, setting))
            if found is None:
                continue
            if reducer.kind in self.choices.without:
                return Result(form, f"{reducer.kind} is left as it is")
            if not found.gone:
                return Result(form, f"nothing in this {reducer.kind} says too little")
            return self._tried(form, setting, reducer, found, counter)
        return Result(form, "short enough")

    def _ask(self, reducer: Reducer, block: Block, form: Form, setting: Setting) -> Ask:
        tokens = self.choices.room(reducer.usual_tokens, form.tokens_before)
        source = self.choices.room(self.choices.source_tokens, form.tokens_before)
        if names_one(block.call):
            tokens = int(tokens * PRECISE)
        hint = setting.hint
        tokens, source = int(tokens * hint.room), int(source * hint.room)
        if CODE in self.choices.without:
            source = form.tokens_before
        # Its own tokens tell how long they are in this text.
        length = len(block.text) / max(form.tokens_before, 1)
        rooms = int(tokens * length), int(source * length)
        return Ask(setting.origin, setting.words, *rooms, frozenset(hint.fields))

    def _tried(
        self, form: Form, setting: Setting, reducer: Reducer, found: Reduced, counter: Counter
    ) -> Result:
        told = found.told
        way = way_back(setting.origin, found.gone_lines)
        if way and not self.by_tool:
            told = f"{told[: LONGEST_TOLD - len(way) - 2]}; {way}"
        marker = Marker(found.gone, found.of, found.unit, told, setting.key, by_tool=self.by_tool)
        text = f"{setting.again(found.before)}\n{marker}{found.after}"
        tokens = counter.count(text)
        gone = form.tokens_after - tokens
        if tokens > LARGEST_SHARE_KEPT * form.tokens_after:
            return Result(form, f"leaving something out would save only {max(gone, 0)} tokens")
        if not leaving_out_pays(
            gone,
            prompt_tokens=setting.prompt_tokens,
            original_tokens=form.tokens_before,
            asked_back=reducer.asked_back,
        ):
            return Result(form, f"leaving out {gone} tokens would not pay")
        hint = setting.hint
        if hint.asking and not still_pays(
            gone,
            tokens,
            prompt_tokens=setting.prompt_tokens,
            regret=hint.regret,
            asking=hint.asking,
        ):
            return Result(form, LEFT_ALONE)
        needs_tool = 0 if way else gone
        if needs_tool and not self.by_tool:
            return Result(form, "kept whole: it could not be had again", needs_tool)
        by = (reducer.strategy,)
        before = form.tokens_before
        cut = Form(
            text, by, before, tokens, setting.key, signature=hint.signature, eased=hint.eases
        )
        return Result(cut, needs_tool=needs_tool)


def expects(tools: Iterable[str], reducers: Sequence[Reducer] = REDUCERS) -> bool:
    """Whether tools of these names often give text of which something can be left out."""
    words = {word for name in tools for word in name_words(name)}
    return any(words & reducer.tools for reducer in reducers)
