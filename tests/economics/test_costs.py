"""What a retrieval costs, and how likely it is that something is still cached."""

from __future__ import annotations

import pytest

from headroom.economics import CACHED, UNCACHED, Costs, alive_chance, retrieval_cost


@pytest.mark.parametrize(
    ("idle_s", "chance"), [(0, 1.0), (300, 1.0), (330, 0.5), (360, 0.0), (90_000, 0.0)]
)
def test_a_cache_lives_for_its_lifetime_and_a_minute_later_no_more(
    idle_s: float, chance: float
) -> None:
    assert alive_chance(idle_s, 300) == chance


def test_a_retrieval_reads_the_prompt_once_more_and_writes_what_comes() -> None:
    assert retrieval_cost(20_000, 2_000, Costs()) == pytest.approx(2_000 + 300 + 2_500)
    assert retrieval_cost(20_000, 90_000, Costs()) == pytest.approx(2_000 + 300 + 5_000)


def test_a_token_is_written_once_and_then_read_in_every_turn_to_come() -> None:
    assert CACHED.lasting == pytest.approx(1.25 + 14 * 0.1)
    assert UNCACHED.lasting == pytest.approx(15)
