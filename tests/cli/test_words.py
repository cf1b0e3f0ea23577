"""Amounts in words."""

from __future__ import annotations

import pytest

from headroom.cli import words


@pytest.mark.parametrize(
    ("dollars", "said"),
    [
        (None, "–"),
        (0.0, "$0.00"),
        (0.00421, "$0.0042"),
        (1234.5, "$1,234.50"),
        (-0.5, "-$0.5000"),
        (0.000002, "<$0.0001"),
        (-0.000002, "-<$0.0001"),
    ],
)
def test_money_is_told_so_that_small_amounts_show(dollars: float | None, said: str) -> None:
    assert words.money(dollars) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59, "59 s"), (61, "1 min"), (7_999, "2 h 13 min"), (273_700, "3 d 4 h")],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"), [(17, "17 B"), (12_345, "12.3 kB"), (3 * 10**16, "30000.0 TB")]
)
def test_a_size_is_told_in_its_unit(number: int, said: str) -> None:
    assert words.size(number) == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(100, 69, "-31.0 %"), (100, 102, "+2.0 %"), (10_000, 9_999, "–"), (5, 5, "–"), (0, 0, "–")],
)
def test_a_change_too_small_to_be_seen_is_none(before: int, after: int, said: str) -> None:
    assert words.change(before, after) == said


def test_shares_counts_times_and_moments() -> None:
    assert (words.share(1, 3), words.share(1, 0)) == ("33.3 %", "")
    assert (words.times(1, "retry", "retries"), words.times(2_000, "request")) == (
        "1 retry",
        "2,000 requests",
    )
    assert words.count(1234.4) == "1,234"
    assert words.moment("2026-11-26T21:40:03.123Z") == "2026-11-26 21:40:03 UTC"
    assert [words.milliseconds(one) for one in (0.25, 12.4, 1_234.0)] == [
        "0.25 ms",
        "12 ms",
        "1.2 s",
    ]
