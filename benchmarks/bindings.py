"""Thinking that is bound to all that stands before it, and the check that it still is.

`thinking_aloud` puts thinking at the head of every turn of a recorded session; `Bindings`
signs each as the scripted provider of the tests does, and counts those that do not fit later.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from headroom.replay.dialects import AnthropicDialect, OpenAIResponsesDialect
from headroom.replay.lane import Lane
from headroom.replay.segments import SegmentReader
from headroom.replay.session import Session, Thread, thread_of
from tests.upstream.memory import Memory, canonical, signature_of
from tests.upstream.validate import blocks_of, broken_bindings, prefix_before

BINDING_MODEL = "claude-opus-5-5"
UNSIGNED = "unsigned-"
THOUGHT = "This is what turn {} thinks of before it acts; nobody but its provider reads it. "
REPEATED = 4


def can_bind(session: Session) -> bool:
    """Whether the session's dialect knows thinking that is given back to the provider."""
    return session.dialect in (AnthropicDialect(), OpenAIResponsesDialect())


def thinking_aloud(session: Session) -> Session:
    """The same session with thinking at the head of every turn of the assistant, if it can be."""
    if not can_bind(session):
        return session
    head = dict(session.head)
    if session.dialect == AnthropicDialect():
        head |= {"model": BINDING_MODEL, "thinking": {"type": "adaptive"}}
    threads = tuple(_thinking(session, thread) for thread in session.threads)
    return dataclasses.replace(session, model=str(head["model"]), head=head, threads=threads)


class Bindings:
    """What the provider of one session signs, and finds broken."""

    def __init__(self, session: Session, count: Callable[[str], int]) -> None:
        self.broken = 0
        self.checked = 0
        self._dialect = session.dialect
        self._memory = Memory()
        self._signatures: dict[str, str] = {}
        self._lane = Lane()
        self._reader = SegmentReader(session.dialect, count)

    def take(self, forwarded: bytes, number: int, *, is_last: bool) -> None:
        """Turn *number*'s request arrives, and is answered with thinking.

        All thinking in it is looked at where the prefix has changed, and in the *last* request:
        a prefix that goes on as it was breaks nothing that was whole.
        """
        prompt = self._reader.read(forwarded)
        if is_last or not self._lane.extends(prompt):
            self.check(forwarded)
        self._lane.send(prompt)
        self.sign(forwarded, number)

    def check(self, forwarded: bytes) -> None:
        """Look at all thinking in a request as it arrives."""
        body = self._signed(forwarded)
        if self._dialect == AnthropicDialect():
            self.checked += sum(1 for block in _thoughts(body) if "signature" in block)
            self.broken += len(broken_bindings(body, self._memory))
        elif self._dialect == OpenAIResponsesDialect():
            ours = frozenset(self._signatures.values())
            for at, item in enumerate(body["input"]):
                if item.get("encrypted_content") in ours:
                    self.checked += 1
                    self.broken += item["encrypted_content"] != _sealed(body, at, item["id"])

    def sign(self, forwarded: bytes, number: int) -> None:
        """The provider answers this request: its thinking is turn *number*'s."""
        body = self._signed(forwarded)
        if self._dialect == AnthropicDialect():
            prefix = prefix_before(body, body["messages"], [])
            self._signatures[f"{UNSIGNED}{number}"] = self._memory.sign(prefix, _thought(number))
        elif self._dialect == OpenAIResponsesDialect():
            sealed = _sealed(body, len(body["input"]), f"rs_{number}")
            self._signatures[f"{UNSIGNED}{number}"] = sealed

    def _signed(self, forwarded: bytes) -> Any:
        body = json.loads(forwarded)
        for block in _thoughts(body):
            for name in ("signature", "encrypted_content"):
                if name in block:
                    block[name] = self._signatures.get(block[name], block[name])
        return body


def _thinking(session: Session, thread: Thread) -> Thread:
    items: list[Any] = []
    at = 0
    for number, (start, end) in enumerate(thread.turns):
        items += thread.items[at:start]
        items += _with_thought(session, number, thread.items[start:end])
        at = end
    return thread_of((*items, *thread.items[at:]), session.dialect)


def _with_thought(session: Session, number: int, turn: Sequence[Any]) -> Iterator[Any]:
    signature = f"{UNSIGNED}{number}"
    if session.dialect == OpenAIResponsesDialect():
        yield {
            "type": "reasoning",
            "id": f"rs_{number}",
            "summary": [],
            "encrypted_content": signature,
        }
        yield from turn
        return
    thought = {"type": "thinking", "thinking": _thought(number), "signature": signature}
    yield {**turn[0], "content": [thought, *blocks_of(turn[0]["content"])]}
    yield from turn[1:]


def _thought(number: int) -> str:
    return THOUGHT.format(number) * REPEATED


def _thoughts(body: Any) -> Iterator[dict[str, Any]]:
    for message in body.get("messages", ()):
        for block in blocks_of(message.get("content")):
            if block.get("type") == "thinking":
                yield block
    for item in body.get("input", ()):
        if isinstance(item, dict) and item.get("type") == "reasoning":
            yield item


def _sealed(body: Any, at: int, name: str) -> str:
    prefix = canonical([body.get("tools", []), body.get("instructions", ""), body["input"][:at]])
    return signature_of(prefix, name)
