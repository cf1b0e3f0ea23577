from __future__ import annotations

from headroom.compressors.fences import far_out


def test_the_farthest_beyond_the_fences_come_first() -> None:
    below, above = far_out(
        sorted([(float(n % 9), n) for n in range(50)] + [(900.0, 50), (990.0, 51)])
    )

    assert (below, above) == ([], [51, 50])


def test_few_numbers_have_no_outside() -> None:
    assert far_out([(1.0, 0), (99.0, 1)]) == ([], [])


def test_where_most_are_equal_what_differs_much_is_outside() -> None:
    assert far_out(sorted([(5.0, n) for n in range(40)] + [(100.0, 40)]))[1] == [40]
