"""Sums by measure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from headroom.observe.entry import entry_of
from headroom.observe.tally import MEASURES, Tally, amounts_of
from headroom.outcome import Usage
from tests.observe.outcomes import planned


def tally_of(**changed: Any) -> Tally:
    tally = Tally()
    tally.take(amounts_of(entry_of(planned(**changed))))
    return tally


def nonzero(tally: Tally) -> dict[str, int]:
    return {name: tally.of(name) for name in MEASURES if tally.of(name)}


def test_a_planned_request_adds_what_was_reported_of_it() -> None:
    assert nonzero(tally_of()) == {
        "requests": 1,
        "planned": 1,
        "compressed": 1,
        "streaming": 1,
        "reported": 1,
        "tokens_before": 1_000,
        "tokens_after": 600,
        "tokens_saved": 400,
        "input": 700,
        "output": 50,
        "read": 400,
        "written_5m": 200,
        "uncached": 100,
        "read_requests": 1,
        "written_5m_requests": 1,
        "cached_by_provider": 1,
        "priced": 1,
        "cost": 4_000_000,
        "direct_cost": 7_000_000,
        "gained": 3_000_000,
        "input_cost": 3_000_000,
        "uncached_cost": 9_000_000,
        "units": 600_500,
        "direct_units": 1_000_000,
        "fresh_blocks": 2,
        "fresh_before": 920,
        "fresh_after": 520,
        "cut_before": 900,
        "cut_after": 500,
        "counted": 1,
    }


def test_what_came_dearer_is_lost_and_deducted() -> None:
    tally = tally_of(cost=Decimal("0.009"))

    assert (tally.of("gained"), tally.of("lost"), tally.of("dearer")) == (0, 2_000_000, 1)
    assert tally.saved == -2_000_000


def test_what_caching_saved_that_we_asked_for_is_told_apart() -> None:
    marked = ("cache_marks:auto", "router:log:0.21")
    tally = tally_of(transforms=marked)
    nothing_read = tally_of(transforms=marked, cost=Decimal("0.010"), direct_cost=Decimal("0.009"))

    assert (tally.of("marked"), tally.saved_by_marks) == (1, 5_000_000)
    assert nothing_read.saved_by_marks == -1_000_000
    assert tally_of().saved_by_marks == 0
    assert tally_of(transforms=marked, estimated=True).of("marked") == 0


def test_our_own_count_is_added_up_apart() -> None:
    tally = tally_of(estimated=True)

    assert (tally.of("input"), tally.of("cost"), tally.of("reported")) == (0, 0, 0)
    assert (tally.of("estimated"), tally.of("estimated_input")) == (1, 700)
    assert (tally.of("estimated_cost"), tally.of("estimated_direct_cost")) == (4_000_000, 7_000_000)
    assert tally.of("tokens_saved") == 400


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"verdict": "refused", "status": 429, "refusal": "rate_limited"}, "rate_limited"),
        ({"verdict": "refused", "status": 429, "refusal": "over_budget"}, "over_budget"),
        ({"verdict": "upstream_failed", "status": 502}, "upstream_failed"),
        ({"verdict": "cached", "cache": "hit"}, "stored_hits"),
        ({"status": 529}, "provider_errors"),
        ({"failed": "late"}, "compression_failed"),
        ({"bust": "ours", "missed_tokens": 9}, "busts"),
        ({"bust": "other", "missed_tokens": 9}, "other_busts"),
        ({"guessed_price": True}, "dearest"),
        ({"cost": None}, "unpriced"),
        ({"legs": 2}, "retrieving"),
        ({"tokens_after": 1_000}, "uncompressed"),
        ({"verdict": "client_left"}, "counted"),
    ],
)
def test_each_kind_of_request_has_its_measure(changed: dict[str, Any], expected: str) -> None:
    assert tally_of(**changed).of(expected) == 1


@pytest.mark.parametrize("verdict", ["stopped", "client_left", "refused", "upstream_failed"])
def test_what_we_said_instead_of_the_provider_is_no_error_of_its(verdict: str) -> None:
    assert tally_of(verdict=verdict, status=503).of("provider_errors") == 0


def test_tokens_that_were_missed_in_the_cache_are_told_by_whose_doing_it_was() -> None:
    assert tally_of(bust="ours", missed_tokens=9).of("bust_tokens") == 9
    assert tally_of(bust="other", missed_tokens=9).of("missed") == 9
    assert tally_of(missed_tokens=9).of("missed") == 0


def test_what_was_made_shorter_for_somebody_else_to_send_is_told_apart() -> None:
    asked = tally_of(verdict="compressed", usage=None, cost=None)

    assert nonzero(asked) == {
        "compress_calls": 1,
        "compress_before": 1_000,
        "compress_after": 600,
    }


def test_a_verdict_that_a_later_version_knows_is_a_request_all_the_same() -> None:
    tally = tally_of(verdict="beamed", usage=None)

    assert tally.of("requests") == 1


def test_an_older_tally_is_read_with_the_measures_that_came_later() -> None:
    tally = Tally([5, 2])
    tally.add(Tally([1]))

    assert len(tally) == len(MEASURES)
    assert (tally.of("requests"), tally.of("planned"), tally.of("stored_misses")) == (6, 2, 0)
    assert len(set(MEASURES)) == len(MEASURES)


def test_what_no_measure_knows_was_written_is_written() -> None:
    tally = tally_of(usage=Usage(9, 0, 0, 1, 2, 3))

    assert tally.written == 6
