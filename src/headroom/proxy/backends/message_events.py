"""Events of a message of Anthropic's, as a library gives them, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec

from headroom.proxy.backends.chat_events import close
from headroom.proxy.backends.library import plain


async def message_events(events: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    """*events* as bytes, each block after the one before it has ended."""
    order = Order()
    try:
        async for each in events:
            if isinstance(each, bytes):
                yield each
            elif isinstance(each, str):
                yield each.encode()
            else:
                for event in order.put(_whole(plain(each))):
                    yield _written(event)
    finally:
        await close(events)


class Order:
    """Holds back what belongs to a block that begins before the one before it has ended.

    any-llm begins the blocks of parallel tool calls side by side; Anthropic never does, and
    clients, ours among them, read them one after the other.
    """

    def __init__(self) -> None:
        self._open: int | None = None
        self._held: list[dict[str, Any]] = []

    def put(self, event: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What may be said now that *event* has come."""
        index = event.get("index")
        if self._open is not None and index is not None and index != self._open:
            self._held.append(event)
            return
        yield event
        if event.get("type") == "content_block_start":
            self._open = index
        elif event.get("type") == "content_block_stop":
            self._open = None
            held, self._held = self._held, []
            for each in held:
                yield from self.put(each)


def _whole(event: dict[str, Any]) -> dict[str, Any]:
    """With the members that are null in Anthropic's own events."""
    if event.get("type") == "message_start":
        event["message"].setdefault("stop_reason", None)
        event["message"].setdefault("stop_sequence", None)
    elif event.get("type") == "message_delta":
        event["delta"].setdefault("stop_sequence", None)
    return event


def _written(event: dict[str, Any]) -> bytes:
    kind = str(event.get("type")).encode()
    return b"event: " + kind + b"\ndata: " + msgspec.json.encode(event) + b"\n\n"
