"""Lines that stand again, and the references to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.logs.stretches import (
    REFERENCE,
    Stretch,
    is_like_reference,
    reference,
    referred,
    stretches,
)

TRACE = ["Traceback (most recent call last):", *(f'  File "{n}.py"' * 4 for n in range(4))]


def test_lines_that_stand_again_are_found_where_they_do() -> None:
    assert stretches([*TRACE, "gave up", *TRACE]) == {6: Stretch(0, 5)}


def test_what_is_short_or_stands_beside_itself_is_no_stretch() -> None:
    assert not stretches(["a", "b", "c"] * 9)
    assert not stretches(["x" * 80] * 9)


@given(st.lists(st.sampled_from(["a" * 170, "b" * 90, "c" * 90, "d", ""]), max_size=60))
def test_a_reference_leads_to_the_lines_it_stands_for(lines: list[str]) -> None:
    for position, stretch in stretches(lines).items():
        said = reference(lines, stretch)
        found = REFERENCE.fullmatch(said)

        assert found is not None
        assert is_like_reference(said)
        again = referred(found, lines[:position])
        assert list(again) == lines[position : position + stretch.length]


def test_a_reference_to_nothing_is_refused() -> None:
    found = REFERENCE.fullmatch('[2 lines again, from the 9th line: "x"]')

    assert found is not None
    with pytest.raises(ValueError, match="do not stand above"):
        referred(found, ["x"])
