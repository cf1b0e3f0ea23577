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
from typing import Any

import msgspec

from headroom.conversation import Leg, Legs
from headroom.errors import UnreadableBody
from headroom.formats.base import CallMade, Turn, Weaver
from headroom.marker import TOOL_ARGUMENTS
from headroom.wire.document import Document
from headroom.wire.frames import Frame, Frames

__all__ = ["StreamedTurn", "Turn", "Weaver"]

MOST_REWRITTEN_BYTES = 16 * 1024 * 1024
"""How large one event, or a reply that is not streamed, may be to be taken apart."""

NOTHING_SAID = "[no answer]"
"""What a turn says in the end that would have said nothing at all: no client takes that."""


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
