"""An example, played by the code that the proxy runs: what each side gets, as bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from headroom.conversation import Edit
from headroom.conversation import Known as Decided
from headroom.formats.base import CallMade, Format
from headroom.pipeline import plan
from headroom.proxy.retrieval import Ask, Fetch, Keep, Retrieval, Send, Step
from headroom.tokens import Counter
from headroom.wire.document import Document
from headroom.wire.frames import Frames, framed
from scripts.hidden_legs.job_log import answer


@dataclass(frozen=True)
class Example:
    """What client and provider say: a request, the legs of the reply, and what comes after it.

    *next_request* makes it of the first request and a body with the turn as the client has it.
    """

    format: Format
    request: dict[str, Any]
    legs: Sequence[bytes]
    next_request: Callable[[dict[str, Any], Any], dict[str, Any]]

    @property
    def place(self) -> int:
        """Where the turn stands in the history."""
        return len(self.request.get("messages") or self.request["input"])


@dataclass
class Event:
    """One event of a stream; *as_it_came* says that the client gets just what the provider said."""

    raw: bytes
    as_it_came: bool


@dataclass
class Played:
    """A turn: the bodies *sent* to the provider, the events of its *legs*, those *told* on."""

    sent: list[bytes]
    legs: list[list[Event]] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    kept: list[Keep] = field(default_factory=list)

    @property
    def reply(self) -> bytes:
        """All that the client gets."""
        return b"".join(event.raw for event in self.told)


def play(example: Example) -> Played:
    """The turn of this example."""
    document = Document.read(encode(example.request))
    return take_turn(example.format, document, offered(example.format, document), example.legs)


def take_turn(dialect: Format, document: Document, sent: bytes, legs: Sequence[bytes]) -> Played:
    """The turn that answers *document*, which went on as *sent*."""
    turn = dialect.weaver.turn(document, streaming=bool(document.get("stream")))
    retrieval = Retrieval(turn, sent)
    played = Played([sent])
    for leg in legs:
        _feed(played, retrieval, leg)
        steps = list(retrieval.end_leg())
        while steps:
            steps += _taken(played, retrieval, steps.pop(0))
    return played


def _feed(played: Played, retrieval: Retrieval, leg: bytes) -> None:
    events = []
    for raw in events_in(leg) or [leg]:
        told = retrieval.feed(raw)
        events.append(Event(raw, as_it_came=told == raw))
        played.told += [Event(each, as_it_came=each == raw) for each in events_in(told)]
    played.legs.append(events)


def _taken(played: Played, retrieval: Retrieval, step: Step) -> Sequence[Step]:
    """Do what this step says; what is to be done after it."""
    if isinstance(step, Fetch):
        return retrieval.fetched({call.id: _fetched(call) for call in step.calls})
    if isinstance(step, Ask):
        played.sent.append(step.body)
    elif isinstance(step, Keep):
        played.kept.append(step)
    elif isinstance(step, Send):
        held = {event.raw: event for event in played.legs[-1] if not event.as_it_came}
        for raw in events_in(step.data) or [step.data]:
            if raw in held:
                held[raw].as_it_came = True
            played.told.append(Event(raw, as_it_came=raw in held))
    return ()


def _fetched(call: CallMade) -> str:
    return answer(msgspec.json.decode(call.arguments))


def offered(dialect: Format, document: Document) -> bytes:
    """The request as it goes on: shortened, and with our tool."""
    offer = dialect.weaver.offer(document)
    return document.rewrite([*shortened(dialect, document), *([offer] if offer else [])])


def shortened(dialect: Format, document: Document) -> Sequence[Edit]:
    """What leaves something out of the tool output in a request."""
    conversation = dialect.read(document)
    return plan(conversation, Decided(), counter=Counter.load(), means="tool").edits


def put_back(example: Example, document: Document, keep: Keep) -> bytes:
    """The same for the request after the turn, with the turn put back."""
    dialect = example.format
    legs = dialect.weaver.put_back(document, example.place, keep.legs)
    return Document.read(offered(dialect, document)).rewrite(legs)


def encode(value: Any) -> bytes:
    """*value* as JSON."""
    return msgspec.json.encode(value)


def named_events(*events: Mapping[str, Any]) -> bytes:
    """A stream of these events, each named by its type."""
    return b"".join(framed(encode(event), event["type"]) for event in events)


def chunks(*values: Mapping[str, Any]) -> bytes:
    """A stream of chat chunks to its end."""
    return b"".join(framed(encode(value)) for value in values) + framed(b"[DONE]")


def events_in(stream: bytes) -> list[bytes]:
    """The events of a stream, as bytes."""
    return [frame.raw for frame in Frames().feed(stream)]
