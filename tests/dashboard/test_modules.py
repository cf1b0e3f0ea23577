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
        (None, "–"), (0, "$0.00"), (1234.567, "$1,234.57"), (0.5, "$0.50"), (0.05, "$0.050"),
        (0.0123, "$0.012"),
        (0.00125, "$0.0013"), (0.00001, "<$0.0001"), (-0.02, "−$0.020"), (-0.00001, "−<$0.0001"),
    )),
    *(("cents", value, text) for value, text in (
        (None, "–"), (0, "$0.0000"), (0.01234, "$0.0123"), (2, "$2.0000"), (-0.0001, "−$0.0001"),
    )),
    *(("axisDollars", marks, text) for marks, text in (
        ([0, 5, 10], ["$0", "$5", "$10"]), ([0, 0.5, 1], ["$0.00", "$0.50", "$1.00"]),
        ([0, 0.002], ["$0.000", "$0.002"]), ([0], ["$0"]),
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


LAID = """
async ([before, after]) => {
  const { sides } = await import('/dashboard/sides.js');
  const one = (text) => ({ text, note: '', characters: text.length });
  const laid = document.createElement('div');
  laid.id = 'laid';
  laid.append(sides(one(before), one(after)));
  document.body.append(laid);
}
"""


def test_long_runs_of_lines_are_folded_and_open(opening: Opening, house: House) -> None:
    page = opening(house.url)
    same = "\n".join(f"same {number}" for number in range(40))
    page.evaluate(LAID, [same + "\nleft out" * 30 + "\nend", same + "\nend"])
    rows = page.locator("#laid tbody:not(.fold) tr")
    assert (rows.count(), rows.filter(visible=True).count()) == (71, 4 + 4 + 3 + 1)

    page.get_by_role("button", name="32 lines that are the same").click()
    page.get_by_role("button", name="27 more lines that were left out").click()

    assert rows.filter(visible=True).count() == 71
    assert page.locator("#laid .fold").count() == 0


def test_few_lines_are_all_shown(opening: Opening, house: House) -> None:
    page = opening(house.url)
    page.evaluate(LAID, ["a" + "\nb" * 12, "a"])

    assert page.locator("#laid tbody tr").filter(visible=True).count() == 13
    assert page.locator("#laid button").count() == 0


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
