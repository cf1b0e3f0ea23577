"""What a provider remembers between requests: cached prefixes, signatures, responses, ids.

All of it is made from the requests alone, so that two providers that are asked the same
things answer with the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="sorted")

Count = Callable[[bytes], int]

# Anthropic: at so many blocks, itself among them, a mark looks for what is cached (docs, 2026-11).
LOOK_BACK = 20


def bytes_over_four(text: bytes) -> int:
    """A plain stand-in for a tokenizer: one token for every four bytes begun."""
    return -(-len(text) // 4)


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and without any `cache_control`: what a cache compares."""
    return _encoder.encode(_without_marks(value))


def _without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_marks(v) for k, v in value.items() if k != "cache_control"}
    if isinstance(value, list):
        return [_without_marks(item) for item in value]
    return value


def signature_of(prefix: bytes, thinking: str) -> str:
    """The only signature that fits this thinking after this prefix."""
    digest = hashlib.sha256(prefix + b"\x00" + thinking.encode()).digest()
    return base64.b64encode(b"\x12sig" + digest).decode()


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a prompt in the provider's order; *mark* is the TTL of its cache mark."""

    content: bytes
    mark: str = ""


@dataclass(frozen=True, slots=True)
class PromptUsage:
    """How the tokens of a prompt are billed."""

    plain: int = 0
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0

    @property
    def total(self) -> int:
        """All tokens of the prompt."""
        return self.plain + self.read + self.write_5m + self.write_1h


@dataclass(slots=True)
class Memory:
    """One provider's memory.  *count* gives the tokens of a piece of text."""

    count: Count = bytes_over_four
    minimum_cached: int = 0
    _seen: set[bytes] = field(default_factory=set)
    _written: set[bytes] = field(default_factory=set)
    _ids: Counter[str] = field(default_factory=Counter)
    _signed: set[str] = field(default_factory=set)
    thinking_of_call: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """By tool call id: the thinking blocks of the turn that made the call."""
    signature_of_call: dict[str, str] = field(default_factory=dict)
    """Gemini: by the id of a call, the signature that it was made with."""
    threads: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By message id: the body that holds everything up to it, this message included."""
    responses: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """By response id: all input and output items up to it."""
    conversations: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """By conversation id: all items in it."""
    followers: dict[str, Any] = field(default_factory=dict)
    """By the id of a reasoning item: the item that was made with it."""
    reasoning_of: dict[str, str] = field(default_factory=dict)
    """By the id of an item that is kept: that of the reasoning item it was made with."""

    def new_id(self, prefix: str) -> str:
        """The next id of this kind: `msg_000001`."""
        self._ids[prefix] += 1
        return f"{prefix}{self._ids[prefix]:06d}"

    def bill_marked(self, segments: Sequence[Segment]) -> PromptUsage:
        """Bill as Anthropic does: only what stands up to a cache mark is written and found again.

        Each mark looks back some blocks for what an earlier one wrote; too short a prompt up to
        a mark is as if it were not there.
        """
        tokens = [self.count(segment.content) for segment in segments]
        links = _links(segments)
        marks = [index for index, segment in enumerate(segments) if segment.mark]
        marks = [index for index in marks if sum(tokens[: index + 1]) >= self.minimum_cached]
        last = max(marks, default=-1)
        last_1h = max((i for i in marks if segments[i].mark == "1h"), default=-1)
        read_until = max((self._found_from(links, mark) for mark in marks), default=0)
        self._written.update(links[mark] for mark in marks)
        return PromptUsage(
            plain=sum(tokens[max(last + 1, read_until) :]),
            read=sum(tokens[:read_until]),
            write_5m=sum(tokens[max(read_until, last_1h + 1) : last + 1]),
            write_1h=sum(tokens[read_until : last_1h + 1]),
        )

    def _found_from(self, links: Sequence[bytes], mark: int) -> int:
        """How many segments are read at this mark."""
        looked_at = range(mark, max(mark - LOOK_BACK, -1), -1)
        return next((at + 1 for at in looked_at if links[at] in self._written), 0)

    def bill_automatic(self, segments: Sequence[Segment]) -> PromptUsage:
        """Bill as OpenAI does: the longest prefix seen is read, nothing is paid for writing."""
        read_until = self._longest_seen(segments)
        tokens = [self.count(segment.content) for segment in segments]
        return PromptUsage(plain=sum(tokens[read_until:]), read=sum(tokens[:read_until]))

    def _longest_seen(self, segments: Sequence[Segment]) -> int:
        """How many segments are in the cache already; all of them are afterwards."""
        links = _links(segments)
        new = (index for index, link in enumerate(links) if link not in self._seen)
        known = next(new, len(links))
        self._seen.update(links)
        return known

    def sign(self, prefix: bytes, thinking: str) -> str:
        """A signature of this thinking, bound to all that stands before it."""
        signature = signature_of(prefix, thinking)
        self._signed.add(signature)
        return signature

    def remember_reasoning(self, output: Sequence[Any], *, kept: bool) -> None:
        """Take in which item was made with which reasoning item."""
        for item, following in pairwise(output):
            if item["type"] == "reasoning":
                self.followers[item["id"]] = following
                if kept:
                    self.reasoning_of[following["id"]] = item["id"]

    def signed(self, signature: str) -> bool:
        """Whether this signature was made here."""
        return signature in self._signed


def _links(segments: Sequence[Segment]) -> list[bytes]:
    """For each segment what stands for all up to it."""
    link, links = b"", []
    for segment in segments:
        link = hashlib.sha256(link + segment.content).digest()
        links.append(link)
    return links
