"""The index of what a conversation has sent."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from headroom.pipeline.seen import PLACES_PER_LINE, Seen, unpacked

TEXTS = st.lists(
    st.sampled_from(["", "}", "import os, sys", "return the_value", "another line"]), max_size=30
).map("\n".join)


def index_of(*texts: str) -> Seen:
    seen = Seen()
    for text in texts:
        seen.add(text=text, sent=text)
    return seen


def test_a_line_is_found_where_it_stands_earliest_first() -> None:
    seen = index_of("import os\nimport sys", "x\nimport sys\nimport sys")

    assert [unpacked(place) for place in seen.places("import sys")] == [(0, 1), (1, 1), (1, 2)]
    assert seen.places("import json") == ()


def test_short_lines_are_not_in_it_and_common_ones_only_so_often() -> None:
    seen = index_of("}\n" * 9 + "the same line\n" * 9)

    assert seen.places("}") == ()
    assert len(seen.places("the same line")) == PLACES_PER_LINE


def test_a_whole_text_is_found_at_its_first_place() -> None:
    text = "a line of some length\n" * 20
    seen = index_of("other", text).grown()
    seen.add(text=text, sent="short")

    assert seen.whole(text) == 1
    assert seen.whole(text + "!") is None


@given(st.lists(TEXTS, max_size=8), st.lists(st.booleans(), min_size=8, max_size=8))
def test_an_index_in_layers_finds_what_one_in_one_piece_finds(
    texts: Sequence[str], cuts: Sequence[bool]
) -> None:
    plain, layered = index_of(*texts), Seen()
    for text, cut in zip(texts, cuts, strict=False):
        layered = layered.grown() if cut else layered
        layered.add(text=text, sent=text)

    assert layered.texts == plain.texts
    for line in ("import os, sys", "return the_value", "another line", "}"):
        assert layered.grown().places(line) == layered.places(line) == plain.places(line)


def test_large_layers_stay_apart_and_are_found_all_the_same() -> None:
    large = "\n".join(f"line number {number}" for number in range(3_000))
    seen = index_of(large).grown()
    seen.add(text="new line", sent="line number 7\nnew line")

    assert len(seen) == 2
    assert [unpacked(place) for place in seen.places("line number 7")] == [(0, 7), (1, 0)]


def test_two_conversations_can_go_on_from_one_index() -> None:
    first = index_of("import os, sys")
    one, other = first.grown(), first.grown()

    one.add(text="only here", sent="only here")

    assert one.places("only here")
    assert not other.places("only here")
    assert not first.places("only here")
