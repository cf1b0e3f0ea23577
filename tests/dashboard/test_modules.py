"""How numbers are written, and how two texts are laid beside each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.dashboard.traffic import House

Opening = Callable[..., Page]


def called(page: Page, module: str, function: str, *given: Any) -> Any:
    """What a function of one of the page's modules gives."""
    return page.evaluate(
        "async ([module, name, given]) => (await import(module))[name](...given)",
        [f"/dashboard/{module}.js", function, list(given)],
    )


WRITTEN = [
    *(("dollars", value, text) for value, text in (
        (None, "–"), (0, "$0.00"), (1234.567, "$1,234.57"), (0.5, "$0.500"), (0.0123, "$0.012"),
        (0.00125, "$0.0013"), (0.00001, "<$0.0001"), (-0.02, "−$0.020"), (-0.00001, "−<$0.0001"),
    )),
    *(("short", value, text) for value, text in (
        (None, "–"), (0, "0"), (9_999, "9,999"), (10_000, "10.0k"), (123_456, "123k"),
        (1_234_567, "1.23M"), (98_765_432, "98.8M"), (2_500_000_000, "2.50B"), (-1_200, "−1,200"),
    )),
    *(("percent", value, text) for value, text in (
        (None, "–"), (0, "0 %"), (0.04, "<0.1 %"), (9.95, "9.9 %"), (27.4, "27 %"), (-3, "−3.0 %"),
    )),
    *(("took", value, text) for value, text in (
        (None, "–"), (0, "0.0 ms"), (0.42, "0.42 ms"), (2.5, "2.5 ms"), (18.4, "18 ms"),
        (1_200, "1.2 s"), (61_000, "61 s"),
    )),
    *(("span", value, text) for value, text in (
        (40, "40 s"), (720, "12 min"), (18_000, "5 h"), (259_200, "3 days"),
    )),
]  # fmt: skip


def test_numbers_are_written_for_people(opening: Opening, house: House) -> None:
    page = opening(house.url)

    for function, value, text in WRITTEN:
        assert called(page, "format", function, value) == text, (function, value)


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        ("a", "a", [["a", "a"]]),
        ("a\nb\nc", "a\nc", [["a", "a"], ["b", None], ["c", "c"]]),
        ("a\nc", "a\nb\nc", [["a", "a"], [None, "b"], ["c", "c"]]),
        ("a\nb\nc", "x\nb\ny", [["a", "x"], ["b", "b"], ["c", "y"]]),
        ("", "a", [["", "a"]]),
    ],
)
def test_what_is_the_same_in_both_stands_at_one_height(
    before: str, after: str, rows: list[list[str | None]], opening: Opening, house: House
) -> None:
    assert called(opening(house.url), "diff", "aligned", before, after) == rows


def test_L8_texts_of_many_lines_are_laid_beside_each_other_soon(
    opening: Opening, house: House
) -> None:
    page = opening(house.url)
    before = "\n".join(f"line {number} of a long text" for number in range(20_000))
    after = "\n".join(f"line {number} of a long text" for number in range(1, 20_000, 7))
    begun = page.evaluate("performance.now()")

    rows = called(page, "diff", "aligned", before, after)

    assert len(rows) >= 20_000
    assert page.evaluate("performance.now()") - begun < 5_000
