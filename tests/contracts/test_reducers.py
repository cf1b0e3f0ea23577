"""What every registered reducer holds to, on any text."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.compressors import COMPRESSORS, REDUCERS
from headroom.compressors.base import Ask, Reducer, whole
from headroom.marker import Marker, find_markers, key_of
from headroom.settings import KINDS
from tests.contracts.test_compressors import HOSTILE, TEXTS
from tests.support.at_length import at_length

every_reducer = pytest.mark.parametrize("reducer", REDUCERS, ids=lambda reducer: reducer.name)

WORDS = st.frozensets(st.sampled_from(["open", "id", "é", "12", "src/app", "["]))
LONG_TABLES = st.builds(
    lambda row, more, count: json.dumps([{"n": n, **row} for n in range(count)] + more),
    st.dictionaries(st.sampled_from(["id", "a]b", ""]), st.text(max_size=20), max_size=3),
    st.lists(st.dictionaries(st.text(max_size=3), st.floats() | st.text(), max_size=3), max_size=5),
    st.integers(30, 80),
)


@every_reducer
@settings(max_examples=at_length(80), deadline=None)
@given(text=TEXTS | LONG_TABLES, asked=WORDS)
def test_any_text_loses_whole_units_the_same_ones_every_time(
    reducer: Reducer, text: str, asked: frozenset[str]
) -> None:
    reduced = reducer.reduce(text, Ask(words=asked))

    assert reducer.reduce(text, Ask(words=frozenset(sorted(asked, reverse=True)))) == reduced
    if reduced is not None and not reduced.gone:
        assert reduced == whole(text)
    elif reduced is not None:
        assert len(reduced.before) + len(reduced.after) < len(text)
        marker = Marker(reduced.gone, reduced.of, reduced.unit, reduced.told, key_of(text))
        assert find_markers(str(marker)) == (marker,)


@pytest.mark.unmeasured
@every_reducer
@pytest.mark.parametrize("kind", HOSTILE)
def test_r1_time_is_linear_in_hostile_text(reducer: Reducer, kind: str) -> None:
    reducer.reduce(HOSTILE[kind](10_000), Ask())
    begun = time.process_time()

    reducer.reduce(HOSTILE[kind](100_000), Ask())

    # Quadratic time would be a minute here; the bound is wide because machines differ.
    assert time.process_time() - begun < 8


def test_each_kind_can_be_switched_off_by_the_name_that_the_options_have() -> None:
    kinds = {reducer.kind for reducer in REDUCERS} | {one.kind for one in COMPRESSORS}

    assert kinds <= set(KINDS)
