"""What a provider's dialect is: body to conversation, reply bytes to events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from headroom.conversation import Change, Conversation, Legs
from headroom.formats.recall import Recall
from headroom.outcome import STANDARD, Terms, Usage
from headroom.wire.document import Document


@dataclass(frozen=True, slots=True)
class UsageReported:
    """The provider's own count; a later one replaces an earlier one."""

    usage: Usage
    terms: Terms = STANDARD


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
class ModelNamed:
    """The model that has answered, in the provider's own words."""

    model: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply is whole; *reason* is the provider's own word for why it stopped."""

    reason: str


ReplyEvent = UsageReported | CallMade | TextSaid | ModelNamed | Finished


class ReplyReader(Protocol):
    """Watches a reply go by.  Never raises on any bytes; never holds more than 1 MB."""

    def feed(self, chunk: bytes) -> Sequence[ReplyEvent]:
        """Events that this chunk completes; chunks may be cut anywhere."""
        ...

    def close(self) -> Sequence[ReplyEvent]:
        """Events that only the end of the body completes (a reply that is not streamed)."""
        ...


class Turn(Protocol):
    """The assistant's turn as its client sees it: one reply, made of one or more legs.

    See `formats/turns.py`.
    The order of use: `feed` until the leg's body ends, `end_leg`; then, while `goes_on`:
    `answer`, `ask`, and the next leg; then `finish`.
    """

    @property
    def calls(self) -> Sequence[CallMade]:
        """The calls of our tool in the leg that has ended, where they can be answered."""
        ...

    @property
    def goes_on(self) -> bool:
        """Whether the provider is to be asked again: it has called us, and nobody else."""
        ...

    @property
    def is_cut(self) -> bool:
        """Whether the last leg ended without its end, and the client must see that."""
        ...

    @property
    def legs(self) -> Legs:
        """What is to be put back when the client sends this turn; empty if nothing was hidden."""
        ...

    @property
    def reply_id(self) -> str:
        """The id by which the client knows this reply; empty where it has none."""
        ...

    @property
    def last_id(self) -> str:
        """The id of the last leg, by which the provider knows how the conversation went on."""
        ...

    def feed(self, chunk: bytes) -> bytes:
        """What the client is to get of this chunk of the leg; may be nothing."""
        ...

    def end_leg(self) -> bytes:
        """The leg's body has ended: what the client is to get before anything else."""
        ...

    def answer(self, answers: Mapping[str, str]) -> None:
        """Take the texts for the calls, by their ids."""
        ...

    def ask(self, sent: bytes) -> bytes:
        """The body that asks for the next leg, made from *sent*, which asked for the last."""
        ...

    def finish(self) -> bytes:
        """The end of the turn: what was held back, with all legs counted."""
        ...

    def echoed(self) -> bytes:
        """A body in which this turn stands as a client sends it later, and nothing else."""
        ...


class Weaver(Protocol):
    """How our own tool is offered in one dialect, and its calls put back into the history."""

    def tools(self, document: Document) -> tuple[str, ...]:
        """The names of the tools that the request brings, in order."""
        ...

    def offer(self, document: Document) -> Change | None:
        """What adds our tool to the request; None where that must not be.

        It must not where the request brings no tools or a tool of this name, and where one
        reply holds several answers.
        """
        ...

    def turn(self, document: Document, *, streaming: bool) -> Turn:
        """A turn that begins with the reply to this request, as the client sent it."""
        ...

    def put_back(self, document: Document, at: int, legs: Legs) -> Sequence[Change]:
        """What restores the turn that begins with message (or item) *at*, as it was made."""
        ...

    def follows(self, document: Document) -> str:
        """The id of the reply, kept by its provider, that this request goes on from, or empty."""
        ...

    def is_kept(self, document: Document) -> bool:
        """Whether the provider keeps the reply to this request, to be gone on from by its id."""
        ...

    def follow(self, document: Document, last_id: str, legs: Legs) -> Sequence[Change]:
        """What makes this request go on from the last leg of a turn, and answers its calls."""
        ...


class Format(Protocol):
    """One provider dialect."""

    @property
    def name(self) -> str:
        """`anthropic`, `openai_chat`, `openai_responses`, `gemini`."""
        ...

    @property
    def provider(self) -> str:
        """Whose prices and error shapes apply: `anthropic`, `openai` or `gemini`."""
        ...

    @property
    def routes(self) -> tuple[str, ...]:
        """The paths that speak this dialect: `/v1/messages`; `*` stands for a model."""
        ...

    @property
    def weaver(self) -> Weaver:
        """How our own tool is woven into requests of this dialect, and out of replies."""
        ...

    def read(self, document: Document, recall: Recall | None = None) -> Conversation:
        """The conversation in this body.  Odd shapes become opaque blocks; never raises.

        *recall* saves reading messages again that an earlier request had; nothing else.
        """
        ...

    def reply_reader(self, *, streaming: bool) -> ReplyReader:
        """A watcher for the reply to one request."""
        ...

    def error_body(self, status: int, message: str, *, retry_after_s: float | None = None) -> bytes:
        """An error of ours in this provider's shape, as JSON bytes.

        *retry_after_s* is told in it where the provider's clients look for it there.
        """
        ...

    def error_event(self, message: str, *, status: int = 500) -> bytes:
        """The same as the last event of a stream that has begun."""
        ...
