"""Marks are set where the premium of the write is expected to come back."""

from __future__ import annotations

import pytest

from headroom.economics import Outlook, Starts, least_cached, limits, marks_pay


@pytest.mark.parametrize(
    ("chance", "pays"),
    [
        # Read at 0.1 instead of 1, written at 1.25 instead of 1: 0.9 x chance against 0.25.
        (0.27, False),  # 0.243
        (0.28, True),  # 0.252
        (0.0, False),
        (1.0, True),
    ],
)
def test_the_saving_of_one_read_is_held_against_the_premium_of_the_write(
    chance: float, pays: bool
) -> None:
    assert marks_pay(chance) is pays


@pytest.mark.parametrize(
    ("outlook", "chance"),
    [
        (Outlook(brings_tools=True), 0.7),
        (Outlook(brings_tools=True, extracts=True), 0.0),
        (Outlook(brings_tools=False), 0.0),
        (Outlook(brings_tools=True, goes_on=True), 0.95),
        (Outlook(brings_tools=False, goes_on=True), 0.5),
        # (2 x 0.5 + 0) / (2 + 1) and / (2 + 2): a chat that is late twice is not marked again ...
        (Outlook(brings_tools=False, goes_on=True, late=1), 1 / 3),
        (Outlook(brings_tools=False, goes_on=True, late=2), 1 / 4),
        # ... until it has hurried twice: (1 + 2) / (2 + 2 + 2).
        (Outlook(brings_tools=False, goes_on=True, soon=2, late=2), 1 / 2),
        # (10 x 0.7 + 0) / (10 + 15) and / (10 + 16): of a kind that never goes on.
        (Outlook(brings_tools=True, starts=Starts(15, 0)), 0.28),
        (Outlook(brings_tools=True, starts=Starts(16, 0)), 7 / 26),
        (Outlook(brings_tools=True, starts=Starts(90, 50)), 0.57),
        (Outlook(brings_tools=False, starts=Starts(90, 50)), 0.0),
        # (2 x 0.95 + 30) / (2 + 30 + 3)
        (Outlook(brings_tools=True, goes_on=True, soon=30, late=3), 31.9 / 35),
    ],
)
def test_what_was_seen_of_a_conversation_outweighs_what_is_guessed(
    outlook: Outlook, chance: float
) -> None:
    assert outlook.chance == pytest.approx(chance)


@pytest.mark.parametrize(
    ("model", "least"),
    [
        ("claude-opus-4-6-20260301", 4096),
        ("claude-sonnet-5", 1024),
        ("claude-sonnet-5-5-20261001", 512),
        ("anthropic/claude-opus-4-7", 2048),
        ("us.anthropic.claude-haiku-4-5-v1:0", 4096),
        ("a-model-of-somebody", 1024),
        ("", 1024),
    ],
)
def test_how_much_is_cached_at_all_depends_on_the_model(model: str, least: int) -> None:
    assert least_cached(limits(model)) == least
