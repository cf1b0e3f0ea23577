"""What is told of the providers' caches."""

from __future__ import annotations

from decimal import Decimal

from headroom.observe.book import Book
from headroom.observe.cache_view import prefix_cache
from headroom.outcome import Usage
from tests.observe.outcomes import planned
from tests.observe.test_session_view import book_of


def test_an_empty_session_has_every_block() -> None:
    told = prefix_cache(Book())

    assert list(told) == [
        *("by_provider", "totals", "prefix_freeze", "compression_vs_cache", "attribution"),
        *("observed_ttl_buckets", "observed_ttl_mix"),
    ]
    assert told["observed_ttl_mix"] is None
    assert "observed_ttl_mix" not in told["totals"]


def test_writes_are_told_by_the_lifetime_that_the_provider_reported() -> None:
    short = planned(usage=Usage(700, 5, cache_read_tokens=100, cache_write_5m_tokens=300))
    long = planned(usage=Usage(700, 5, cache_write_1h_tokens=100))
    told = prefix_cache(book_of(short, long))

    buckets = {"5m": {"tokens": 300, "requests": 1}, "1h": {"tokens": 100, "requests": 1}}
    mix = {"5m_pct": 75.0, "1h_pct": 25.0, "active_buckets": ["5m", "1h"]}
    assert told["observed_ttl_buckets"] == buckets
    assert told["observed_ttl_mix"] == mix
    assert told["totals"]["observed_ttl_buckets"] == buckets
    assert told["by_provider"]["anthropic"]["observed_ttl_mix"] == mix
    assert told["totals"]["cache_write_tokens"] == 400


def test_what_reads_saved_less_what_writes_cost_is_what_the_cache_came_to() -> None:
    one = planned(
        cost=Decimal("0.004"), uncached_cost=Decimal("0.009"), write_premium=Decimal("0.001")
    )
    told = prefix_cache(book_of(one))["by_provider"]["anthropic"]

    assert (told["savings_usd"], told["write_premium_usd"], told["net_savings_usd"]) == (
        0.006,
        0.001,
        0.005,
    )
    assert (told["read_discount"], told["write_premium"]) == ("90%", "25%")


def test_busts_of_ours_are_told_apart_from_those_of_others() -> None:
    told = prefix_cache(
        book_of(planned(bust="ours", missed_tokens=70), planned(bust="other", missed_tokens=30))
    )

    assert told["totals"]["bust_count"] == 2
    assert told["totals"]["bust_count_of_ours"] == 1
    assert told["totals"]["bust_write_tokens"] == 100
    assert told["compression_vs_cache"] == {
        "tokens_saved_by_compression": 800,
        "tokens_lost_to_cache_bust": 70,
        "cache_bust_count": 1,
        "net_tokens": 730,
    }


def test_a_provider_that_is_not_known_has_no_discount_told() -> None:
    told = prefix_cache(book_of(planned(provider="somebody")))["by_provider"]["somebody"]

    assert (told["read_discount"], told["write_premium"], told["label"]) == ("", "none", "somebody")
