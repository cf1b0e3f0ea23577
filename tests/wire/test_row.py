"""After any insertions and removals a row has its commas, and no other byte has changed."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.errors import UnreadableBody
from headroom.wire.row import Row
from headroom.wire.scan import array_spans, read_array
from tests.wire.spelling import Number, spell, spellers, unhurried

NOTHING: Mapping[int, Sequence[bytes]] = {}


def after(
    text: bytes,
    inserted: Mapping[int, Sequence[bytes]] = NOTHING,
    removed: Sequence[int] = (),
    breaks: Mapping[int, bytes] | None = None,
) -> bytes:
    row = Row(1, array_spans(text, 0, read_array(text)), inserted, frozenset(removed), breaks or {})
    for (start, end), new in sorted(row.splices(), reverse=True):
        text = text[:start] + new + text[end:]
    return text


@unhurried
@given(
    st.integers(0, 5),
    st.dictionaries(st.integers(0, 5), st.lists(st.integers(10, 99), min_size=1, max_size=2)),
    st.sets(st.integers(0, 4)),
    spellers,
)
def test_a_row_holds_what_stays_and_what_is_inserted_in_order(
    count: int, inserted: dict[int, list[int]], removed: set[int], speller: random.Random
) -> None:
    text = spell([Number(index) for index in range(count)], speller).strip().encode()
    inserted = {index: new for index, new in inserted.items() if index <= count}
    removed = {index for index in removed if index < count}
    expected = []
    for index in range(count + 1):
        expected += inserted.get(index, [])
        expected += [index] * (index < count and index not in removed)

    values = {index: [b"%d" % each for each in new] for index, new in inserted.items()}

    assert json.loads(after(text, values, sorted(removed))) == expected


def test_what_is_inserted_stands_right_before_its_element_or_right_after_the_last() -> None:
    assert after(b"[ 1 , 2 ]", {1: [b"a", b"b"]}) == b"[ 1 , a,b,2 ]"
    assert after(b"[ 1 , 2 ]", {2: [b"a", b"b"]}) == b"[ 1 , 2,a,b ]"
    assert after(b"[ ]", {0: [b"a", b"b"]}) == b"[a,b ]"


def test_what_is_inserted_takes_the_place_of_what_is_removed_there() -> None:
    assert after(b"[1, 2, 3]", {1: [b"a"], 2: [b"b"]}, [1]) == b"[1, a,b,3]"
    assert after(b"[1, 2, 3]", {2: [b"a"]}, [1, 2]) == b"[1,a]"
    assert after(b"[ 1, 2 ]", {1: [b"a"]}, [0, 1]) == b"[ a ]"


def test_a_break_stands_between_two_units_in_place_of_all_that_was_there() -> None:
    assert after(b"[ 1 , 2 ]", breaks={1: b"] ["}) == b"[ 1] [2 ]"
    assert after(b"[ 1 , 2 ]", {1: [b"a", b"b"]}, breaks={1: b"] ["}) == b"[ 1,a,b] [2 ]"
    assert after(b"[1,2,3]", {2: [b"a"], 3: [b"b"]}, [1, 2], {1: b"][", 2: b"|"}) == b"[1][a|b]"


@pytest.mark.parametrize(
    ("removed", "breaks"),
    [([], {0: b"]["}), ([0], {1: b"]["}), ([1, 2], {1: b"]["}), ([1], {1: b"][", 2: b"]["})],
)
def test_a_break_with_nothing_on_one_side_is_refused(
    removed: list[int], breaks: dict[int, bytes]
) -> None:
    with pytest.raises(UnreadableBody, match="empty"):
        after(b"[1,2,3]", removed=removed, breaks=breaks)
