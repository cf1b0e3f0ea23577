"""Turns of chat completions, played against the scripted provider as a client would see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from headroom.formats.openai_chat_turn import ChatStreamedTurn, ChatWholeTurn
from headroom.formats.turns import Turn
from headroom.marker import TOOL
from tests.upstream.chat import completion
from tests.upstream.memory import Memory
from tests.upstream.script import Call, Failure, Script
from tests.upstream.validate import chat_problem

ASK = {"role": "user", "content": "How many errors are there?"}
TOOLS = [{"type": "function", "function": {"name": "bash", "parameters": {"type": "object"}}}]
BODY: dict[str, Any] = {"model": "gpt-6.1-sol", "messages": [ASK], "tools": TOOLS}
STREAMED: dict[str, Any] = {
    **BODY,
    "stream": True,
    "stream_options": {"include_usage": True},
}

OURS = Call(TOOL, {"hash": "0123456789abcdef01234567"}, id="call_ours")
OTHER_OURS = Call(TOOL, {"hash": "abcdef0123456789abcdef01"}, id="call_ours_2")
BASH = Call("bash", {"command": "ls"}, id="call_bash")
CAT = Call("bash", {"command": "cat a"}, id="call_cat")


@dataclass(frozen=True)
class Played:
    """A turn that has ended: what the client got, and what the provider was sent."""

    turn: Turn
    told: bytes
    sent: Sequence[bytes]


def play(body: dict[str, Any], *scripts: Script, size: int = 0) -> Played:
    """Play the turn in which the provider says these scripts, leg by leg.

    Its replies come in chunks of *size* bytes, or as the provider sends them.
    """
    memory = Memory()
    return play_replies(body, *(script_reply(body, each, memory) for each in scripts), size=size)


def play_replies(body: dict[str, Any], *replies: bytes, size: int = 0) -> Played:
    """The same with the replies as bytes."""
    turn: Turn = ChatStreamedTurn() if body.get("stream") else ChatWholeTurn()
    sent, told = [msgspec.json.encode(body)], b""
    for number, reply in enumerate(replies):
        step = size or max(len(reply), 1)
        for start in range(0, len(reply), step):
            told += turn.feed(reply[start : start + step])
        told += turn.end_leg()
        is_last = number == len(replies) - 1
        if turn.calls and not (turn.goes_on and is_last):
            turn.answer({call.id: f"original of {call.id}" for call in turn.calls})
        if not is_last:
            assert turn.goes_on
            sent.append(turn.ask(sent[-1]))
            assert chat_problem(msgspec.json.decode(sent[-1])) is None
    return Played(turn, told + turn.finish(), sent)


def script_reply(body: dict[str, Any], script: Script, memory: Memory) -> bytes:
    """The bytes of the provider's reply to this body."""
    reply = completion(body, script, memory)
    assert not isinstance(reply, Failure)
    return reply.body


def chunks_in(stream: bytes) -> list[Any]:
    """The chunks of a stream, without its last word."""
    data = [event.removeprefix(b"data: ") for event in stream.split(b"\n\n") if event]
    return [msgspec.json.decode(each) for each in data if each != b"[DONE]"]


def completed(stream: bytes) -> Any:
    """The completion that the SDK makes of a stream."""
    state = ChatCompletionStreamState()
    for chunk in chunks_in(stream):
        list(state.handle_chunk(ChatCompletionChunk.model_validate(chunk)))
    return state.current_completion_snapshot.to_dict()


def message_in(told: bytes) -> Any:
    """The message that a client keeps of a reply, streamed or whole."""
    reply = completed(told) if told.startswith(b"data:") else msgspec.json.decode(told)
    message = reply["choices"][0]["message"]
    kept = {"role": message["role"], "content": message["content"]}
    if message.get("tool_calls"):
        kept["tool_calls"] = message["tool_calls"]
    for call in kept.get("tool_calls", ()):
        call.pop("index", None)
        call["function"].pop("parsed_arguments", None)
    return kept


def chunk(delta: dict[str, Any], reason: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk written by hand."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "c1", "created": 7, "model": "m", "choices": [choice], **more}


def entry(index: int | None, call: Call | str) -> dict[str, Any]:
    """A whole call as an entry of a delta, or a piece of the arguments of one."""
    place = {} if index is None else {"index": index}
    if isinstance(call, str):
        return {**place, "function": {"arguments": call}}
    arguments = msgspec.json.encode(call.arguments).decode()
    function = {"name": call.name, "arguments": arguments}
    return {**place, "id": call.id, "type": "function", "function": function}
