"""Requests of a conversation that goes on, as the ledger is asked for them."""

from __future__ import annotations

from headroom.conversation import Block, Conversation, Facts, Form, Plan, ToolCall
from headroom.state.ledger import Ledger
from headroom.state.place import Place

SECRET = b"secret"
CACHED = Facts(brings_tools=True, cache_marks=True)


def task(text: str = "please look") -> Block:
    return Block(("messages", 0, "content"), 0, "user", "text", text)


def call(number: int) -> Block:
    made = ToolCall(f"call_{number}", "Read", '{"path":"a.py"}')
    return Block(("messages", number), number, "assistant", "tool_call", "{}", call=made)


def result(number: int, text: str) -> Block:
    made = ToolCall(f"call_{number}", "Read", '{"path":"a.py"}')
    path = ("messages", number + 1, "content", 0, "content")
    return Block(path, number + 1, "user", "tool_result", text, call=made, editable=True)


def said(text: str) -> Block:
    return Block(("messages", 9), 9, "assistant", "text", text)


def thought() -> Block:
    return Block(("messages", 9, "content", 0), 9, "assistant", "opaque", '{"type":"thinking"}')


def conversation(*blocks: Block, facts: Facts = CACHED) -> Conversation:
    return Conversation(blocks, "model", facts=facts)


FIRST = conversation(task(), call(1), result(1, "one"))
SECOND = conversation(*FIRST.blocks, said("seen"), task("more"), call(5), result(5, "two"))


async def look_up(ledger: Ledger, request: Conversation) -> Place:
    return await ledger.look_up(request, ledger.chain(request))


async def keep(ledger: Ledger, request: Conversation, forms: dict[int, Form]) -> Place:
    place = await look_up(ledger, request)
    await ledger.keep(place, Plan(forms=forms, blocks_before=30, blocks_after=20))
    return place
