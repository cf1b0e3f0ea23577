"""Facts that the benchmark makes from tables and documents, and from source code."""

from __future__ import annotations

import pytest

from benchmarks.code_needles import code_needles, definitions
from benchmarks.made_needles import evenly, made_needles

HARBOURS = ["Aalborg", "Bergen", "Cuxhaven", "Dover", "Esbjerg", "Falmouth", "Ghent", "Harwich"]
TABLE = "\n".join(
    [
        "harbour,berths,flag",
        *(f"{name},{20 + n},{'closed' if n == 5 else 'open'}" for n, name in enumerate(HARBOURS)),
        *(f"Pier {chr(65 + n)},{900 - n},open" for n in range(8)),
    ]
)

DOCUMENT = """\
# The tide tables

High water comes every 12 hours and 25 minutes, twice a day.

## Reading them

```
# not a heading
tides --harbour Dover --days 3
```

Mind the clock.
"""

PYTHON = '''\
import os
from pathlib import Path


class Harbour:
    """Where ships are."""

    def berth(self, ship: str) -> int:
        """Give it a place."""
        free = [n for n, name in self.berths.items() if not name]
        if not free:
            raise HarbourFull(f"no room for {ship}")
        chosen_berth = min(free)
        self.berths[chosen_berth] = ship
        return chosen_berth


def leave(harbour: Harbour) -> None:
    os.remove(Path("lock"))
'''

JAVASCRIPT = """\
const fs = require('fs')

export async function berthShip(ship, { wait = true } = {}) {
  const free = places.filter((place) => !place.ship)
  if (free.length === 0) {
    throw new HarbourFull(ship)
  }
  log.info('a place was found for the ship')
  await moveInto(free[0], ship)
  return free[0].number
}
"""


def test_of_a_table_ends_asked_rare_and_extreme_rows_are_facts() -> None:
    facts = set(made_needles(TABLE, "csv"))

    assert ("Aalborg", "first", "What is the first row?") in facts
    assert ("Pier H", "last", "What is the last row?") in facts
    assert ("Falmouth", "rare", "Are there unusual values of flag? In which row?") in facts
    assert ("Pier A", "outlier", "Which row has the highest berths?") in facts
    asked = [(text, query) for text, kind, query in facts if kind == "id"]
    assert ("Dover", "For the row with Dover, what is flag?") in asked
    assert ("open", "For the row with Dover, what is flag?") in asked


def test_of_a_document_headings_numbers_and_examples_are_facts() -> None:
    facts = list(made_needles(DOCUMENT, "markdown"))

    assert [text for text, kind, _ in facts if kind == "heading"] == [
        "The tide tables",
        "Reading them",
    ]
    assert (
        "High water comes every 12 hours and 25 minutes, twice a day.",
        "detail",
        "What is said under The tide tables about minutes, water, comes?",
    ) in facts
    assert (
        "tides --harbour Dover --days 3",
        "example",
        "Which example is given under Reading them?",
    ) in facts
    assert facts[1][:2] == ("Mind the clock.", "last")


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "\n\n", "a,b\n" + "1,2\n" * 30])
@pytest.mark.parametrize("kind", ["csv", "markdown", "rst", "log"])
def test_what_has_no_facts_gives_none_that_are_not_there(text: str, kind: str) -> None:
    assert all(fact in text for fact, _, _ in made_needles(text, kind))


def test_things_are_taken_from_all_over() -> None:
    assert evenly(range(10), 3) == [0, 3, 6]
    assert evenly([1, 2], 3) == [1, 2]


def test_of_python_signatures_imports_and_bodies_are_facts() -> None:
    shown = range(len(PYTHON.split("\n")))
    facts = list(code_needles(PYTHON, shown=shown, path="harbour.py"))

    assert ("class Harbour:", "class", "What does harbour.py define?") not in facts  # too short
    assert (
        "def berth(self, ship: str) -> int:",
        "signature",
        "What does harbour.py define?",
    ) in facts
    assert ("from pathlib import Path", "import", "What does harbour.py import?") in facts
    asked = [text for text, kind, query in facts if kind == "asked" and "berth do" in query]
    assert asked == [
        "free = [n for n, name in self.berths.items() if not name]",
        "self.berths[chosen_berth] = ship",
    ]
    assert (
        'raise HarbourFull(f"no room for {ship}")',
        "id",
        "Where is HarbourFull used?",
    ) in facts


def test_only_what_is_shown_of_a_file_gives_facts() -> None:
    shown = range(16, len(PYTHON.split("\n")))

    facts = list(code_needles(PYTHON, shown=shown, path="harbour.py"))

    assert {text for text, kind, _ in facts if kind == "signature"} == {
        "def leave(harbour: Harbour) -> None:"
    }


def test_functions_end_at_their_closing_brace() -> None:
    (found,) = definitions(JAVASCRIPT, "harbour.js")

    assert (found.name, found.first, found.last) == ("berthShip", 2, 10)
    assert definitions("def broken(:", "broken.py") == []
