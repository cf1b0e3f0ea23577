"""What a library that translates is asked for, and what it may answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from headroom.proxy.backends.carriage import Row

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer, in the dialect that was asked in."""

    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Streaming:
    """One that comes piece by piece: server-sent events as they are written."""

    events: AsyncIterator[bytes]


class Library(Protocol):
    """A library in front of one provider."""

    def row(self, model: str) -> Row:
        """What it carries to this model."""
        ...

    async def messages(self, body: Body) -> Answered | Streaming:
        """Ask in Anthropic's dialect.  May raise anything."""
        ...

    async def chat(self, body: Body) -> Answered | Streaming:
        """Ask in OpenAI's.  May raise anything."""
        ...


def plain(value: Any) -> Any:
    """What a library made, as JSON has it, without what is not set."""
    dump = getattr(value, "model_dump", None)
    return dump(mode="json", exclude_none=True) if dump is not None else value
