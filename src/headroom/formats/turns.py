"""A turn of the assistant as its client sees it: one reply, made of one or more legs.

The first leg is the provider's reply.  Where it calls our own tool and nothing else, the
originals are fetched, the provider is asked again with them, and its next reply is the next leg
of the same turn.  A `Turn` takes the bytes of each leg and gives those for the client: the same
bytes, until a call of ours comes; from there on without it, and as one reply to its end.

Without input or output of its own: bytes in, bytes out.  Who fetches and asks is
`proxy/retrieval.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from headroom.conversation import Change, Leg, Legs
from headroom.errors import UnreadableBody
from headroom.formats.base import CallMade
from headroom.marker import TOOL_ARGUMENTS
from headroom.wire.document import Document
from headroom.wire.frames import Frame, Frames

MOST_REWRITTEN_BYTES = 16 * 1024 * 1024
"""How large one event, or a reply that is not streamed, may be to be taken apart."""

NOTHING_SAID = "[no answer]"
"""What a turn says in the end that would have said nothing at all: no client takes that."""


class Turn(Protocol):
    """One turn in one dialect; see the module's docstring.

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

    def offer(self, document: Document) -> Change | None:
        """What adds our tool to the request; None where that must not be.

        It must not where the request brings no tools or a tool of this name, and where one
        reply holds several answers.
        """
        ...

    def turn(self, *, streaming: bool) -> Turn:
        """A turn that begins with the reply to this request."""
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


class StreamedTurn:
    """What streamed turns have in common: frames in, the client's bytes out, legs kept."""

    def __init__(self) -> None:
        self._frames = Frames()
        self._ended: list[Leg] = []
        self._calls: tuple[CallMade, ...] = ()
        self._held: list[Frame] = []
        """The last events of the leg, which wait for the end of the turn."""

    @property
    def calls(self) -> Sequence[CallMade]:
        """See `Turn.calls`."""
        return self._calls

    @property
    def legs(self) -> Legs:
        """See `Turn.legs`."""
        return kept_legs(self._ended)

    def feed(self, chunk: bytes) -> bytes:
        """See `Turn.feed`."""
        return b"".join([self._passed(frame) for frame in self._frames.feed(chunk)])

    def answer(self, answers: Mapping[str, str]) -> None:
        """See `Turn.answer`."""
        last = self._ended[-1]
        self._ended[-1] = Leg(last.pieces, last.hidden, self._answers(answers))

    def _passed(self, frame: Frame) -> bytes:
        raise NotImplementedError

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        raise NotImplementedError


def kept_legs(legs: Sequence[Leg]) -> Legs:
    """These legs, if something in them was hidden and answered."""
    return tuple(legs) if any(leg.answers for leg in legs) else ()


def encoded(value: Any) -> str:
    """*value* as JSON text."""
    return msgspec.json.encode(value).decode()


def visible_pieces(legs: Sequence[Leg]) -> tuple[str, ...]:
    """What the client has seen of these legs."""
    return tuple(piece for leg in legs for n, piece in enumerate(leg.pieces) if n not in leg.hidden)


def tool_parameters() -> dict[str, Any]:
    """What our tool takes, as a JSON schema."""
    return {"type": "object", "properties": {name: {"type": "string"} for name in TOOL_ARGUMENTS}}


def raw(text: str) -> msgspec.Raw:
    """JSON text, to be encoded as what it is."""
    return msgspec.Raw(text.encode())


def listed(pieces: Sequence[str]) -> str:
    """JSON texts as one JSON list."""
    return f"[{','.join(pieces)}]"


def read_document(body: bytes) -> Document | None:
    """The JSON object in *body*, or None when there is none that can be taken apart."""
    try:
        return Document.read(body)
    except UnreadableBody:
        return None
