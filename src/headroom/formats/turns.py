"""A turn of the assistant as its client sees it: one reply, made of one or more legs.

The first leg is the provider's reply.  Where it calls our own tool and nothing else, the
originals are fetched, the provider is asked again with them, and its next reply is the next leg
of the same turn.  A `Turn` takes the bytes of each leg and gives those for the client: the same
bytes, until a call of ours comes; from there on without it, and as one reply to its end.

Without input or output of its own: bytes in, bytes out.  Who fetches and asks is
`proxy/retrieval.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from headroom.conversation import Change, Leg, Legs
from headroom.errors import HeadroomError, UnreadableBody
from headroom.formats.base import CallMade, Turn, Weaver
from headroom.formats.replies import read_json
from headroom.marker import TOOL_ARGUMENTS
from headroom.wire.document import Document
from headroom.wire.frames import Frame, Frames

__all__ = ["StreamedTurn", "Turn", "Weaver"]

MOST_REWRITTEN_BYTES = 16 * 1024 * 1024
"""How large one event, or a reply that is not streamed, may be to be taken apart."""

NOTHING_SAID = "[no answer]"
"""What a turn says in the end that would have said nothing at all: no client takes that."""


ODDITIES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, HeadroomError)
"""What a reply can raise that is not shaped as its dialect says."""


class OddReply(HeadroomError):
    """The provider's reply is not as its dialect says, and something of it is hidden already."""


class StreamedTurn:
    """What streamed turns have in common: frames in, the client's bytes out, legs kept."""

    def __init__(self) -> None:
        self._frames = Frames(limit=MOST_REWRITTEN_BYTES)
        self._ended: list[Leg] = []
        self._calls: tuple[CallMade, ...] = ()
        self._failed = False
        """Whether an error of the provider's own has been passed on."""
        self._gave_up = False
        """Whether the rest of the reply is passed on as it comes, whatever it says."""
        self._size = 0
        self._held: list[Frame] = []
        """The last events of the leg, which wait for the end of the turn."""

    @property
    def calls(self) -> Sequence[CallMade]:
        """See `Turn.calls`."""
        return self._calls

    @property
    def is_cut(self) -> bool:
        """See `Turn.is_cut`."""
        return bool(self._ended) and not self._held and not self._failed

    @property
    def legs(self) -> Legs:
        """See `Turn.legs`."""
        return kept_legs(self._ended)

    def feed(self, chunk: bytes) -> bytes:
        """See `Turn.feed`."""
        if self._gave_up:
            return chunk
        self._size += len(chunk)
        said = [self._seen(frame) for frame in self._frames.feed(chunk)]
        if self._size > MOST_REWRITTEN_BYTES and not self._holding:
            # No words of a model are as long as that: nothing of ours comes any more.
            self._gave_up = True
            said += [frame.raw for frame in self._frames.close()]
            self._forget()
        return b"".join(said)

    def _seen(self, frame: Frame) -> bytes:
        """What the client gets of this frame.  Raises OddReply when that cannot be told."""
        if self._gave_up:
            return frame.raw
        try:
            return self._passed(frame)
        except ODDITIES as error:
            if self._holding:
                raise OddReply(f"a reply is not as expected ({type(error).__name__})") from error
            self._gave_up = True
            return frame.raw

    def _last_frames(self) -> bytes:
        """What the client gets of what is left when the leg's body has ended."""
        rest = b"".join(frame.raw for frame in self._frames.close())
        if self._gave_up or not rest.strip():
            return b"" if self._holding else rest
        # Some providers leave out the blank line behind their last event.
        last = self._frames.feed(rest + b"\n\n")
        self._frames.close()
        told = b"".join([self._seen(frame) for frame in last if is_whole(frame)])
        return told if self._holding else rest

    def answer(self, answers: Mapping[str, str]) -> None:
        """See `Turn.answer`."""
        last = self._ended[-1]
        self._ended[-1] = Leg(last.pieces, last.hidden, self._answers(answers))

    @property
    def _holding(self) -> bool:
        """Whether something is hidden, or held back: then bytes cannot just be passed on."""
        raise NotImplementedError

    def _forget(self) -> None:
        """Let go of what was gathered of the leg."""
        raise NotImplementedError

    def _passed(self, frame: Frame) -> bytes:
        raise NotImplementedError

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        raise NotImplementedError


class GrowingLeg(Protocol):
    """What one leg has said so far, where a turn is one message."""

    id: str

    @property
    def has_ours(self) -> bool:
        """Whether it calls our own tool."""
        ...

    @property
    def calls_client(self) -> bool:
        """Whether it calls a tool of the client's."""
        ...

    def calls_of_ours(self) -> tuple[CallMade, ...]:
        """Those that may be answered."""
        ...

    def leg(self) -> Leg:
        """All of it."""
        ...


Growing = TypeVar("Growing", bound=GrowingLeg)


class GrowingTurn(StreamedTurn, Generic[Growing]):
    """What streamed turns have in common that are one message over all their legs."""

    def __init__(self, begin: Callable[[], Growing]) -> None:
        """*begin* gives an empty leg."""
        super().__init__()
        self._begin = begin
        self._leg = begin()

    @property
    def goes_on(self) -> bool:
        """See `Turn.goes_on`."""
        return bool(self._calls) and not self._leg.calls_client

    @property
    def last_id(self) -> str:
        """See `Turn.last_id`."""
        return self._leg.id

    def end_leg(self) -> bytes:
        """See `Turn.end_leg`."""
        rest = self._last_frames()
        if not self._holding:
            return rest
        self._calls = self._leg.calls_of_ours()
        self._ended.append(self._leg.leg())
        return rest

    def _next_leg(self) -> None:
        """The provider is asked again."""
        self._leg = self._begin()
        self._calls = ()
        self._held.clear()

    @property
    def _holding(self) -> bool:
        """Whether the end of this leg may not be the end of the turn, or not as it is."""
        return bool(self._ended) or self._leg.has_ours

    def _forget(self) -> None:
        self._leg = self._begin()


class Unkept:
    """A weaver's words on history that its provider does not keep: see `Weaver`."""

    def follows(self, document: Document) -> str:
        """See `Weaver.follows`: nothing does."""
        return ""

    def is_kept(self, document: Document) -> bool:
        """See `Weaver.is_kept`."""
        return False

    def follow(self, document: Document, last_id: str, legs: Legs) -> Sequence[Change]:
        """See `Weaver.follow`."""
        return ()


class WholeTurn:
    """What turns have in common whose legs are one JSON object each; the client gets the last.

    It is given under its own id, as the client has seen no other.
    """

    def __init__(self) -> None:
        self._body = bytearray()
        self._ended: list[Leg] = []
        self.calls: Sequence[CallMade] = ()
        self.goes_on = False
        self.reply_id = ""

    @property
    def last_id(self) -> str:
        """See `Turn.last_id`."""
        return self.reply_id

    @property
    def is_cut(self) -> bool:
        """See `Turn.is_cut`: a body that is none of this dialect is passed on as it is."""
        return False

    @property
    def legs(self) -> Legs:
        """See `Turn.legs`."""
        return kept_legs(self._ended)

    def feed(self, chunk: bytes) -> bytes:
        """See `Turn.feed`."""
        self._body += chunk
        return b""

    def answer(self, answers: Mapping[str, str]) -> None:
        """See `Turn.answer`."""
        last = self._ended[-1]
        self._ended[-1] = Leg(last.pieces, last.hidden, self._answers(answers))

    def _answers(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        raise NotImplementedError


def is_whole(frame: Frame) -> bool:
    """Whether this is an event to its end, not one that was cut."""
    return frame.data.strip() == b"[DONE]" or read_json(frame.data) is not None


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
