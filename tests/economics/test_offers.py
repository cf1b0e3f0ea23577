"""Our tool is given where it is expected to pay."""

from __future__ import annotations

import pytest

from headroom.economics import OFFER_FROM_TOKENS, Habit, offer_pays


@pytest.mark.parametrize(
    ("habit", "likely", "pays"),
    [
        # Guessed, three conversations of 300 tokens: 0.5 x 300 = 150, more than 60.
        (Habit(), True, True),
        (Habit(), False, False),
        # 0.5 x 900 / 7 = 64; 0.5 x 900 / 8 = 56.
        (Habit(conversations=4), True, True),
        (Habit(conversations=5), True, False),
        # 0.5 x (0 + 1 000) / 4 = 125.
        (Habit(conversations=1, tokens_left_out=1_000), False, True),
    ],
)
def test_what_such_conversations_lost_so_far_decides(
    habit: Habit, likely: bool, pays: bool
) -> None:
    assert offer_pays(OFFER_FROM_TOKENS, habit, likely=likely) is pays


def test_agents_with_few_tools_are_not_given_another() -> None:
    assert not offer_pays(OFFER_FROM_TOKENS - 1, Habit(1, 100_000), likely=True)
