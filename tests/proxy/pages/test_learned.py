"""What is said of patterns, in words and figures."""

from __future__ import annotations

from headroom.hints import Evidence, Sample
from headroom.proxy.pages.learned import average, most_asked, rate, recommendation
from headroom.state.pattern import Pattern, StoredShape
from headroom.state.pattern_counts import TOTALS

SHAPE = StoredShape("t", "records", (("Total", "number"), ("note", "text")), 0.0)


def pattern(evidence: Evidence) -> Pattern:
    return Pattern("a" * 24, SHAPE, dict.fromkeys(TOTALS, 0), evidence)


def test_a_recommendation_says_what_is_done_and_why() -> None:
    regretted = pattern(Evidence(Sample(10, 8)))
    kept = pattern(Evidence(Sample(6, asked=4), fields={"Total": 4}))

    assert recommendation(regretted) == (
        "80% of such outputs are asked for again whole, so mostly they are left alone; "
        "2 times the usual room"
    )
    assert recommendation(kept) == "these fields stay: total; 2 times the usual room"
    assert recommendation(pattern(Evidence(Sample(10)))) == "as usual"
    assert recommendation(pattern(Evidence(Sample(3)))) == "too few samples"


def test_fields_are_told_by_how_often_they_were_asked_for() -> None:
    patterns = [
        pattern(Evidence(fields={"note": 2, "Total": 1})),
        pattern(Evidence(fields={"Total": 3.0})),
    ]

    assert most_asked(patterns, 9) == {"Total": 4.0, "note": 2.0}
    assert list(most_asked(patterns, 1)) == ["Total"]


def test_rates_and_averages_of_nothing_are_nothing() -> None:
    assert (rate(0, 0), rate(3, 2), average(5, 0), average(1, 3)) == (0.0, 1.0, 0.0, 0.3333)
