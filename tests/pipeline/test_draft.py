"""New blocks: each is shortened if that is worth it, and keeps its form."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from headroom.conversation import Block, Known, ToolCall
from headroom.pipeline import Seen, plan
from headroom.pipeline.causal import Before, Shorter
from headroom.tokens import Counter
from tests.pipeline.requests import (
    LOG,
    Blanks,
    Breaks,
    Cuts,
    Halves,
    call,
    conversation,
    result,
    task,
)


@pytest.fixture(scope="module")
def counter() -> Counter:
    return Counter.load()


def test_a_new_result_is_shortened_and_counted(counter: Counter) -> None:
    made = plan(
        conversation(task(), call(1), result(1)), Known(), counter=counter, passes=[Halves()]
    )

    assert [edit.path for edit in made.edits] == [("messages", 2, "content")]
    assert made.edits[0].text == LOG[: len(LOG) // 2]
    assert made.forms[2].by == ("halves",)
    assert made.tokens_before - made.tokens_after == made.tokens_saved > 100
    assert made.tokens_before == made.blocks_before + counter.count("tools")
    assert made.transforms == ("router:halves:0.50",)


def test_what_may_not_be_edited_is_not(counter: Counter) -> None:
    raw = conversation(task(), call(1), result(1, editable=False))

    made = plan(raw, Known(), counter=counter, passes=[Halves()])

    assert made.edits == ()
    assert made.tokens_saved == 0


@pytest.mark.parametrize(
    ("words", "saved", "worth_it"),
    [
        (300, 24, False),
        (300, 25, True),
        (1_000, 49, False),
        (1_000, 51, True),
        (9_000, 99, False),
        (9_000, 101, True),
    ],
)
def test_what_saves_little_is_left_as_it_is(
    counter: Counter, words: int, saved: int, worth_it: bool
) -> None:
    long = conversation(task(), call(1), result(1, "word" + " word" * (words - 1)))

    made = plan(long, Known(), counter=counter, passes=(Cuts(saved),))

    assert bool(made.edits) is worth_it


def test_a_repeat_refers_to_what_was_sent(counter: Counter) -> None:
    twice = conversation(task(), call(1), result(1), call(3), result(3))

    made = plan(twice, Known(), counter=counter)

    assert made.edits[-1].text.startswith(
        '[the same text as above in result 1 (Bash cat log): "2026-11'
    )


@pytest.mark.parametrize("fact", ["may_forget", "server_held_history"])
def test_nothing_refers_back_where_the_server_may_not_have_it(counter: Counter, fact: str) -> None:
    twice = conversation(task(), call(1), result(1), call(3), result(3), **{fact: True})

    made = plan(twice, Known(), counter=counter)

    assert not any("the same text as" in edit.text for edit in made.edits)


def test_an_index_from_the_turn_before_changes_nothing(counter: Counter) -> None:
    first = conversation(task(), call(1), result(1))
    second = conversation(*first.blocks, call(3), result(3))
    seen = Seen()
    made = plan(first, Known(), counter=counter, seen=seen)
    known = Known(3, made.forms, made.blocks_before, made.blocks_after, counted=True)

    with_index = plan(second, known, counter=counter, seen=seen)

    assert with_index == plan(second, known, counter=counter)


def test_A1_a_pass_that_raises_leaves_its_block_and_no_other(counter: Counter) -> None:
    made = plan(
        conversation(task(), call(1), result(1)), Known(), counter=counter, passes=[Breaks()]
    )

    assert made.edits == ()
    assert made.failed == "KeyError"
    assert not made.abandoned
    assert [note.reason for note in made.notes] == ["a pass failed (KeyError)"]


def test_a_form_is_never_blank_and_never_hardly_shorter(counter: Counter) -> None:
    @dataclass(frozen=True)
    class Trims:
        def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
            return Shorter(text[:-3], "trims")

    for one in (Blanks(), Trims()):
        made = plan(
            conversation(task(), call(1), result(1)), Known(), counter=counter, passes=[one]
        )

        assert made.edits == ()
        assert len(made.notes) == 1


def test_a_call_with_arguments_of_great_depth_leaves_what_follows_to_the_passes(
    counter: Counter,
) -> None:
    deep = '{"path":' + "[" * 5000 + "]" * 5000 + "}"
    odd = Block(("messages", 1), 1, "assistant", "tool_call", "{}", ToolCall("c", "Odd", deep))

    made = plan(conversation(task(), odd, result(2)), Known(), counter=counter)

    assert made.failed == ""
    assert set(made.forms) == {2}
