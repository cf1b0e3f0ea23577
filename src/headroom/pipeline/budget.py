"""What a request may cost and hold, as far as it is known: a value that the shell passes in."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from headroom.conversation import Conversation, Known
from headroom.economics import CACHED, Costs, alive_chance

FINISHED_AFTER = 6
"""Turns of the assistant after which a result is finished where it costs nothing to say so."""
LOOKED_AT_AFTER = 1
"""And where what stands behind it must be written again."""
FILLED_AFTER = 0.5
"""Of the window: what is sent once something has left.  In windows of 64,000 tokens that joined
recorded sessions outgrow, 0.7 of it keeps no more of what is used later, and the bill is 4 to 5 %
higher (2026-11)."""
QUICK_CHARACTERS = 8_192
"""So much text is looked at again in about 2 ms."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much room there is, and what a rewrite of what was sent would cost.

    *most_tokens* is what the whole request may hold, by our count; 0 where nobody knows.
    """

    costs: Costs = CACHED
    most_tokens: int = 0
    filled_after: float = FILLED_AFTER
    """The share of it that is filled once something has left."""
    beside: int = 0
    """Tokens that are sent beside those of the client: our tool, and legs put back."""
    dear_from: int = 0
    """Tokens of a request above which all of it costs more, by our count; 0: it never does."""
    dear_factor: float = 1.0
    """How many times as much it costs then."""
    spare: float = math.inf
    """What the conversation has saved so far by the provider's own count, in uncached input
    tokens: a rewrite that pays later puts no more at stake."""
    spares_new: bool = False
    """Whether nothing is left out of new blocks."""
    rewrites: bool = False
    """Whether anything that was sent may be rewritten where that is free or pays."""
    asked_again: Mapping[str, float] = field(default_factory=dict)
    """By the signature of its shape, how often an output was asked for again, where known."""
    by_importance: bool = True
    """What leaves a full window first: what matters least, else what is oldest."""
    by_many_signs: bool = True
    """Whether importance is told by several signs, not by place alone."""
    similarity_model: str = ""
    """The model that says how near turns are to the task, for whoever opens it; none: BM25."""
    shortens_first: bool = True
    """Whether texts are shortened more before whole turns leave."""

    def looks_back(self, conversation: Conversation, known: Known) -> bool:
        """Whether much of what was sent may have to be looked at again."""
        if self.rewrites and 0 < self.dear_from < known.tokens_after:
            return True
        return self.may_overflow(conversation, known) or (
            self.rewrites and self._looked_at(conversation, known) > QUICK_CHARACTERS
        )

    def may_overflow(self, conversation: Conversation, known: Known) -> bool:
        """Whether the request may hold more than fits."""
        if not self.most_tokens:
            return False
        # No text has more tokens than characters, and tools and system about a quarter.
        uncounted = conversation.blocks[known.decided if known.counted else 0 :]
        most = sum(len(block.text) for block in uncounted)
        fixed = sum(map(len, conversation.fixed_text)) // 2
        return known.tokens_after + self.beside + fixed + most > self.most_tokens

    def _looked_at(self, conversation: Conversation, known: Known) -> int:
        """The characters of results that were sent and whose time may have come."""
        blocks, is_free = conversation.blocks[: known.decided], self.costs.is_free
        turn = conversation.blocks[-1].turn if conversation.blocks else 0
        youngest = turn - (FINISHED_AFTER if is_free else LOOKED_AT_AFTER)
        oldest, start = (0, known.swept) if is_free else (youngest, 0)
        return sum(
            len(block.text)
            for block in blocks[start:]
            if block.editable and oldest <= block.turn <= youngest
        )

    def looking_ahead(self) -> Budget:
        """The same where nothing that was sent is looked at again."""
        return dataclasses.replace(self, rewrites=False, most_tokens=0, dear_from=0)

    def after(self, idle_s: float, ttl_s: float) -> Budget:
        """The same, so long after the conversation was last sent, where its cache lives *ttl_s*."""
        costs = dataclasses.replace(self.costs, alive=alive_chance(idle_s, ttl_s))
        return dataclasses.replace(self, costs=costs)


REWRITING = Budget(rewrites=True)
"""Everything fits, and what was sent may be rewritten."""
BOUNDLESS = Budget()
"""Nothing that was sent changes, and everything fits."""
