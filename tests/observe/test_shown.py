"""How requests and sums are shown."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from headroom.observe import shown
from headroom.observe.book import Book
from headroom.observe.entry import Entry, Fresh, entry_of
from headroom.observe.spread import Spread
from headroom.observe.tally import Tally, amounts_of
from headroom.outcome import Outcome, Treated
from tests.observe.outcomes import NOON, PLANNED, planned


def tally_of(*outcomes: Outcome) -> Tally:
    tally = Tally()
    for outcome in outcomes:
        tally.take(amounts_of(entry_of(outcome)))
    return tally


def test_a_request_is_shown_by_the_same_fields_whatever_became_of_it() -> None:
    told = shown.request(entry_of(PLANNED))
    refused = shown.request(Entry("hr_9", NOON, "refused", refusal="rate_limited", status=429))

    assert list(told) == list(refused)
    assert told["timestamp"] == "2026-09-21T14:13:20.000Z"
    assert (told["tokens_saved"], told["savings_percent"], told["usage"]) == (400, 40.0, "reported")
    assert (told["cost_usd"], told["saved_usd"]) == (0.004, 0.003)
    assert (told["caller"], told["error"]) == ("0123456789ab", None)
    assert (refused["error"], refused["cost_usd"], refused["usage"]) == (
        "rate_limited",
        None,
        "none",
    )
    json.dumps([told, refused])


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (planned(status=529), "status 529"),
        (planned(verdict="cut"), "cut"),
        (planned(verdict="client_left"), "client_left"),
        (PLANNED, None),
    ],
)
def test_what_went_wrong_is_told_in_a_word(outcome: Outcome, error: str | None) -> None:
    assert shown.error(entry_of(outcome)) == error


def test_sums_tell_what_was_reported_and_apart_what_was_estimated() -> None:
    told = shown.totals(tally_of(PLANNED, planned(estimated=True), planned(verdict="cut")))

    assert (told["requests"], told["failed"], told["compressed"]) == (3, 1, 2)
    assert told["tokens"]["input"] == 1_400
    assert told["estimated"] == {
        "requests": 1,
        "input_tokens": 700,
        "output_tokens": 50,
        "priced_requests": 1,
        "actual_usd": 0.004,
        "counterfactual_usd": 0.007,
    }
    json.dumps(told)


def test_net_is_what_is_left_when_losses_are_deducted() -> None:
    told = shown.net(tally_of(PLANNED, planned(cost=Decimal("0.008"), bust="ours")))

    assert (told["actual_usd"], told["counterfactual_usd"]) == (0.012, 0.014)
    assert told["saved_usd"] == pytest.approx(0.002)
    assert (told["lost_usd"], told["saved_percent"], told["busts_of_ours"]) == (0.001, 14.29, 1)


def test_net_tells_apart_what_cache_marks_saved_that_we_set() -> None:
    told = shown.net(tally_of(PLANNED, planned(transforms=("cache_marks:blocks",))))

    assert (told["cache_marked_requests"], told["saved_by_cache_marks_usd"]) == (1, 0.005)
    assert told["saved_usd"] == 0.006


def test_waste_is_told_by_what_it_was() -> None:
    fresh = [
        Fresh("a", "records", "smart_crusher", 1, 100, 40),
        Fresh("b", "markup", "html", 1, 50, 10),
        Fresh("c", "", "clean", 1, 9, 8),
        Fresh("c", "", "clean+repeat", 1, 9, 2),
        Fresh("d", "log", "log", 1, 90, 2),
        Fresh("e", "", "", 1, 90, 90),
    ]

    found = shown.waste(fresh)

    assert found == {"json_bloat": 60, "html_noise": 40, "whitespace": 1, "repetition": 7}
    assert set(found) <= set(shown.WASTE)


def test_waste_of_all_requests_is_told_by_each_signal_that_there_is() -> None:
    entry = entry_of(
        planned(treated=(Treated(1, 1, "tool", "tool_result", "Bash", 90, 10, ("smart_crusher",)),))
    )
    book = Book()
    book.take(entry, amounts_of(entry))

    assert shown.waste_of_book(book) == {**dict.fromkeys(shown.WASTE, 0), "json_bloat": 80}


def test_a_distribution_is_shown_with_its_buckets() -> None:
    spread = Spread()
    spread.take(3)

    told = shown.spread(spread)

    assert (told["count"], told["p99"], told["min"], told["max"]) == (1, 3, 3, 3)
    assert told["buckets"][4] == [5, 1]
    assert told["buckets"][-1] == [None, 1]


def test_a_book_is_shown_by_every_name() -> None:
    book = Book()
    for outcome in (PLANNED, planned(failed="late")):
        entry = entry_of(outcome)
        book.take(entry, amounts_of(entry))

    told = shown.breakdown(book)

    assert told["by_model"]["claude-opus-4-7"]["requests"] == 2
    assert told["by_tool"]["Bash"] == {
        "blocks": 2,
        "tokens_before": 1_800,
        "tokens_after": 1_000,
        "tokens_saved": 800,
    }
    assert told["compression_failures"] == {"late": 1}
    assert shown.distributions(book)["stages_ms"]["plan"]["count"] == 2


def test_times_are_told_in_utc() -> None:
    assert (shown.second(NOON + 0.9), shown.dollars(None)) == ("2026-09-21T14:13:20Z", None)
    assert shown.percent(1, 0) == 0


def test_the_waste_of_a_book_is_that_of_its_requests() -> None:
    book = Book()
    each: dict[str, int] = {}
    for by, before in ((("smart_crusher",), 50), (("clean", "repeat"), 7), (("log",), 9), ((), 5)):
        treated = (Treated(1, 1, "tool", "tool_result", "a", before, before - 4 if by else 5, by),)
        entry = entry_of(planned(treated=treated))
        book.take(entry, amounts_of(entry))
        each |= shown.waste(entry.fresh)

    assert each == {"json_bloat": 4, "repetition": 4}
    assert {name: n for name, n in shown.waste_of_book(book).items() if n} == each
