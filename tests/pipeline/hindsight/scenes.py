"""Small conversations whose tokens can be counted by hand, as hindsight sees them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headroom.compressors import REDUCERS
from headroom.compressors.base import Ask, Reduced
from headroom.conversation import Block, Conversation, Facts, Form, ToolCall
from headroom.pipeline.budget import REWRITING, Budget
from headroom.pipeline.choices import EVERYTHING, Choices
from headroom.pipeline.hindsight import Scene
from headroom.pipeline.reduce import Reduce
from headroom.tokens import Counter


class Words(Counter):
    """Counts words: a marker has some twenty."""

    def __init__(self) -> None:
        """Without a vocabulary."""

    def count(self, text: str) -> int:
        """How many words there are."""
        return len(text.split())


@dataclass(frozen=True, slots=True)
class Keeps:
    """Keeps the first lines of a text of words, half as many where half the room is given."""

    lines: int
    asked_back: float = 0.1
    name: str = "keeps"
    kind: str = "keeps"
    strategy: str = "keeps"
    tools: frozenset[str] = frozenset()
    usual_tokens: int = 1_000

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """The first lines."""
        lines = text.split("\n")
        usual = self.usual_tokens * len(text) / len(text.split())
        kept = max(min(round(self.lines * ask.room / usual), len(lines)), 1)
        gone = len(lines) - kept
        return Reduced("\n".join(lines[:kept]), gone, len(lines), "lines") if gone > 0 else None


@dataclass(frozen=True, slots=True)
class FailsDeeper(Keeps):
    """Has a bug that only shows where less room is given."""

    def reduce(self, text: str, ask: Ask) -> Reduced | None:
        """Nothing, or KeyError."""
        if ask.room < self.lines:
            raise KeyError(text)
        return None


def lines(count: int, about: str = "line") -> str:
    """So many lines of five words."""
    return "\n".join(f"{about} {n} of the garden" for n in range(count))


def longs(count: int) -> list[str]:
    """So many texts of 60 lines, no two alike."""
    return [lines(60, f"row{n}") for n in range(count)]


def task(text: str = "please look at the beds") -> Block:
    """What a user asks first."""
    return Block(("messages", 0, "content"), 0, "user", "text", text)


def said(at: int, turn: int, text: str, role: Any = "user") -> Block:
    """Words in a message of their own."""
    return Block(("messages", at, "content"), turn, role, "text", text)


def call(at: int, turn: int, name: str = "Bash", **arguments: Any) -> Block:
    """A call, alone in message *at*."""
    packed = json.dumps(arguments, sort_keys=True, separators=(",", ":"))
    made = ToolCall(f"call_{turn}", name, packed)
    text = f'{{"input":{packed},"name":"{name}"}}'
    return Block(("messages", at, "content", 0), turn, "assistant", "tool_call", text, made)


def result(at: int, turn: int, text: str, of: Block | None = None, **more: Any) -> Block:
    """The answer to the call *of*, in message *at*."""
    path = ("messages", at, "content", 0, "content")
    made = of.call if of is not None else ToolCall(f"call_{turn}", "Bash", '{"command": "look"}')
    whole = {"editable": True, **more}
    return Block(path, turn, "tool", "tool_result", text, made, **whole)


def talk(*results: str, name: str = "Bash", **facts: Any) -> Conversation:
    """A task, and a call for each result; block 2n is the n-th result, in message 2n."""
    blocks = [task()]
    for turn, text in enumerate(results, 1):
        made = call(2 * turn - 1, turn, name, command="look")
        blocks += [made, result(2 * turn, turn, text, made)]
    return Conversation(tuple(blocks), "model", facts=Facts(**facts))


def scene(
    conversation: Conversation,
    forms: Mapping[int, Form] | None = None,
    *,
    budget: Budget = REWRITING,
    keeps: Keeps | None = None,
    choices: Choices = EVERYTHING,
    **more: Any,
) -> Scene:
    """All of it was sent before, in these forms, if it is not said otherwise."""
    counter = more.pop("counter", Words())
    reducers = REDUCERS if keeps is None else (keeps,)
    whole = {
        "decided": len(conversation.blocks),
        "fixed": 0,
        "budget": budget,
        "counter": counter,
        "reduce": Reduce(choices=choices, reducers=reducers),
        **more,
    }
    made = Scene(conversation=conversation, forms=forms or {}, total=0, **whole)
    blocks = range(len(conversation.blocks))
    return dataclasses.replace(made, total=made.fixed + sum(map(made.tokens, blocks)))
