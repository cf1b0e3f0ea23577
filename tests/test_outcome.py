from __future__ import annotations

from decimal import Decimal

from headroom.outcome import STANDARD, Outcome, Terms, Usage


def test_usage_of_several_legs_is_added_up() -> None:
    one = Usage(1, 2, 3, 4, 5, 6)

    assert one + Usage(10, 20, 30, 40, 50, 60) == Usage(11, 22, 33, 44, 55, 66)
    assert sum((one, one), Usage()) == Usage(2, 4, 6, 8, 10, 12)


def test_what_was_saved_is_known_where_both_costs_are() -> None:
    both = Outcome("1", "planned", cost=Decimal(1), direct_cost=Decimal(3))

    assert both.saved == 2
    assert Outcome("1", "planned", cost=Decimal(1)).saved is None


def test_terms_are_those_words_that_change_a_price() -> None:
    said = Terms.of({"service_tier": "priority", "speed": "fast", "inference_geo": "us"})

    assert list(said.told()) == ["priority", "fast", "us"]
    assert (
        Terms.of({"service_tier": "default", "speed": "standard", "inference_geo": "global"})
        == STANDARD
    )
    assert (
        Terms.of({"service_tier": ["priority"], "speed": None, "inference_geo": 3}, {}) == STANDARD
    )


def test_what_was_neither_read_nor_written_is_told_by_the_rest() -> None:
    used = Usage(
        input_tokens=100,
        cache_read_tokens=40,
        cache_write_5m_tokens=20,
        cache_write_1h_tokens=10,
        cache_write_other_tokens=5,
    )

    assert used.uncached_tokens == 25
