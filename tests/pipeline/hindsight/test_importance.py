"""What makes one turn matter more than another."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from headroom.conversation import Conversation
from headroom.pipeline.hindsight.importance import WEIGHTS, Signs, by_place, by_signs
from headroom.pipeline.hindsight.turns import turns_of
from tests.pipeline.hindsight.scenes import call, lines, result, talk, task

PLAIN = lines(30)


def scores(conversation: Conversation) -> list[float]:
    return by_signs(conversation.blocks, turns_of(conversation.blocks))


def test_the_weights_make_one_whole() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)
    assert Signs(1.0, 1.0, 1.0, 1.0, 1.0, 1.0).score == pytest.approx(1.0)
    assert Signs(0.0, 0.0, 0.0, 0.0, 0.0, 0.0).score == 0.0


def test_by_place_the_older_matters_less() -> None:
    assert by_place(turns_of(talk(*"abcd").blocks)) == [0.25, 0.5, 0.75, 1.0]


def test_of_turns_that_say_the_same_the_younger_matters_more() -> None:
    said = scores(talk(*[PLAIN] * 5))

    assert said == sorted(said)


@pytest.mark.parametrize(
    "telling",
    [
        PLAIN + "\nerror: no such bed",
        PLAIN + "\nplease look at the beds",
    ],
    ids=["tells of an error", "is near to the task"],
)
def test_what_tells_something_matters_more(telling: str) -> None:
    plain, told = scores(talk(PLAIN, *[PLAIN] * 4)), scores(talk(telling, *[PLAIN] * 4))

    assert told[0] > plain[0]


def test_what_later_calls_name_matters_more() -> None:
    shown = f"{PLAIN}\nsrc/garden/carrots.py:12"
    first, second = call(1, 1), call(3, 2)
    named = call(5, 3, "Read", file_path="src/garden/carrots.py")
    blocks = (task(), first, result(2, 1, shown, first), second, result(4, 2, PLAIN, second))
    conversation = Conversation((*blocks, named, result(6, 3, PLAIN, named)), "m")

    said = scores(conversation)

    assert said[0] > said[1]


def test_what_was_learned_is_asked_for_each_turn() -> None:
    blocks = talk(PLAIN, PLAIN).blocks

    said = by_signs(blocks, turns_of(blocks), learned=lambda turn: float(turn.number == 1))

    assert said[0] > said[1]


def test_no_turns_have_no_scores() -> None:
    assert by_signs(talk().blocks, ()) == []


def test_every_process_comes_to_the_same() -> None:
    said = (
        "from tests.pipeline.hindsight.test_importance import *;"
        "print(scores(talk(*[lines(9, f'word{n} bed{n}') for n in range(30)])))"
    )

    def told(seed: str) -> str:
        paths = os.pathsep.join(sys.path)
        environ = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths}
        return subprocess.run(
            [sys.executable, "-c", said], env=environ, capture_output=True, text=True, check=True
        ).stdout

    assert told("1") == told("2")
