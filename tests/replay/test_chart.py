from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.replay.chart import Curve, line_chart, round_steps, short


def test_the_steps_of_an_axis_are_round() -> None:
    assert list(round_steps(1_000, 5)) == [0, 200, 400, 600, 800, 1_000]
    assert list(round_steps(3, 6)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (17, "17"), (34_000, "34k"), (1.2e6, "1.2M")]
)
def test_large_numbers_are_written_short(value: float, text: str) -> None:
    assert short(value) == text


@given(st.lists(st.floats(0, 1e12), max_size=900))
def test_any_values_give_a_well_formed_drawing(values: list[float]) -> None:
    drawing = line_chart((Curve("after", values),), label="a < b", across="turn", up="bill")

    assert ET.fromstring(drawing).get("aria-label") == "a < b"
    assert drawing.count(",") < 1_000
