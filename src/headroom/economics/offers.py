"""Whether a new conversation is given our tool: what it costs against what it lets leave."""

from __future__ import annotations

from dataclasses import dataclass

# A token of the tool and a token that is left out are both written once and then read with every
# later request, so no price comes into it; what is left out leaves half-way, on average.
OFFER_TOKENS = 60
LATER = 0.5
OFFER_FROM_TOKENS = 8_000
GUESSED_TOKENS, GUESS_WEIGHT = 300, 3
"""What a conversation of an unknown kind is taken to lose, and how many conversations that
guess is worth: after five that lost nothing, the tool is not offered any more."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What conversations of one kind were like: how many, and how many tokens left them by our
    tool, or would have, had it been there.

    What the agent can see again by its own means leaves without it, and is not among these.
    """

    conversations: int = 0
    tokens_left_out: int = 0


def offer_pays(fixed_tokens: int, habit: Habit, *, likely: bool) -> bool:
    """Whether a new conversation is expected to save more by our tool than the tool costs.

    *fixed_tokens* are those of its tools and system text: agents that work long and read much
    bring many.  *habit* is what such conversations have saved so far, *likely* whether their
    tools are such that often something can be left out.
    """
    if fixed_tokens < OFFER_FROM_TOKENS:
        return False
    guessed = (GUESSED_TOKENS if likely else 0) * GUESS_WEIGHT + habit.tokens_left_out
    expected = guessed / (GUESS_WEIGHT + habit.conversations)
    return LATER * expected > OFFER_TOKENS
