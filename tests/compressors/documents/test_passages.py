"""Which passages stay of those that a search found."""

from __future__ import annotations

from headroom.compressors.documents.blocks import read_blocks
from headroom.compressors.documents.passages import chosen_passages, is_of_passages

SUBJECTS = ["parcels", "letters", "boxes", "taxes", "sums", "rates", "tables", "customers"]
MORE = (
    "is told here at some length, so that it takes more room than the gap that tells of it would."
)
TEXTS = [f"What there is to know about {one} {MORE}" for one in SUBJECTS]


def shown(texts: list[str], room: int, *words: str, repeated: tuple[int, ...] = ()) -> list[str]:
    """The passages of which more than the title stays."""
    text = "\n\n".join(f"[{n}] Title {n}\n{one}" for n, one in enumerate(texts, 1))
    lines = ("Found:\n\n" + text).split("\n")
    blocks = read_blocks(lines, [False] * len(lines))
    assert is_of_passages(blocks)
    kept = chosen_passages(blocks, lines, frozenset(words), room, repeated)
    assert 0 in kept
    return [one for one in texts if lines.index(one) in kept]


def test_the_passage_that_answers_stays_first() -> None:
    assert TEXTS[4] in shown(TEXTS, 360, "how", "are", "sums", "told")


def test_a_few_stay_in_any_case_and_then_only_those_that_come_close() -> None:
    texts = [
        *TEXTS[:4],
        f"Sums are rounded. {MORE}",
        *TEXTS[5:],
        f"Who has rounded these sums? {MORE}",
    ]

    assert shown(texts, 10_000, "rounded", "sums") == [texts[0], texts[1], texts[4], texts[-1]]


def test_where_words_are_not_found_all_stay_that_have_room() -> None:
    assert shown(TEXTS, 10_000, "g", "wagon", "sums") == TEXTS
    assert shown(TEXTS, 700, "wagon") == TEXTS[:4]


def test_the_best_stays_even_if_it_is_too_long() -> None:
    long = "It is about sums and how they are rounded. " * 20

    assert long in shown([*TEXTS, long], 500, "sums", "rounded")


def test_titles_do_not_take_all_the_room() -> None:
    texts = ["x"] * 200
    text = "\n\n".join(f"[{n}] A title of some length\n{one}" for n, one in enumerate(texts, 1))
    lines = text.split("\n")

    kept = chosen_passages(read_blocks(lines, [False] * len(lines)), lines, frozenset(), 600, ())

    assert sum(len(lines[at]) for at in kept) < 700


def test_documents_without_numbers_are_no_passages() -> None:
    assert not is_of_passages(read_blocks(["# One", "text"], [False, False]))
