from __future__ import annotations

import math

import pytest

from headroom.embedding import cosine


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ([1.0, 0.0], [2.0, 0.0], 1.0),
        ([1.0, 0.0], [0.0, 3.0], 0.0),
        ([1.0, 1.0], [-1.0, -1.0], -1.0),
        ([3.0, 4.0], [4.0, 3.0], 0.96),
        ([0.0, 0.0], [1.0, 1.0], 0.0),
        ([], [], 0.0),
    ],
)
def test_vectors_that_point_the_same_way_are_near(
    one: list[float], other: list[float], near: float
) -> None:
    assert math.isclose(cosine(one, other), near, abs_tol=1e-12)


def test_what_is_no_number_stays_none() -> None:
    assert math.isnan(cosine([math.nan, 1.0], [1.0, 1.0]))


def test_vectors_of_two_lengths_are_not_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        cosine([1.0], [1.0, 2.0])
