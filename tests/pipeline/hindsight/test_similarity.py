from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from headroom.conversation import Block, Conversation, Form, Known, Plan, ToolCall
from headroom.embedding import EmbeddingFailed
from headroom.marker import find_markers
from headroom.pipeline import plan
from headroom.pipeline.budget import Budget
from headroom.pipeline.hindsight.scene import Scene
from headroom.pipeline.hindsight.similarity import (
    LONGEST_TURN,
    MOST_CHARACTERS,
    MOST_TURNS,
    TASK_CHARACTERS,
    by_meaning,
)
from headroom.tokens import Counter

COUNTER = Counter.load()
TASK = "Why is the lamp dark?"
WORDS = ("lamp", "lantern", "boat")

Vectors = list[list[float]]


@dataclass
class Meaning:
    """An embedder for which a lantern is nearly a lamp; it takes note of what it is asked."""

    answer: Callable[[Vectors], Vectors] = lambda vectors: vectors
    asked: list[Sequence[str]] = field(default_factory=list)

    def vectors(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self.asked.append(texts)
        return self.answer([self._vector(text) for text in texts])

    def _vector(self, text: str) -> list[float]:
        lamps, lanterns, boats = (text.count(word) for word in WORDS)
        return [lamps + 0.9 * lanterns, 0.4 * lanterns, 0.1 + boats]


def failing(_: Vectors) -> Vectors:
    raise EmbeddingFailed("no time")


def conversation(*results: str, task: str = TASK) -> Conversation:
    blocks = [Block(("messages", 0, "content"), 0, "user", "text", task)]
    for number, text in enumerate(results):
        call = ToolCall(f"call_{number}", "Look", f'{{"at":{number}}}')
        path = ("messages", 1 + 2 * number, "tool_calls", 0)
        answer = ("messages", 2 + 2 * number, "content")
        turn = number + 1
        blocks += [
            Block(path, turn, "assistant", "tool_call", "{}", call=call),
            Block(answer, turn, "tool", "tool_result", text, call=call, editable=True),
        ]
    return Conversation(tuple(blocks), "model")


def scene_of(talk: Conversation, **more: object) -> Scene:
    known = {"forms": {}, "decided": 0, "fixed": 0, "total": 0, **more}
    return Scene(talk, budget=Budget(), counter=COUNTER, reduce=None, **known)  # type: ignore[arg-type]  # of one test each


def near(embedder: Meaning | None, talk: Conversation, **more: object) -> dict[int, float]:
    scene = scene_of(talk, **more)
    return dict(by_meaning(embedder, scene, scene.turns))


def said(subject: str, number: int) -> str:
    """A text that no two numbers share, and that nothing is left out of."""
    words = ("colour", "weight", "sound", "age", "name", "use")
    return "\n".join(
        f"The {subject}'s {word} was {number * 31 + line} at {line * 7 + number}."
        for line, word in enumerate(words * 4)
    )


def fitted(embedder: Meaning | None) -> Plan:
    """A conversation of lanterns and boats by turns, of which a third must leave."""
    texts = [said("lantern" if number % 2 else "boat", number) for number in range(20)]
    talk = conversation(*texts)
    whole = plan(talk, Known(), counter=COUNTER).tokens_after
    budget = Budget(most_tokens=int(0.95 * whole), filled_after=0.7, shortens_first=False)
    return plan(talk, Known(), counter=COUNTER, means="tool", budget=budget, embedder=embedder)


def subjects_left(planned: Plan) -> set[str]:
    [original] = planned.originals.values()
    return {subject for subject in WORDS if f"The {subject}'s" in original.text}


def test_what_is_about_the_task_stays_though_it_shares_no_word_with_it() -> None:
    planned = fitted(Meaning())

    assert subjects_left(planned) == {"boat"}
    assert planned.rewrite is not None
    assert planned.rewrite.occasion == "window"


@pytest.mark.parametrize(
    "answer",
    [
        failing,
        lambda vectors: vectors[1:],
        lambda vectors: [*vectors, vectors[0]],
        lambda vectors: [vectors[0], *([1.0] for _ in vectors[1:])],
        lambda vectors: [[math.nan] * 3 for _ in vectors],
        lambda vectors: [[math.inf] * 3 for _ in vectors],
        lambda _: [],
    ],
    ids=["failing", "too few", "too many", "of two lengths", "nan", "infinite", "none"],
)
def test_where_there_is_no_answer_turns_leave_as_without_a_model(
    answer: Callable[[Vectors], Vectors],
) -> None:
    asked = Meaning(answer)

    planned = fitted(asked)

    assert asked.asked
    assert planned == fitted(None)
    assert subjects_left(planned) == {"boat", "lantern"}


def test_a_model_is_asked_once_where_something_must_leave_and_never_elsewhere() -> None:
    asked = Meaning()
    fits = Budget(most_tokens=1_000_000)

    plan(
        conversation(*(said("boat", number) for number in range(16))),
        Known(),
        counter=COUNTER,
        means="tool",
        budget=fits,
        embedder=asked,
    )
    assert not asked.asked

    fitted(asked)
    assert len(asked.asked) == 1


def test_the_nearest_turn_counts_one_and_the_farthest_nothing() -> None:
    found = near(Meaning(), conversation("a lamp", "a lantern", "a boat"))

    assert found[1] == 1.0
    assert 0.5 < found[2] < 1.0
    assert found[3] == 0.0


def test_turns_that_are_all_as_near_are_not_drawn_apart() -> None:
    found = near(Meaning(), conversation("lamp " * 40, "lamp " * 41, "lamp " * 42))

    assert all(0.49 < each < 0.51 for each in found.values())


def test_vectors_without_a_length_are_near_to_nothing() -> None:
    talk = conversation("a lamp", "a boat")

    found = near(Meaning(lambda vectors: [[0.0] * 3 for _ in vectors]), talk)

    assert found == {1: 0.5, 2: 0.5}


def test_there_is_nothing_to_tell_of_less_than_two_turns_or_no_task() -> None:
    asked = Meaning()

    assert near(asked, conversation("a lamp")) == {}
    assert near(asked, Conversation((), "model")) == {}
    assert near(None, conversation("a lamp", "a boat")) == {}
    assert not asked.asked


def test_turns_that_have_left_are_not_read_again() -> None:
    asked = Meaning()
    left = Form(None, ("intelligent_cap",), 10, 0, told_by=2)
    talk = conversation("a lamp", "a boat", "a lantern")

    near(asked, talk, forms={1: left, 2: left})

    assert [text for text in asked.asked[0][1:] if "lamp" in text] == []
    assert len(asked.asked[0]) == 3


def test_of_long_texts_both_ends_are_read_and_of_all_together_so_much_and_no_more() -> None:
    asked = Meaning()
    texts = [f"begin{number} {'middle ' * 20_000} end{number}" for number in range(300)]

    found = near(asked, conversation(*texts, task="task " * 9_000))

    [(task, *gists)] = asked.asked
    assert len(task) < 3 * TASK_CHARACTERS
    assert len(gists) == MOST_TURNS
    assert sum(map(len, gists)) < 2 * MOST_CHARACTERS
    assert all("begin" in gist and "end" in gist for gist in gists)
    assert len(found) == 300
    assert sorted(found.values())[150] == 0.5


def test_many_texts_of_one_turn_share_its_room() -> None:
    asked = Meaning()
    results = [f"result{number} " * 3_000 for number in range(40)]
    talk = conversation("a boat", "a lamp")
    call = ToolCall("c", "Look", "{}")
    more = [
        Block(("messages", 5, "content", at), 2, "tool", "tool_result", text, call=call)
        for at, text in enumerate(results)
    ]

    near(asked, Conversation((*talk.blocks, *more), "model"))

    [gist] = [text for text in asked.asked[0][1:] if "lamp" in text]
    assert "result3 " in gist
    assert len(gist) < 2 * LONGEST_TURN


def test_of_a_call_its_name_and_arguments_are_read_and_of_opaque_blocks_nothing() -> None:
    asked = Meaning()
    talk = conversation("a boat", "a lamp")
    hidden = Block(("messages", 5), 3, "assistant", "opaque", '{"image":"lampAAAA"}')

    found = near(asked, Conversation((*talk.blocks, hidden), "model"))

    assert asked.asked[0][1] == 'Look {"at":0}\na boat'
    assert "AAAA" not in "".join(asked.asked[0])
    assert found[3] == 0.5


def test_a_marker_tells_of_what_left_as_always() -> None:
    planned = fitted(Meaning())

    told = [mark for edit in planned.edits for mark in find_markers(edit.text)]
    assert [mark.unit for mark in told] == ["turns"]
