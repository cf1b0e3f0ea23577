"""What follows from the counts of one pattern."""

from __future__ import annotations

from headroom.hints import Evidence, Sample
from headroom.state.pattern import Pattern, StoredShape, retrievals, together
from headroom.state.pattern_counts import TOTALS, Total


def pattern(evidence: Evidence, **totals: int) -> Pattern:
    counts: dict[Total, int] = {what: totals.get(what, 0) for what in TOTALS}
    return Pattern("a" * 24, StoredShape("t", "records", (("x", "text"),), 0.0), counts, evidence)


def test_its_rate_is_never_more_than_all() -> None:
    one = pattern(Evidence(), compressions=2, whole=3, query=1)

    assert (one.retrievals, one.rate) == (4, 1.0)
    assert pattern(Evidence()).rate == 0.0


def test_two_that_were_fetched_are_no_reason_to_skip_and_ten_are() -> None:
    two, ten = pattern(Evidence(Sample(2, 2))), pattern(Evidence(Sample(10, 10)))

    assert (two.is_skipped, two.confidence) == (False, 0.2)
    assert (ten.is_skipped, ten.confidence) == (True, 1.0)


def test_its_usual_items_are_what_stayed_with_the_room_that_is_advised() -> None:
    more = Evidence(Sample(5, asked=5))

    assert pattern(more, compressions=5, units_kept=50).items == 20
    assert pattern(Evidence(), compressions=5, units_kept=50).items == 10
    assert pattern(Evidence()).items == 0


def test_totals_add_up() -> None:
    both = together([pattern(Evidence(), whole=1), pattern(Evidence(), whole=2, lines=5)])

    assert (both["whole"], retrievals(both)) == (3, 8)
