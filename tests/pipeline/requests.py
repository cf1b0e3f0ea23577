"""Requests with a long log in them, and passes that do one thing: for trying what plans do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from headroom.conversation import Block, Conversation, Facts, ToolCall
from headroom.pipeline.causal import Before, Shorter
from headroom.tokens import Counter

LOG = "\n".join(f"2026-11-21 10:00:{n % 60:02d} INFO served request {n}" for n in range(80))


def task() -> Block:
    return Block(("messages", 0, "content"), 0, "user", "text", "please look at the log")


def call(number: int, name: str = "Bash") -> Block:
    made = ToolCall(f"call_{number}", name, '{"command":"cat log"}')
    return Block(("messages", number), number, "assistant", "tool_call", "{}", call=made)


def result(number: int, text: str = LOG, *, editable: bool = True) -> Block:
    made = ToolCall(f"call_{number}", "Bash", '{"command":"cat log"}')
    path = ("messages", number + 1, "content")
    return Block(path, number + 1, "tool", "tool_result", text, call=made, editable=editable)


def conversation(*blocks: Block, **facts: Any) -> Conversation:
    return Conversation(blocks, "model", facts=Facts(**facts), fixed_text=("tools",))


@dataclass(frozen=True)
class Halves:
    """A pass that keeps the first half: for trying what plan does with a pass."""

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        return Shorter(text[: len(text) // 2], "halves")


@dataclass(frozen=True)
class Cuts:
    """A pass that leaves the last words out."""

    words: int

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        return Shorter(text.rsplit(" ", self.words)[0], "cuts")


@dataclass(frozen=True)
class Breaks:
    """A pass with a bug."""

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        raise KeyError(text)


@dataclass(frozen=True)
class Blanks:
    """A pass that leaves nothing."""

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        return Shorter(" \n", "blanks")
