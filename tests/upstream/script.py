"""What a test wants the provider to say next."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.upstream.wire import Cut, Gate, Hold, Pause, Reply, Step


@dataclass(frozen=True, slots=True)
class Say:
    """Visible text."""

    text: str


@dataclass(frozen=True, slots=True)
class Think:
    """Thinking (a reasoning item in Responses; chat has no place for it and leaves it out)."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; the provider makes an id when none is given."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""


Part = Say | Think | Call


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of the provider.  Empty *kind* and *message* become what it usually says.

    *retry_after* is sent as that header.
    """

    status: int
    message: str = ""
    kind: str = ""
    code: str | None = None
    param: str | None = None
    retry_after: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """One reply: what is said, and how it travels.

    *stop* is the provider's own word; by default it follows from the parts.
    *piece* is how many characters one streamed delta holds.
    *cut_after* breaks the connection after so many stream events, or after so many bytes of
    a reply that is not streamed; with *error* a stream ends there in that error event
    instead.  *hold_after* waits at *gate* in the same place.
    """

    parts: tuple[Part, ...] = (Say("Done."),)
    stop: str = ""
    piece: int = 12
    before_s: float = 0.0
    between_s: float = 0.0
    cut_after: int | None = None
    error: Failure | None = None
    hold_after: int | None = None
    gate: Gate | None = None
    encoding: Literal["", "gzip"] = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def calls(self) -> tuple[Call, ...]:
        """The tool calls among the parts."""
        return tuple(part for part in self.parts if isinstance(part, Call))

    def stream(self, events: tuple[bytes, ...], headers: tuple[tuple[str, str], ...]) -> Reply:
        """A stream of these events, each one chunk, paced and broken as the script asks."""
        headers = (("content-type", "text/event-stream; charset=utf-8"), *headers)
        return Reply(200, headers, self._paced(events, breaks=self.error is None), chunked=True)

    def whole(self, body: bytes, headers: tuple[tuple[str, str], ...]) -> Reply:
        """A JSON reply in one piece, compressed, held or broken as the script asks."""
        headers = (("content-type", "application/json"), *headers)
        if self.encoding == "gzip":
            body = gzip.compress(body, mtime=0)
            headers = (*headers, ("content-encoding", "gzip"))
        announced = (*headers, ("content-length", str(len(body))))
        broken = self.cut_after is not None and self.error is None
        steps = self._paced((body[: self.cut_after] if broken else body,), breaks=False)
        return Reply(200, announced, (*steps, Cut()) if broken else steps)

    def _paced(self, pieces: tuple[bytes, ...], *, breaks: bool) -> tuple[Step, ...]:
        cut_at = self.cut_after if breaks else None
        steps: list[Step] = [Pause(self.before_s)] if self.before_s else []
        for index, piece in enumerate(pieces[:cut_at]):
            if self.between_s and index:
                steps.append(Pause(self.between_s))
            if self.gate is not None and index == (self.hold_after or 0):
                steps.append(Hold(self.gate))
            steps.append(piece)
        return tuple(steps) if cut_at is None else (*steps, Cut())


def say(*parts: Part | str, **how: Any) -> Script:
    """A script of these parts; a bare string is said."""
    return Script(tuple(Say(part) if isinstance(part, str) else part for part in parts), **how)


def pieces_of(text: str, size: int) -> tuple[str, ...]:
    """The text in pieces of *size* characters; one empty piece when there is none."""
    return tuple(text[start : start + size] for start in range(0, len(text), size)) or ("",)
