"""Results that are told again soon, because what was needed had left them."""

from __future__ import annotations

from headroom.conversation import Block, Conversation, Form
from headroom.pipeline.regret import MOST_CHARACTERS, MOST_COMPARED, SOON_TURNS, seen_again

LINES = [f"line {number} of a long listing" for number in range(100)]
CUT = "\n".join([*LINES[:10], "[… lines 11-90 left out]", *LINES[90:]])


def result(turn: int, text: str) -> Block:
    return Block(("messages", turn), turn, "tool", "tool_result", text, editable=True)


def again(*blocks: Block, decided: int = 1, text: str = CUT) -> list[str]:
    forms = {0: Form(text, original="1" * 24, signature="2" * 24)}
    return [one.how for one in seen_again(Conversation(blocks, "m"), decided, forms)]


OLD = result(1, "\n".join(LINES))


def test_the_same_text_soon_after_tells_that_all_of_it_was_needed() -> None:
    assert again(OLD, result(2, OLD.text)) == ["whole"]
    assert again(OLD, result(1 + SOON_TURNS, OLD.text)) == ["whole"]


def test_lines_that_had_left_tell_that_a_part_was_needed() -> None:
    assert again(OLD, result(2, "\n".join(LINES[40:60]))) == ["part"]
    others = [LINES[40], "another line that is new", *LINES[42:50]]
    assert again(OLD, result(2, "\n".join(others))) == ["part"]


def test_what_still_stood_there_what_is_new_and_what_is_short_tell_nothing() -> None:
    assert again(OLD, result(2, "\n".join(LINES[:9]))) == []
    assert again(OLD, result(2, "\n".join(f"row {n} of another" for n in range(50)))) == []
    assert again(OLD, result(2, LINES[50])) == []


def test_what_only_stands_there_in_other_words_is_still_there() -> None:
    table = "line, of a long listing:\n" + " ".join(map(str, range(100)))

    assert again(OLD, result(2, "\n".join(LINES[40:60])), text=table) == []


def test_so_does_what_comes_later_beside_it_or_was_decided_before() -> None:
    assert again(OLD, result(2 + SOON_TURNS, OLD.text)) == []
    assert again(OLD, result(1, OLD.text)) == []
    assert again(OLD, result(2, OLD.text), decided=2) == []


def test_only_so_much_is_compared() -> None:
    many = [result(2, f"{number} words\n" * 9) for number in range(MOST_COMPARED)]
    large = result(1, "x" * MOST_CHARACTERS + "y")

    assert again(OLD, *many, result(2, OLD.text)) == []
    assert again(large, result(2, large.text)) == []
