"""How well texts answer to what was asked."""

from __future__ import annotations

from headroom.compressors.relevance import (
    hold_rare_words,
    rare_words,
    relevance,
    scores,
    stem,
    terms_asked,
    terms_of,
)

TEXTS = [
    "The pool connects to the database again when a connection was lost.",
    "Orders are written to a table, one row for each order.",
    "The database keeps one file per year.",
]


def test_the_text_with_the_rarer_words_answers_best() -> None:
    answers = relevance(TEXTS, terms_asked(["database", "connection"]))

    assert answers[0] > answers[2] > answers[1] == 0


def test_forms_of_a_word_are_the_same_word() -> None:
    assert len({stem(word) for word in ("connect", "connects", "connected", "connecting")}) == 1
    assert stem("rates") == stem("rate")
    assert stem("stopped") == stem("stop")


def test_names_are_found_by_what_they_are_made_of() -> None:
    assert set(terms_of("merge_inner src/app.py")) >= {"merg", "inn", "src", "app"}


def test_words_that_say_nothing_are_passed_over() -> None:
    assert list(terms_of("What is it that the one does?")) == []
    assert relevance(TEXTS, terms_asked(["what", "is", "the"])) == [0.0, 0.0, 0.0]


def test_writing_without_blanks_is_compared_by_pairs() -> None:
    answers = relevance(["訂單的總額是多少", "包裹的重量"], terms_asked(["總額"]))

    assert answers[0] > answers[1] == 0


def test_a_longer_text_must_say_it_more_often() -> None:
    long = TEXTS[2] + " Nothing more is said of it, at length, and at great length." * 20

    short, longer = relevance([TEXTS[2], long], terms_asked(["database"]))

    assert short > longer


def test_of_nothing_nothing_is_told() -> None:
    assert relevance([], terms_asked(["x"])) == []
    assert relevance(["", "x"], terms_asked([])) == [0.0, 0.0]


def test_a_term_counts_less_in_a_longer_text() -> None:
    (short, long, none) = scores([{"pool": 1}, {"pool": 1}, {}], [10, 100, 10])

    assert short > long > none == 0


def test_words_are_rare_where_at_most_three_texts_hold_them() -> None:
    held = [{"pool", "line"}, {"pool", "line"}, {"pool", "line"}, {"line"}]

    assert rare_words(held) == {"pool"}


def test_only_texts_with_a_rare_word_that_was_asked_for_hold_one() -> None:
    texts = ["the pool of a line", "a line", "a line", "a line"]

    assert hold_rare_words(texts, frozenset({"pool", "line"})) == [True, False, False, False]
    assert hold_rare_words(texts, frozenset()) == [False] * 4
