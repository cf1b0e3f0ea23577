"""How well Headroom does, over some requests."""

from __future__ import annotations

import pytest

from headroom.observe.book import Book
from headroom.observe.effect import effect, provider_cache
from headroom.observe.entry import entry_of
from headroom.observe.shown import totals
from headroom.observe.tally import amounts_of
from tests.observe.outcomes import planned


def test_everything_is_of_the_same_requests() -> None:
    book = Book()
    for outcome in (planned(), planned(known_model="gpt-9", bust="ours", missed_tokens=30)):
        entry = entry_of(outcome)
        book.take(entry, amounts_of(entry))

    told = effect(book)

    assert told["totals"]["requests"] == 2
    assert sum(one["requests"] for one in told["by_model"].values()) == 2
    assert told["by_kind"]["log"]["tokens_after"] == 1_000
    assert told["distributions"]["overhead_ms"]["count"] == 2
    cache = told["provider_cache"]
    assert (cache["read_tokens"], cache["hit_rate_percent"]) == (800, 57.14)
    assert cache["written_tokens"] == {"5m": 400, "1h": 0, "other": 0}
    assert cache["uncached_tokens"] == 200
    assert cache["saved_usd"] == pytest.approx(0.010)
    assert cache["busts"]["ours"] == 1


def test_nothing_is_nothing() -> None:
    assert provider_cache(totals(Book().sums))["hit_rate_percent"] == 0.0
