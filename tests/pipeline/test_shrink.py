"""Which encoding a text gets, and where it is said to come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from headroom.compressors.base import Origin
from headroom.conversation import Block, ToolCall
from headroom.pipeline.shrink import SHORTEST_CHARACTERS, origin, shortest
from headroom.tokens import Counter

TEXT = "word " * 200


@dataclass(frozen=True)
class Keeps:
    """A compressor that keeps the first words."""

    words: int
    strategy: str

    @property
    def name(self) -> str:
        return self.strategy

    def encode(self, text: str, origin: Origin) -> str | None:
        return text[: 5 * self.words] if self.words else None

    def decode(self, encoded: str) -> str:
        raise ValueError(encoded)


@pytest.fixture(scope="module")
def counter() -> Counter:
    return Counter.load()


def result(name: str, arguments: Any) -> Block:
    call = ToolCall("call_1", name, json.dumps(arguments))
    return Block(("messages", 0), 0, "tool", "tool_result", "", call=call)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"command": "ls -la"}, Origin("Tool", command="ls -la")),
        ({"cmd": "ls"}, Origin("Tool", command="ls")),
        ({"command": ["bash", "-lc", "ls"]}, Origin("Tool", command="bash -lc ls")),
        ({"file_path": "a.py", "offset": 3}, Origin("Tool", path="a.py")),
        ({"path": "src", "command": "view"}, Origin("Tool", command="view", path="src")),
        ({"command": 5}, Origin("Tool")),
        ([], Origin("Tool")),
        (None, Origin("Tool")),
    ],
)
def test_the_call_says_where_a_text_comes_from(arguments: Any, said: Origin) -> None:
    assert origin(result("Tool", arguments)) == said


def test_a_text_without_its_call_comes_from_nowhere() -> None:
    unanswered = Block(("messages", 0), 0, "tool", "tool_result", "")
    damaged = Block(("x",), 0, "tool", "tool_result", "", call=ToolCall("1", "Tool", "{"))

    assert origin(unanswered) == Origin()
    assert origin(damaged) == Origin("Tool")


def test_the_encoding_with_the_fewest_tokens_is_taken(counter: Counter) -> None:
    compressors = [Keeps(90, "long"), Keeps(0, "none"), Keeps(50, "short"), Keeps(70, "middle")]

    assert shortest(TEXT, Origin(), compressors, counter) == (TEXT[:250], "short")


def test_an_encoding_that_saves_nothing_is_not_taken(counter: Counter) -> None:
    assert shortest(TEXT, Origin(), [Keeps(200, "same")], counter) is None
    assert shortest(TEXT, Origin(), [], counter) is None


def test_a_short_text_is_not_looked_at(counter: Counter) -> None:
    text = TEXT[: SHORTEST_CHARACTERS - 1]

    assert shortest(text, Origin(), [Keeps(1, "one")], counter) is None
