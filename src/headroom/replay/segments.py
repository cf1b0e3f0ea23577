"""A request body as the provider's cache sees it: a row of segments, from the start.

In the provider's order: tools and system, then each content block; canonical JSON,
`cache_control` left out, so that what a client writes differently without meaning anything else
stays equal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import xxhash

from headroom.errors import UnreadableBody
from headroom.replay.dialects.base import Dialect, Owner, Result
from headroom.replay.session import encode
from headroom.replay.strings import argument_strings, strings

# A picture is billed by its size, not by its bytes; Anthropic: (width x height) / 750, at most
# about 1 600 (docs.anthropic.com, vision, 2025-06).
IMAGE_TOKENS = 1_500

_IMAGE = "picture in place of its bytes: "

_WITH_PARTS = ("content", "output")

Place = tuple[int, int]
"""Message and part; message -1 is the head (tools and system)."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of the prompt: what it costs and what it says.

    *text* is every string in it, one per line.  For a tool result *result* is what the tool
    said, and *call* the id of the call that it answers.
    """

    digest: bytes
    tokens: int
    owner: Owner
    part: int
    text: str
    result: str = ""
    call: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The segments of one request, in the order in which the provider reads them."""

    segments: tuple[Segment, ...]
    places: tuple[Place, ...]
    digests: tuple[bytes, ...]
    tokens: int


class SegmentReader:
    """Reads bodies of one dialect, and every message only once however often it is resent."""

    __slots__ = ("_count", "_dialect", "_messages")

    def __init__(self, dialect: Dialect, count: Callable[[str], int]) -> None:
        self._dialect = dialect
        self._count = count
        self._messages: dict[bytes, tuple[Segment, ...]] = {}

    def read(self, body: bytes) -> Prompt:
        """The prompt in *body*.  Raises UnreadableBody when it is not a JSON object."""
        head, history = _split(body, self._dialect.history)
        segments = list(self._head(head))
        places = [(-1, part) for part in range(len(segments))]
        for number, raw in enumerate(history):
            known = self._messages.get(raw)
            if known is None:
                known = tuple(self.message(_decoded(raw)))
                self._messages[raw] = known
            segments += known
            places += [(number, segment.part) for segment in known]
        return Prompt(
            segments=tuple(segments),
            places=tuple(places),
            digests=tuple(segment.digest for segment in segments),
            tokens=sum(segment.tokens for segment in segments),
        )

    def message(self, message: Any) -> Iterator[Segment]:
        """The segments of one message or item."""
        owner = self._dialect.owner(message)
        role = str(message.get("role", "")) if isinstance(message, dict) else ""
        for part, value in self._dialect.parts(message):
            bare = self._bare(value)
            yield self._segment(owner, role, part, bare, self._dialect.result(bare))

    def _head(self, head: Mapping[str, Any]) -> Iterator[Segment]:
        for part, member in enumerate(self._dialect.head):
            if head.get(member):
                yield self._segment("head", member, part, self._bare(head[member]))

    def _segment(
        self, owner: Owner, role: str, part: int, bare: Any, result: Result | None = None
    ) -> Segment:
        written = json.dumps(bare, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        content = f"{role}\n{written}".encode("utf-8", "surrogatepass")
        return Segment(
            digest=xxhash.xxh3_128_digest(content),
            tokens=self._count(written) + IMAGE_TOKENS * written.count(_IMAGE),
            owner=owner if result is None else "tool",
            part=part,
            text="\n".join(self._strings(bare)),
            result="" if result is None else result.text,
            call="" if result is None else result.call,
        )

    def _strings(self, bare: Any) -> Iterator[str]:
        """The strings, with arguments that are JSON text both as written and unpacked."""
        yield from strings(bare)
        call = self._dialect.call(bare)
        if call is not None and isinstance(call.arguments, str):
            yield from argument_strings(call.arguments)

    def _bare(self, value: Any) -> Any:
        """The value without cache marks, which stand on blocks, on their parts and on tools.

        Pictures are named by a digest: their bytes are not counted as text.
        """
        if isinstance(value, list):
            return [self._bare(each) for each in value]
        if not isinstance(value, dict):
            return value
        bare = {
            name: self._bare(each) if name in _WITH_PARTS else each
            for name, each in value.items()
            if name != "cache_control"
        }
        return self._dialect.named(bare, _named)


def _split(body: bytes, member: str) -> tuple[Mapping[str, Any], list[bytes]]:
    """The members apart from the history, decoded, and the history's elements as bytes."""
    try:
        raw = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        history = raw.pop(member, None)
        head = {name: msgspec.json.decode(value) for name, value in raw.items()}
        if history is None:
            return head, []
        return head, [bytes(each) for each in msgspec.json.decode(history, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _split_slowly(body, member)


def _split_slowly(body: bytes, member: str) -> tuple[Mapping[str, Any], list[bytes]]:
    """The same for what the fast reader refuses: lone surrogates, a history that is text."""
    value = _decoded(body)
    if not isinstance(value, dict):
        raise UnreadableBody("the body is not a JSON object")
    history = value.pop(member, None)
    if isinstance(history, str):
        return value, [encode(history)]
    return value, [encode(each) for each in history] if isinstance(history, list) else []


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"the body is not JSON that can be read: {error}") from error


def _named(image: str) -> str:
    return _IMAGE + xxhash.xxh3_128_hexdigest(image.encode("utf-8", "surrogatepass"))
