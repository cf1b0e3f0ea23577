"""Chunks of a chat completion as server-sent events, with usage where a client expects it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from headroom.proxy.backends.library import plain

DONE = b"data: [DONE]\n\n"


async def chat_events(chunks: AsyncIterator[Any], *, usage_asked: bool) -> AsyncIterator[bytes]:
    """*chunks* as events.

    What was used is always asked for.  A client that did not ask gets no chunk without choices,
    which old ones cannot read: it then stands in the chunk that says why the reply ends.
    """
    ending: dict[str, Any] | None = None
    try:
        async for each in chunks:
            chunk = _whole(plain(each))
            if usage_asked:
                yield _event(chunk)
            elif not chunk["choices"]:
                ending = _with_usage(ending, chunk)
            else:
                if ending is not None:
                    yield _event(ending)
                    ending = None
                if any(choice.get("finish_reason") for choice in chunk["choices"]):
                    ending = chunk
                else:
                    yield _event(chunk)
        if ending is not None:
            yield _event(ending)
        yield DONE
    finally:
        await close(chunks)


async def close(stream: object) -> None:
    """Have the library drop its connection, by whichever of its names for that."""
    for name in ("aclose", "close"):
        stop = getattr(stream, name, None)
        if stop is not None:
            stopped = stop()
            if hasattr(stopped, "__await__"):
                await stopped
            return


def _with_usage(ending: dict[str, Any] | None, chunk: dict[str, Any]) -> dict[str, Any] | None:
    used = chunk.get("usage")
    return ending if ending is None or used is None else {**ending, "usage": used}


def _whole(chunk: dict[str, Any]) -> dict[str, Any]:
    """With the members that are null in the provider's own chunks."""
    choices = chunk.setdefault("choices", [])
    for choice in choices:
        choice.setdefault("delta", {})
        choice.setdefault("finish_reason", None)
    return chunk


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(chunk) + b"\n\n"
