"""Sums by every name that something is looked at by."""

from __future__ import annotations

import msgspec
import pytest

from headroom.observe.book import MOST_NAMES, NO_TOOL, UNCHANGED, Book, Share, bounded, named
from headroom.observe.entry import OTHER, entry_of
from headroom.observe.tally import amounts_of
from headroom.outcome import Outcome
from tests.observe.outcomes import NOON, PLANNED, planned


def book_of(*outcomes: Outcome) -> Book:
    book = Book()
    for outcome in outcomes:
        entry = entry_of(outcome)
        book.take(entry, amounts_of(entry))
    return book


def test_a_request_counts_under_each_of_its_names() -> None:
    book = book_of(PLANNED, planned(known_model="gpt-9", provider="openai"))

    assert book.sums.of("requests") == 2
    assert [name for name, _ in named(book.models)] == ["claude-opus-4-7", "gpt-9"]
    assert [tally.of("input") for _, tally in named(book.providers)] == [700, 700]
    assert book.tools == {"Bash": Share(2, 1_800, 1_000), NO_TOOL: Share(2, 40, 40)}
    assert book.kinds == {"log": Share(2, 1_800, 1_000), UNCHANGED: Share(2, 40, 40)}
    assert book.strategies == {"clean+log": Share(2, 1_800, 1_000), UNCHANGED: Share(2, 40, 40)}
    assert book.transforms == {"router:log": 2}
    assert (book.first_at, book.last_at) == (NOON, NOON)


def test_S4_models_without_a_price_are_told_together() -> None:
    book = book_of(*(planned(model=f"made-up-{i}", known_model="") for i in range(3)))

    assert [(name, tally.of("requests")) for name, tally in named(book.models)] == [(OTHER, 3)]


def test_S4_there_are_so_many_names_at_most() -> None:
    table = {f"tool {i}": 0 for i in range(MOST_NAMES)}

    assert bounded(table, "tool 7") == "tool 7"
    assert bounded(table, "one more") == OTHER


def test_times_are_spread_overhead_only_where_something_was_planned() -> None:
    book = book_of(PLANNED, planned(verdict="relayed"), planned(verdict="refused"))

    assert (book.total.count, book.overhead.count, book.first_byte.count) == (3, 1, 2)
    assert book.stages["plan"].sum == 1.0
    assert book.prompt_tokens.sum == 3 * 700


def test_how_much_shorter_requests_became_is_told() -> None:
    book = book_of(PLANNED, planned(tokens_after=100), planned(tokens_after=1_000))

    assert (book.reduction_best, book.reduction_sum) == pytest.approx((0.9, 1.3))


def test_why_compression_failed_is_counted() -> None:
    assert book_of(planned(failed="late"), planned(failed="late")).failures == {"late": 2}


def test_it_is_kept_as_it_is() -> None:
    book = book_of(PLANNED)

    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(book), type=Book)

    assert kept == book
    kept.take(entry_of(PLANNED), amounts_of(entry_of(PLANNED)))
    assert kept.sums.of("requests") == 2
