from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.compressors.base import Ask, Origin
from headroom.compressors.kompress import MOST_CHARACTERS, Kompress, Voted, worth_of
from headroom.compressors.units import Unit
from headroom.marker import Marker, find_markers, key_of
from tests.contracts.test_compressors import HOSTILE, TEXTS
from tests.support.at_length import at_length

PAGE_ABOUT_IT = Path(__file__).parents[2] / "docs" / "reductions" / "kompress.md"
DULL = "It went on and on in the same way as it did before. "
TELLING = "The lamp of Skerry Point is lit with oil of whales. "
TEXT = f"# Lights\n\n{DULL * 60}\n\n## Lamps\n\n{DULL * 40}{TELLING}{DULL * 40}\n\n{DULL * 60}\n"


class ByLength:
    """Votes for long words, as a model might."""

    def keep(self, text: str) -> Sequence[Voted]:
        found = re.finditer(r"\w+", text)
        return [Voted(one.start(), one.end(), min(len(one[0]) / 10, 1.0)) for one in found]


class Fixed:
    """Gives these votes to any text."""

    def __init__(self, *votes: Voted) -> None:
        self._votes = votes

    def keep(self, text: str) -> Sequence[Voted]:
        return self._votes


KOMPRESS = Kompress(ByLength())


def test_whole_sentences_leave_the_lowest_first_and_headings_stay() -> None:
    reduced = KOMPRESS.reduce(TEXT, Ask(room=2_000))

    assert reduced is not None
    assert len(reduced.before) < 2_500
    assert TELLING in reduced.before
    assert reduced.before.startswith("# Lights\n\n")
    assert "\n## Lamps\n" in reduced.before
    said = re.sub(r" \[… [^\]]+\] ?", "", reduced.before)
    rest = said.replace(DULL, "").replace(TELLING, "").replace(DULL.strip(), "")
    assert rest.split() == ["#", "Lights", "##", "Lamps"]
    assert (reduced.unit, reduced.of) == ("parts", 207)


def test_what_left_is_named_where_it_stood() -> None:
    reduced = KOMPRESS.reduce(TEXT, Ask(room=1_000))

    assert reduced is not None
    assert re.search(r" \[… [0-9,]+ characters left out\] ", reduced.before)
    assert reduced.gone > 100


def test_a_word_that_was_asked_for_and_few_sentences_hold_outweighs_the_model() -> None:
    text = TEXT.replace(TELLING, "So he saw the cat go up. ")

    with_word = KOMPRESS.reduce(text, Ask(words=frozenset({"cat", "on"}), room=1_000))
    without = KOMPRESS.reduce(text, Ask(room=1_000))

    assert with_word is not None and without is not None
    assert "So he saw the cat go up. " in with_word.before
    assert "cat" not in without.before


def test_sentences_that_warn_outweigh_the_model() -> None:
    text = TEXT.replace(TELLING, "It is an error to do so. ")

    reduced = KOMPRESS.reduce(text, Ask(room=1_000))

    assert reduced is not None
    assert "It is an error to do so. " in reduced.before


@pytest.mark.parametrize(
    "origin",
    [
        Origin(tool="Bash", command="cat notes.md"),
        Origin(tool="Read", path="notes.md"),
        Origin(tool="search"),
    ],
)
def test_tool_output_is_evidence_and_loses_nothing_unless_asked_to(origin: Origin) -> None:
    assert KOMPRESS.reduce(TEXT, Ask(origin)) is None
    assert Kompress(ByLength(), on_evidence=True).reduce(TEXT, Ask(origin)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        DULL * 20,
        "def run():\n    return 1\n" * 500,
        "".join(f'{{"id": {n}, "name": "a"}}\n' for n in range(500)),
        "2026-11-21 10:00:00 INFO started\n" * 300,
        DULL * (MOST_CHARACTERS // len(DULL) + 1),
    ],
    ids=["nothing", "short", "code", "json", "log", "too long"],
)
def test_what_is_no_long_prose_is_left_alone_and_the_model_not_asked(text: str) -> None:
    class Unasked:
        def keep(self, text: str) -> Sequence[Voted]:
            raise AssertionError("asked")

    assert Kompress(Unasked()).reduce(text, Ask()) is None


def test_a_unit_is_worth_the_mean_of_the_tokens_that_lie_in_it() -> None:
    units = [Unit("abcd ", 1), Unit("ef", 1), Unit("\n", 1), Unit("gh", 2)]
    votes = [
        Voted(0, 2, 0.2),
        Voted(2, 4, 0.6),
        Voted(5, 7, 1.0),
        Voted(8, 9, float("nan")),
        Voted(9, 10, 0.5),
    ]

    assert list(worth_of(units, votes)) == [0.4, 1.0, 0.0, 0.5]


def test_votes_for_places_that_are_not_there_count_for_nothing() -> None:
    model = Fixed(Voted(-9, -5, 1.0), Voted(5, 3, 2.0), Voted(10**9, 10**9, 1.0))

    assert KOMPRESS.reduce(TEXT, Ask(room=900)) is not None
    Kompress(model).reduce(TEXT, Ask(room=900))


@settings(max_examples=at_length(100), deadline=None)
@given(text=TEXTS | st.lists(st.sampled_from([DULL, TELLING, "\n", "# A\n", "```\n"])).map("".join))
def test_any_text_loses_whole_units_the_same_ones_every_time(text: str) -> None:
    reduced = KOMPRESS.reduce(text, Ask(room=200))

    assert KOMPRESS.reduce(text, Ask(room=200)) == reduced
    if reduced is not None:
        assert len(reduced.before) + len(reduced.after) < len(text)
        marker = Marker(reduced.gone, reduced.of, reduced.unit, reduced.told, key_of(text))
        assert find_markers(str(marker)) == (marker,)


@pytest.mark.unmeasured
@pytest.mark.parametrize("kind", HOSTILE)
def test_r1_time_is_linear_in_hostile_text(kind: str) -> None:
    begun = time.process_time()

    KOMPRESS.reduce(HOSTILE[kind](390_000), Ask())

    assert time.process_time() - begun < 8


def test_the_example_on_its_page_is_what_becomes_of_it() -> None:
    before, after = (
        one.split("\n```")[0] for one in PAGE_ABOUT_IT.read_text().split("```text\n")[1:]
    )
    model = Fixed(Voted(0, 30, 0.9), Voted(40, 150, 0.1), Voted(165, 200, 0.8))

    reduced = Kompress(model).reduce(before, Ask(room=120))

    assert reduced is not None
    assert reduced.before == after
