"""Sums by every name that something is looked at by."""

from __future__ import annotations

import msgspec
import pytest

from headroom.observe.book import (
    ANY_KIND,
    MOST_NAMES,
    NO_TOOL,
    UNCHANGED,
    Book,
    Share,
    bounded,
    named,
)
from headroom.observe.entry import OTHER, entry_of
from headroom.observe.tally import amounts_of
from headroom.outcome import Outcome, Treated, Usage
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


def test_shares_are_of_the_requests_that_are_counted_as_shorter() -> None:
    book = book_of(PLANNED, *(planned(verdict="client_left") for _ in range(3)))

    assert book.sums.of("compressed") == 1
    assert book.reduction_sum == pytest.approx(0.4)


def test_what_is_sent_by_somebody_else_is_in_the_sums_alone() -> None:
    book = book_of(planned(verdict="compressed", usage=None))

    assert book.sums.of("compress_calls") == 1
    assert (book.models, book.total.count, book.reduction_sum) == ({}, 0, 0)


def test_why_compression_failed_is_counted() -> None:
    assert book_of(planned(failed="late"), planned(failed="late")).failures == {"late": 2}


def test_refusals_are_counted_by_their_word() -> None:
    refused = [planned(verdict="refused", refusal=word) for word in ("rate_limited", "too_large")]

    assert book_of(*refused, *refused, PLANNED).refusals == {"rate_limited": 2, "too_large": 2}


def test_waste_is_summed_by_what_it_was() -> None:
    treated = tuple(
        Treated(1, 1, "tool", "tool_result", "Bash", before, 100, by)
        for before, by in ((900, ("smart_crusher",)), (150, ("clean",)), (100, ()))
    )

    assert book_of(planned(treated=treated)).waste == {"json_bloat": 800, "whitespace": 50}


def test_websockets_are_told_apart_from_requests() -> None:
    socket = planned(verdict="relayed", status=101, total_ms=3_600_000.0, first_byte_ms=0.0)

    book = book_of(PLANNED, socket, planned(status=403, verdict="refused"))

    assert (book.total.count, book.total.most) == (2, 900.0)
    assert (book.sockets.count, book.sockets.sum) == (1, 3_600_000.0)


def test_what_the_providers_cache_gave_is_spread_where_it_gave_anything() -> None:
    book = book_of(PLANNED, planned(usage=Usage(700, 50)))

    assert (book.read_tokens.count, book.read_tokens.sum) == (1, 400)
    assert (book.written_tokens.count, book.written_tokens.sum) == (1, 200)


def test_it_is_kept_as_it_is() -> None:
    book = book_of(PLANNED)

    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(book), type=Book)

    assert kept == book
    kept.take(entry_of(PLANNED), amounts_of(entry_of(PLANNED)))
    assert kept.sums.of("requests") == 2


def test_books_of_different_requests_add_up_to_the_book_of_all() -> None:
    one = [PLANNED, planned(verdict="relayed", failed="late", total_ms=7.0)]
    other = [
        planned(known_model="gpt-9", provider="openai", tokens_after=10, overhead_ms=0.5),
        planned(status=500, treated=(), usage=None, first_byte_ms=9_000.0, at=NOON + 5),
        planned(verdict="refused", refusal="over_budget", at=NOON + 6),
    ]
    together = book_of(*one)

    together.add(book_of(*other))
    together.add(Book())

    wanted = book_of(*one, *other)
    assert together.reduction_sum == pytest.approx(wanted.reduction_sum)
    together.reduction_sum = wanted.reduction_sum
    assert msgspec.to_builtins(together) == msgspec.to_builtins(wanted)


def test_S4_books_that_are_added_up_hold_so_many_names_at_most() -> None:
    full = Book(tools={f"tool {i}": Share(1, 2, 1) for i in range(MOST_NAMES)})

    full.add(Book(tools={"one more": Share(1, 2, 1), "tool 7": Share(1, 2, 1)}))

    assert len(full.tools) == MOST_NAMES + 1
    assert full.tools["tool 7"] == Share(2, 4, 2)
    assert full.tools[OTHER] == Share(1, 2, 1)


def test_what_became_shorter_by_no_kind_is_told_apart_from_what_stayed() -> None:
    repeated = Treated(3, 1, "tool", "tool_result", "Bash", 900, 10, ("clean", "repeat"))

    book = book_of(planned(treated=(repeated, PLANNED.treated[1])))

    assert book.kinds == {ANY_KIND: Share(1, 900, 10), UNCHANGED: Share(1, 20, 20)}


def test_what_an_earlier_build_kept_is_read() -> None:
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(book_of(PLANNED)))[:-5]

    book = msgspec.msgpack.decode(msgspec.msgpack.encode(kept), type=Book)

    assert book.sums.of("requests") == 1
    assert (book.refusals, book.sockets.count) == ({}, 0)


def test_what_was_left_alone_is_summed_by_why() -> None:
    blocks = (
        Treated(1, 1, "tool", "tool_result", "Read", 90, 90, reason="too small: below 400"),
        Treated(2, 1, "tool", "tool_result", "Bash", 60, 60, reason="too small: below 400"),
        Treated(3, 1, "tool", "tool_result", "Bash", 900, 100, ("log",)),
    )
    book = Book()

    for entry in (entry_of(planned(treated=blocks)), entry_of(planned(treated=blocks[:1]))):
        book.take(entry, amounts_of(entry))

    assert book.causes == {"small": Share(3, 240, 240)}
