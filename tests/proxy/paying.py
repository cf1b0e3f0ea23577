"""Calls that cost something, and what a provider that has prices answers to them."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

from headroom.proxy.caller import Caller
from headroom.proxy.proxy import Proxy
from headroom.proxy.spending import budgets_of
from headroom.state.spend import NANO
from tests.proxy.house import House, Script, Seen, post

MODEL = "claude-opus-5-5"
"""4 dollars for a million tokens of input, 20 for one of output."""
KEY = b"x-api-key: sk-ant-api03-one"


def asking(
    words: str = "hello",
    *,
    most: int = 100,
    model: str = MODEL,
    path: bytes = b"/v1/messages",
    key: bytes = KEY,
    stream: bool = False,
) -> bytes:
    """A request that brings next to nothing, and may be answered by *most* tokens.

    It has to be paid for each time: no stored reply is wanted.
    """
    said = [{"role": "user", "content": words}]
    body = {"model": model, "max_tokens": most, "messages": said, "stream": stream}
    unstored = b"cache-control: no-store"
    return post(path, json.dumps(body).encode(), key, unstored, b"content-type: application/json")


def reply(read: int, said: int, *, model: str = MODEL, words: str = "Well.") -> bytes:
    """A whole reply of Anthropic's that reports these tokens, of input and output."""
    body = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": model,
        "content": [{"type": "text", "text": words}], "stop_reason": "end_turn",
        "usage": {"input_tokens": read, "output_tokens": said},
    }  # fmt: skip
    return http(json.dumps(body).encode())


def http(
    body: bytes, *headers: bytes, status: bytes = b"200 OK", kind: bytes = b"application/json"
) -> bytes:
    """These bytes as a whole reply."""
    head = [b"HTTP/1.1 " + status, b"content-type: " + kind, *headers]
    return b"\r\n".join([*head, b"content-length: %d" % len(body), b"", body])


def costing(dollars: str) -> bytes:
    """A whole reply that reports tokens which come to so many dollars."""
    return reply(0, int(Decimal(dollars) / Decimal("0.00002")))


def dollars(amount: str) -> int:
    """In billionths."""
    return int(Decimal(amount) * NANO)


async def spent(house: House, caller: Caller | None = None) -> int:
    """What is spent of the budget of all, once everything has been settled, in billionths."""
    proxy = proxy_of(house)
    while proxy.planning.ending:
        await asyncio.wait(proxy.planning.ending)
    budgets = budgets_of(proxy.settings, caller or Caller())
    return (await proxy.planning.spend.spent(budgets[:1], now=proxy.planning.clock()))[budgets[0]]


def proxy_of(house: House) -> Proxy:
    assert house.app.proxy is not None
    return house.app.proxy


def waiting(gate: asyncio.Event, answer: bytes) -> Script:
    """A script that answers once the gate is open."""

    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.write(answer)

    return script
