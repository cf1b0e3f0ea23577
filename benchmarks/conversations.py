"""Bodies like those that coding agents send, made up; as many different ones as wanted.

A body is kept as pieces with a slot between them.  Filling the slots with a fresh number
makes every tool result in it a new one, at the cost of a join.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SLOT = "~slot~"

SIZES = {"5 KB": 5_000, "100 KB": 100_000, "1 MB": 1_000_000}

_VERBS = ("load", "store", "check", "merge", "render", "split", "count", "resolve", "flush", "bind")
_NOUNS = (
    "session",
    "token",
    "record",
    "route",
    "index",
    "ledger",
    "frame",
    "quota",
    "batch",
    "key",
)
_LEVELS = ("DEBUG", "INFO", "INFO", "INFO", "WARNING", "ERROR")

SYSTEM = "You are a careful coding agent. Read before you write, and run the tests. " * 12

TOOLS = [
    {
        "name": name,
        "description": f"{name} in the repository.",
        "input_schema": {"type": "object", "properties": {"argument": {"type": "string"}}},
    }
    for name in ("Bash", "Read", "Grep")
]


@dataclass(frozen=True, slots=True)
class Template:
    """A body in pieces; it can be extended by turns at its end."""

    pieces: tuple[bytes, ...]

    def filled(self, number: int) -> bytes:
        """The body whose slots all hold *number*."""
        return (b"%012d" % number).join(self.pieces)

    def continued(self, number: int, turns: int, variant: int) -> bytes:
        """The same body with *turns* small turns more; each *variant* goes on differently."""
        added = b"".join(_small_turn(variant, turn) for turn in range(turns))
        return self.filled(number).removesuffix(b"]}") + added + b"]}"


@functools.cache
def template(size: int, seed: int, asked: str = "") -> Template:
    """A conversation of about *size* bytes; *asked* goes into `metadata.user_id`."""
    chance = random.Random(f"{size}/{seed}")
    messages: list[dict[str, Any]] = [
        {
            "role": "user",
            "content": f"The build fails since this morning, run {SLOT}. Find out why.",
        }
    ]
    written = 0
    room = size - 2_000
    while written < room or len(messages) < 3:
        turn = _turn(
            chance, len(messages), max(400, min(room - written, chance.randint(1_500, 9_000)))
        )
        messages += turn
        written += len(json.dumps(turn))
    body = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 1024,
        "stream": bool(asked),
        "metadata": {"user_id": asked or "someone"},
        "system": SYSTEM if size > 20_000 else SYSTEM[:300],
        "tools": TOOLS,
        "messages": messages,
    }
    encoded = json.dumps(body, separators=(",", ":")).encode()
    return Template(tuple(encoded.split(SLOT.encode())))


def question(size: int, number: int) -> bytes:
    """A request of about *size* bytes that brings no tools, as applications send them."""
    text = log(random.Random(number), size)
    said = f"Sum up this log in one sentence.\n\n{text}"
    body = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": said}],
    }
    return json.dumps(body, separators=(",", ":")).encode()


def _turn(chance: random.Random, number: int, size: int) -> list[dict[str, Any]]:
    name, text = chance.choice(_KINDS)
    identity = f"toolu_{number:05d}"
    call = {
        "type": "tool_use",
        "id": identity,
        "name": name,
        "input": {"argument": f"{chance.choice(_NOUNS)} {number}"},
    }
    said = {"type": "text", "text": f"I look at the {chance.choice(_NOUNS)} next."}
    result = f"# run {SLOT}\n{text(chance, size)}"
    return [
        {"role": "assistant", "content": [said, call]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": identity, "content": result}],
        },
    ]


def _small_turn(variant: int, turn: int) -> bytes:
    identity = f"toolu_n{turn:04d}"
    call = {"type": "tool_use", "id": identity, "name": "Bash", "input": {"argument": "make test"}}
    text = f"run {variant:012d}, try {turn}: 12 passed, 1 failed in 0.{turn:02d}s"
    result = {"type": "tool_result", "tool_use_id": identity, "content": text}
    messages = ({"role": "assistant", "content": [call]}, {"role": "user", "content": [result]})
    return b"".join(
        b"," + json.dumps(message, separators=(",", ":")).encode() for message in messages
    )


def _lines(size: int, line: Callable[[int], str]) -> str:
    lines: list[str] = []
    written = 0
    while written < size:
        lines.append(line(len(lines)))
        written += len(lines[-1]) + 1
    return "\n".join(lines)


def code(chance: random.Random, size: int) -> str:
    """A numbered source file."""

    def line(index: int) -> str:
        verb, noun = chance.choice(_VERBS), chance.choice(_NOUNS)
        shape = index % 7
        if shape == 0:
            return f"{index + 1:6d}\tdef {verb}_{noun}_{chance.randint(1, 999)}({noun}, limit):"
        if shape == 6:
            return f"{index + 1:6d}\t"
        return f"{index + 1:6d}\t    {noun} = self.{verb}({noun}, limit + {chance.randint(1, 99)})"

    return _lines(size, line)


def log(chance: random.Random, size: int) -> str:
    """A service's log."""

    def line(index: int) -> str:
        return (
            f"2026-11-20T10:{index // 60 % 60:02d}:{index % 60:02d}.{chance.randint(0, 999):03d}Z "
            f"{chance.choice(_LEVELS)} worker-{chance.randint(1, 8)} "
            f"{chance.choice(_VERBS)} of {chance.choice(_NOUNS)} {chance.randint(1000, 99999)} "
            f"took {chance.randint(1, 900)} ms"
        )

    return _lines(size, line)


def records(chance: random.Random, size: int) -> str:
    """A JSON array of objects."""

    def record(index: int) -> str:
        return json.dumps(
            {
                "id": index,
                "name": f"{chance.choice(_NOUNS)}-{chance.randint(1, 9999)}",
                "state": chance.choice(("ready", "ready", "ready", "failed")),
                "zone": "eu-central",
                "tags": [chance.choice(_NOUNS), chance.choice(_VERBS)],
                "milliseconds": chance.randint(1, 9999),
            }
        )

    return "[" + _lines(size, lambda index: record(index) + ",").rstrip(",") + "]"


def search(chance: random.Random, size: int) -> str:
    """What grep prints."""

    def line(index: int) -> str:
        path = f"src/service/{chance.choice(_NOUNS)}/{chance.choice(_VERBS)}.py"
        return f"{path}:{chance.randint(1, 900)}:    return self.{chance.choice(_VERBS)}({index})"

    return _lines(size, line)


_KINDS = (("Read", code), ("Bash", log), ("Bash", records), ("Grep", search))
