"""Lossy reduction of one text: what tells nothing leaves, and a marker says what and where.

Only where the original is kept and can be had again.  A text that was reduced before in the
same conversation is not reduced again: whoever asked for it a second time needs all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from headroom.compressors import COMPRESSORS, REDUCERS
from headroom.compressors.base import Ask, Reducer
from headroom.compressors.words import words_of
from headroom.conversation import Block, Form
from headroom.marker import LONGEST_TOLD, Marker, key_of
from headroom.pipeline.again import name_words, way_back
from headroom.pipeline.shrink import origin, shortest
from headroom.tokens import Counter

LARGE_TOKENS = 600
"""Below this the shortest lossless form is short enough."""
LARGEST_SHARE_KEPT = 0.7
"""Of the lossless form's tokens; a smaller gain is not worth what was left out."""
TASK_CHARACTERS = 8_000


Means = Literal["", "client", "tool"]
"""How the model can have again what is left out: not at all, by the client's own tools, or by
ours as well."""


@dataclass(frozen=True, slots=True)
class Reduce:
    """Leaves out what tells nothing, by the reducer whose kind the text is."""

    by_tool: bool = True
    """Whether the model has our tool; else only what it can see again by other means leaves."""
    reducers: Sequence[Reducer] = REDUCERS

    def reduce(
        self, block: Block, form: Form, asked: frozenset[str], counter: Counter
    ) -> tuple[Form, int]:
        """The shorter form that names an original, or *form* where that is not worth it.

        And how many tokens would have left, had the model our tool.
        """
        if block.is_error or form.tokens_after < LARGE_TOKENS:
            return form, 0
        for reducer in self.reducers:
            wish = int(reducer.usual_tokens * len(block.text) / max(form.tokens_before, 1))
            found = reducer.reduce(block.text, Ask(origin(block), asked, wish))
            if found is None:
                continue
            told = found.told
            way = "" if self.by_tool else way_back(origin(block), found.gone_lines)
            if way:
                told = f"{told[: LONGEST_TOLD - len(way) - 2]}; {way}"
            key = key_of(block.text)
            marker = Marker(found.gone, found.of, found.unit, told, key, by_tool=self.by_tool)
            text = f"{found.before}\n{marker}{found.after}"
            encoded = shortest(text, origin(block), COMPRESSORS, counter)
            text = encoded[0] if encoded else text
            tokens = counter.count(text)
            if tokens > LARGEST_SHARE_KEPT * form.tokens_after:
                continue
            if not self.by_tool and not way:
                return form, form.tokens_after - tokens
            by = (reducer.strategy,)
            return Form(text, by, form.tokens_before, tokens, original=key), 0
        return form, 0


def expects(tools: Iterable[str], reducers: Sequence[Reducer] = REDUCERS) -> bool:
    """Whether tools of these names often give text of which something can be left out."""
    words = {word for name in tools for word in name_words(name)}
    return any(words & reducer.tools for reducer in reducers)


def asked_words(blocks: Sequence[Block], at: int) -> frozenset[str]:
    """The words of the task as it stood before block *at*, and of the call that it answers."""
    task = next((b.text for b in reversed(blocks[:at]) if _is_task(b)), "")
    call = blocks[at].call
    arguments = call.arguments if call is not None else ""
    said = f"{task[-TASK_CHARACTERS:]}\n{arguments[:TASK_CHARACTERS]}"
    return frozenset(words_of(said))


def _is_task(block: Block) -> bool:
    return block.role == "user" and block.kind == "text" and not block.editable
