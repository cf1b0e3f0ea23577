from __future__ import annotations

import pytest

from headroom.compressors.lines import glance, ordinal, quoted_ends, shared_beginning, worth_it


def test_a_short_text_is_looked_at_whole() -> None:
    assert glance("a\nb\n") == "a\nb\n"


def test_a_glance_at_a_long_text_sees_whole_lines_of_all_its_parts() -> None:
    text = "".join(f"line {number}\n" for number in range(100_000))

    seen = glance(text).split("\n")

    assert set(seen) <= set(text.split("\n"))
    assert len(glance(text)) < 30_000
    assert seen[0] == "line 0"
    assert int(seen[-1].removeprefix("line ")) > 90_000


def test_a_saving_of_a_few_characters_is_not_worth_it() -> None:
    assert not worth_it("x" * 90, "x" * 100)
    assert worth_it("x" * 80, "x" * 100)


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (112, "112th"), (121, "121st")],
)
def test_places_are_ordinals(number: int, said: str) -> None:
    assert ordinal(number) == said


def test_texts_share_what_all_of_them_begin_with() -> None:
    assert shared_beginning(["src/b.py", "src/", "src/a.py"]) == "src/"
    assert shared_beginning(["pool-1", "pond-2"]) == "po"
    assert not shared_beginning(["a", "b", ""])


def test_lines_are_quoted_by_their_first_and_last_that_say_something() -> None:
    assert quoted_ends(["{", "  def area(shape):", "    return 1", "}", ""]) == (
        '"def area(shape):" … "return 1"'
    )
    assert quoted_ends(["}"]) == '"}"'
    assert quoted_ends(["x" * 50]) == f'"{"x" * 40}…"'
