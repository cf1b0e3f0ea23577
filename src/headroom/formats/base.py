"""What a provider's dialect is: body to conversation, reply bytes to events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from headroom.conversation import Conversation
from headroom.formats.recall import Recall
from headroom.outcome import Usage
from headroom.wire.document import Document


@dataclass(frozen=True, slots=True)
class UsageReported:
    """The provider's own count; a later one replaces an earlier one."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class CallMade:
    """A complete tool call in the reply; *arguments* is the JSON text as it came."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class TextSaid:
    """A piece of visible or thinking text in the reply, for counting where usage is missing."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply is whole; *reason* is the provider's own word for why it stopped."""

    reason: str


ReplyEvent = UsageReported | CallMade | TextSaid | Finished


class ReplyReader(Protocol):
    """Watches a reply go by.  Never raises on any bytes; never holds more than 1 MB."""

    def feed(self, chunk: bytes) -> Sequence[ReplyEvent]:
        """Events that this chunk completes; chunks may be cut anywhere."""
        ...

    def close(self) -> Sequence[ReplyEvent]:
        """Events that only the end of the body completes (a reply that is not streamed)."""
        ...


class Format(Protocol):
    """One provider dialect."""

    @property
    def name(self) -> str:
        """`anthropic`, `openai_chat`, `openai_responses`."""
        ...

    @property
    def provider(self) -> str:
        """Whose prices and error shapes apply: `anthropic` or `openai`."""
        ...

    @property
    def routes(self) -> tuple[str, ...]:
        """The paths that speak this dialect: `/v1/messages`."""
        ...

    def read(self, document: Document, recall: Recall | None = None) -> Conversation:
        """The conversation in this body.  Odd shapes become opaque blocks; never raises.

        *recall* saves reading messages again that an earlier request had; nothing else.
        """
        ...

    def reply_reader(self, *, streaming: bool) -> ReplyReader:
        """A watcher for the reply to one request."""
        ...

    def error_body(self, status: int, message: str) -> bytes:
        """An error of ours in this provider's shape, as JSON bytes."""
        ...

    def error_event(self, message: str, *, status: int = 500) -> bytes:
        """The same as the last event of a stream that has begun."""
        ...
