"""Single tool outputs and whole requests, with the facts that a model should find in them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.made_needles import made_needles
from headroom.api import format_of, member_of
from headroom.conversation import Conversation
from headroom.wire.document import Document

MODEL = "gpt-5"
TASK = "Please look into this."
TRANSCRIPTS = "transcripts"
TRANSCRIPT_NEEDLES = "next_use"
NOT_VISIBLE_BY_NATURE = ("count", "boilerplate")
"""Counts are no substring of anything; boilerplate may go."""

Messages = list[Any]


@dataclass(frozen=True, slots=True)
class Needle:
    """A fact of a sample, and what kind of fact; *query* is the question that it answers."""

    text: str
    kind: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One tool output, *content*, and the call that gave it; or the *messages* of a request.

    *kind* is the folder that it lies in, *content_type* the finer kind.  *is_json* says that
    quotes, escapes and blanks make no difference to its facts.
    """

    name: str
    kind: str
    content_type: str
    needles: tuple[Needle, ...]
    content: str = ""
    tool: str = "shell"
    arguments: Mapping[str, str] = dataclasses.field(default_factory=dict)
    messages: Messages = dataclasses.field(default_factory=list)
    is_json: bool = False

    @property
    def is_single(self) -> bool:
        """Whether it is one output, which can be asked any question."""
        return not self.messages

    @property
    def queries(self) -> tuple[str, ...]:
        """Its questions, each once; a single empty one where nobody asks anything."""
        return tuple(dict.fromkeys(needle.query for needle in self.needles)) or ("",)

    def asked(self, query: str) -> Messages:
        """The conversation in which *query* is the task and the output answers a call."""
        if not self.is_single:
            return self.messages
        call = {"name": self.tool, "arguments": json.dumps(dict(self.arguments))}
        return [
            {"role": "user", "content": query or TASK},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "call_1", "type": "function", "function": call}],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": self.content},
        ]

    @property
    def first_block(self) -> int:
        """The first block in which facts are looked for: our own question does not count."""
        return 2 if self.is_single else 0


def read_corpus(folder: Path) -> list[Sample]:
    """All samples of a corpus folder.  Raises SystemExit when it is none."""
    needles = {path.stem: _needles(path) for path in sorted(folder.glob("needles/*.jsonl"))}
    samples = [
        _sample(path, needles.get(path.parent.name, {}))
        for path in sorted(folder.glob("*/*.json"))
        if path.parent.name != "needles"
    ]
    if not samples:
        raise SystemExit(f"no samples in {folder}: expected <kind>/<sample>.json")
    return samples


def with_made_needles(samples: Sequence[Sample]) -> list[Sample]:
    """The same, where a single output that brings no facts is given some made from itself."""
    return [
        dataclasses.replace(one, needles=tuple(Needle(*fact) for fact in _made(one)))
        if one.is_single and not one.needles
        else one
        for one in samples
    ]


def conversation_of(messages: Messages) -> Conversation:
    """The conversation that these messages are, whatever dialect they are written in."""
    body = msgspec.json.encode({"model": MODEL, member_of(messages): messages})
    return format_of(messages).read(Document.read(body))


def _made(sample: Sample) -> list[tuple[str, str, str]]:
    return list(made_needles(sample.content, sample.content_type))


def _needles(path: Path) -> dict[str, list[Needle]]:
    found: dict[str, list[Needle]] = {}
    for line in path.read_text().splitlines():
        one = json.loads(line)
        if one["kind"] in NOT_VISIBLE_BY_NATURE:
            continue
        if path.stem == TRANSCRIPTS and one["kind"] != TRANSCRIPT_NEEDLES:
            continue
        mine = found.setdefault(one["sample"], [])
        mine += [Needle(text, one["kind"], one.get("query", "")) for text in one["needles"]]
    return found


def _sample(path: Path, needles: Mapping[str, Sequence[Needle]]) -> Sample:
    read = json.loads(path.read_text())
    kind = path.parent.name
    name = f"{kind}/{path.name}"
    content_type = read.get("content_type", kind)
    return Sample(
        name=name,
        kind=kind,
        content_type=content_type,
        needles=tuple(needles.get(name, ())),
        content=read.get("content", ""),
        arguments={"command": read.get("tool", "")},
        messages=read.get("messages") or read.get("input") or [],
        is_json=content_type in ("json", "ndjson"),
    )
