"""Turns of Gemini's, played against the scripted provider as a client would see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from headroom.formats.gemini_turn import GeminiStreamedTurn, GeminiWholeTurn
from headroom.formats.turns import Turn
from headroom.marker import TOOL
from tests.upstream.gemini import PREFIX, content
from tests.upstream.memory import Memory
from tests.upstream.script import Call, Failure, Script
from tests.upstream.validate import gemini_problem

ASK: dict[str, Any] = {"role": "user", "parts": [{"text": "How many errors are there?"}]}
DECLARED = [{"name": "bash", "parameters": {"type": "OBJECT"}}]
BODY: dict[str, Any] = {"contents": [ASK], "tools": [{"functionDeclarations": DECLARED}]}
WHOLE = PREFIX + "gemini-3-pro:generateContent"
STREAM = PREFIX + "gemini-3-pro:streamGenerateContent?alt=sse"

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


def play(*scripts: Script, streaming: bool, size: int = 0) -> Played:
    """Play the turn in which the provider says these scripts, leg by leg."""
    memory = Memory()
    target = STREAM if streaming else WHOLE
    return play_replies(
        *(reply_to(target, each, memory) for each in scripts), streaming=streaming, size=size
    )


def play_replies(*replies: bytes, streaming: bool, size: int = 0) -> Played:
    """The same with the replies as bytes, which come in chunks of *size* bytes, or whole."""
    turn: Turn = GeminiStreamedTurn() if streaming else GeminiWholeTurn()
    sent, told = [msgspec.json.encode(BODY)], b""
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
            assert gemini_problem(msgspec.json.decode(sent[-1]), Memory()) is None
    return Played(turn, told + turn.finish(), sent)


def reply_to(target: str, script: Script, memory: Memory) -> bytes:
    """The bytes of the provider's reply."""
    reply = content(target, BODY, script, memory)
    assert not isinstance(reply, Failure)
    return reply.body


def chunks_in(stream: bytes) -> list[Any]:
    """The objects of a stream."""
    data = [event.removeprefix(b"data: ") for event in stream.split(b"\r\n\r\n") if event]
    return [msgspec.json.decode(each) for each in data]


def objects_in(told: bytes) -> list[Any]:
    """The objects of a reply, streamed or whole."""
    return chunks_in(told) if told.startswith(b"data:") else [msgspec.json.decode(told)]


def parts_in(told: bytes) -> list[Any]:
    """The parts that a client has of a reply, as they came."""
    return [
        part
        for each in objects_in(told)
        for part in each["candidates"][0].get("content", {}).get("parts", [])
    ]


def text_in(told: bytes) -> str:
    """What a client reads."""
    parts = parts_in(told)
    return "".join(part.get("text", "") for part in parts if not part.get("thought"))


def calls_in(told: bytes) -> list[str]:
    """The ids of the calls that a client sees."""
    return [part["functionCall"]["id"] for part in parts_in(told) if "functionCall" in part]


def usage_in(told: bytes) -> Any:
    """The usage by which a client counts: the last that is told."""
    return objects_in(told)[-1]["usageMetadata"]
