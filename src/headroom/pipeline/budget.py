"""What a request may cost and hold, as far as it is known: a value that the shell passes in."""

from __future__ import annotations

from dataclasses import dataclass

from headroom.economics import CACHED, Terms


@dataclass(frozen=True, slots=True)
class Budget:
    """How much room there is, and what a rewrite of what was sent would cost.

    *most_tokens* is what the whole request may hold, by our count; 0 where nobody knows.
    """

    terms: Terms = CACHED
    most_tokens: int = 0
    beside: int = 0
    """Tokens that are sent beside those of the client: our tool, and legs put back."""
    rewrites: bool = False
    """Whether anything that was sent may be rewritten where that is free or pays."""
    by_importance: bool = True
    """What leaves a full window first: what matters least, else what is oldest."""
    by_many_signs: bool = True
    """Whether importance is told by several signs, not by place alone."""
    shortens_first: bool = True
    """Whether texts are shortened more before whole turns leave."""


BOUNDLESS = Budget()
"""Nothing that was sent changes, and everything fits."""
