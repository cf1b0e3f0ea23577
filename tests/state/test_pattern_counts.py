"""Names of counters, and how evidence fades."""

from __future__ import annotations

import pytest

from headroom.state.pattern_counts import (
    PERIOD_S,
    PERIODS,
    SIGNS,
    Site,
    asked_for,
    evidence_of,
    field_mark,
    weights,
)

SITE = Site("a1", "f" * 24)
NOW = 100 * PERIOD_S


def test_evidence_counts_in_full_for_a_week_and_more_then_half_as_much_each_week() -> None:
    assert weights(NOW) == {100: 1.0, 99: 1.0, 98: 1.0, 97: 0.5}
    assert weights(NOW + PERIOD_S / 2)[98] == pytest.approx(0.5**0.5)
    assert min(weights(NOW + 0.999 * PERIOD_S).values()) > 0.25
    assert len(asked_for(SITE, SIGNS, NOW)) == PERIODS * len(SIGNS)


def test_what_is_as_old_as_five_weeks_counts_for_nothing() -> None:
    held = {SITE.sign("reduced", 96): 50, SITE.sign("reduced", 97): 8, SITE.total("tenants"): 4}

    found = evidence_of(SITE, (), held, weights(NOW))

    assert found.plain.reduced == 4.0
    assert found.tenants == 4


def test_fields_stand_under_marks_that_do_not_tell_their_names() -> None:
    mark = field_mark("salary")
    held = {SITE.sign(mark, 100): 3}

    found = evidence_of(SITE, ("salary", "name"), held, weights(NOW))

    assert found.fields == {"salary": 3.0}
    assert "salary" not in mark
    assert len(mark) == 14
