"""Texts that nearly repeat earlier ones."""

from __future__ import annotations

from headroom.compressors.near_repeats import near_repeats

NOTE = (
    "Please note that the shop is provided as is, without warranty of any kind, at your own risk."
)


def test_a_text_that_says_it_again_is_told_with_the_first() -> None:
    texts = [
        NOTE,
        "Orders are kept in a folder that holds one file for each year of them.",
        NOTE.upper(),
    ]

    assert near_repeats(texts) == {2: 0}


def test_a_few_other_words_make_no_difference() -> None:
    assert near_repeats([NOTE + " And so on.", NOTE.replace("Please note", "Note")]) == {1: 0}


def test_a_part_of_a_longer_text_is_a_repeat_but_not_the_other_way_round() -> None:
    longer = (
        NOTE + " What is more, it is said that nobody has read this far, not even once in a year."
    )

    assert near_repeats([longer, NOTE]) == {1: 0}
    assert near_repeats([NOTE, longer]) == {}


def test_short_texts_are_alike_by_chance() -> None:
    assert near_repeats(["See the guide.", "See the guide."]) == {}
    assert near_repeats(["", "x"]) == {}
