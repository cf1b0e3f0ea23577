"""Events of messages come one block after another, as Anthropic's do."""

from __future__ import annotations

from typing import Any

from headroom.proxy.backends.message_events import Order, message_events
from tests.proxy.backends.test_chat_events import Chunks


def event(kind: str, index: int) -> dict[str, Any]:
    return {"type": f"content_block_{kind}", "index": index}


def test_blocks_that_begin_side_by_side_come_one_after_the_other() -> None:
    order = Order()
    told = [
        event("start", 0), event("delta", 0), event("start", 1), event("delta", 0),
        event("delta", 1), event("stop", 0), event("stop", 1),
    ]  # fmt: skip

    said = [each for one in told for each in order.put(one)]

    assert [(each["index"], each["type"][14:]) for each in said] == [
        (0, "start"), (0, "delta"), (0, "delta"), (0, "stop"),
        (1, "start"), (1, "delta"), (1, "stop"),
    ]  # fmt: skip


async def test_bytes_go_as_they_are_and_models_are_written() -> None:
    chunks = Chunks({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, "event: x\n\n")

    said = [each async for each in message_events(chunks)]

    assert said[0].startswith(b"event: message_delta\ndata: {")
    assert b'"stop_sequence":null' in said[0]
    assert said[1] == b"event: x\n\n"
    assert chunks.closed
