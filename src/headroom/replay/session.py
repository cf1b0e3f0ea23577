"""A recorded session: which requests were really made, and what was really answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from headroom.errors import HeadroomError
from headroom.replay.dialects.base import Dialect


class SessionError(HeadroomError):
    """A file that holds no session that we know how to read."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One request as the client sent it, and the assistant's turn that answered it."""

    number: int
    body: bytes
    reply: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """Messages or items in order, and where in them the assistant's turns begin and end."""

    items: tuple[Any, ...]
    turns: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Session:
    """All requests of one conversation with one model.

    *head* holds the body's members apart from its history, in their order.  A session has
    several threads when the client rewrote its history on the way.  *reported_tokens* is what
    the provider said the first prompt had, zero when nobody recorded it: session files leave
    out system prompt and tools, and the difference tells how large those were.
    """

    name: str
    dialect: Dialect
    model: str
    head: Mapping[str, Any]
    threads: tuple[Thread, ...]
    reported_tokens: int = 0

    @property
    def turn_count(self) -> int:
        """How many requests the session made."""
        return sum(len(thread.turns) for thread in self.threads)

    def turns(self) -> Iterator[Turn]:
        """The requests in the order in which they were made; bodies are built as they are read."""
        number = 0
        for thread in self.threads:
            encoded = [encode(item) for item in thread.items]
            for start, end in thread.turns:
                yield Turn(number, self._body(encoded[:start]), thread.items[start:end])
                number += 1

    def requests(self) -> Iterator[bytes]:
        """The bodies of all requests of the last thread, one that nobody answered included."""
        if not self.threads:
            return
        thread = self.threads[-1]
        encoded = [encode(item) for item in thread.items]
        for start, _ in thread.turns:
            yield self._body(encoded[:start])
        answered = thread.turns[-1][1] if thread.turns else 0
        if answered < len(encoded):
            yield self._body(encoded)

    def _body(self, history: list[bytes]) -> bytes:
        member = self.dialect.history
        members = [
            b"%s:[%s]" % (encode(name), b",".join(history))
            if name == member
            else b"%s:%s" % (encode(name), encode(value))
            for name, value in {**self.head, member: self.head.get(member)}.items()
        ]
        return b"{%s}" % b",".join(members)


class Following(Protocol):
    """Reads an agent's session file line by line, and follows the client where it rewrites."""

    def take(self, line: dict[str, Any], /) -> None:
        """Take in the next line of the file."""
        ...

    def session(self, name: str, /) -> Session:
        """The session so far."""
        ...


def followed(conversation: Following, name: str, lines: Iterable[dict[str, Any]]) -> list[Session]:
    """The session of one file, if it holds any turn."""
    for line in lines:
        conversation.take(line)
    session = conversation.session(name)
    return [session] if session.turn_count else []


def encode(value: Any) -> bytes:
    """Compact JSON, as the JavaScript clients write it; what UTF-8 cannot hold is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def thread_of(items: tuple[Any, ...], dialect: Dialect, *, already_taken: int = 0) -> Thread:
    """A thread whose turns are the unbroken runs of assistant items from *already_taken* on.

    A run that nothing stands before is no answer to a request, so it is no turn.
    """
    turns = []
    start = None
    for place, item in enumerate((*items, None)):
        if dialect.owner(item) == "assistant":
            start = place if start is None else start
            continue
        if start is not None and start > 0 and start >= already_taken:
            turns.append((start, place))
        start = None
    return Thread(items, tuple(turns))
