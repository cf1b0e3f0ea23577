"""Each promise of reliability that stands so far has a test that tries to break it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent

PROMISES = (
    *("A1", "A2", "A3", "A4", "A5", "A6"),
    *("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B10", "B11", "B12"),
    *("L1", "L2", "L3", "L4", "L6", "L7", "L8", "L9"),
    *("M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9"),
    *("H1", "H2", "H3", "H4", "H5", "H6", "H7", "H9"),
    *("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8"),
    *("E1", "E2", "E3", "E4", "E5", "E6", "E7", "S1", "S2", "S3", "S5"),
    *("G1", "G2", "G3", "G4", "G5", "G6", "G7", "S6"),
    *("R1", "R2", "T1", "T2", "T3", "T4", "T5", "T6", "P1", "P2", "P3"),
)


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_is_tried_by_a_test_of_its_name(promise: str) -> None:
    named = re.compile(rf"^ *(?:async )?def test_(?:[A-Z]\d+_)*{promise}_\w+", re.MULTILINE)

    tests = [path for path in TESTS.rglob("test_*.py") if named.search(path.read_text("utf-8"))]

    assert tests
