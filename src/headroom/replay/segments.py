"""A request body as the provider's cache sees it: a row of segments, from the start.

In provider order: tools, system, then each content block; canonical JSON, `cache_control` left
out, so that what a client writes differently without meaning anything else stays equal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import xxhash

from headroom.errors import UnreadableBody
from headroom.replay.session import HISTORY_MEMBER, Dialect, encode, is_assistant

Owner = Literal["head", "user", "assistant", "tool"]

# A picture is billed by its size, not by its bytes; Anthropic: (width x height) / 750, at most
# about 1 600 (docs.anthropic.com, vision, 2025-06).
IMAGE_TOKENS = 1_500

_IMAGE = "picture in place of its bytes: "

_WITH_PARTS = ("content", "output")

Place = tuple[int, int]
"""Message and part; message -1 is the head (tools, then system)."""


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
        head, history = _split(body, HISTORY_MEMBER[self._dialect])
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
        owner = _owner(self._dialect, message)
        role = str(message.get("role", "")) if isinstance(message, dict) else ""
        for part, value in _PARTS[self._dialect](message):
            block_owner: Owner = "tool" if _is_result(value) else owner
            yield self._segment(block_owner, role, part, value)

    def _head(self, head: Mapping[str, Any]) -> Iterator[Segment]:
        members = ("tools", "system" if self._dialect == "anthropic" else "instructions")
        for part, member in enumerate(members):
            if head.get(member):
                yield self._segment("head", member, part, head[member])

    def _segment(self, owner: Owner, role: str, part: int, value: Any) -> Segment:
        bare = _without_marks(value)
        written = json.dumps(bare, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        content = f"{role}\n{written}".encode("utf-8", "surrogatepass")
        return Segment(
            digest=xxhash.xxh3_128_digest(content),
            tokens=self._count(written) + IMAGE_TOKENS * written.count(_IMAGE),
            owner=owner,
            part=part,
            text="\n".join(_content_strings(bare)),
            result=_result_text(bare) if owner == "tool" else "",
            call=_answered_call(value) if owner == "tool" else "",
        )


def strings(value: Any) -> Iterator[str]:
    """Every string value in a JSON value, in reading order; the names of members are none."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, list):
            waiting.extend(reversed(found))
        elif isinstance(found, dict):
            waiting.extend(reversed(found.values()))


def argument_strings(arguments: Any) -> Iterator[str]:
    """The strings in the arguments of a tool call, which some dialects write as JSON text."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            yield arguments
            return
    yield from strings(arguments)


def calls_in(message: Any) -> Iterator[tuple[str, str]]:
    """The id and the name of every tool call in a message or item."""
    if not isinstance(message, dict):
        return
    content = message.get("content")
    calls = message.get("tool_calls")
    for block in (
        message,
        *(content if isinstance(content, list) else ()),
        *(calls if isinstance(calls, list) else ()),
    ):
        if not isinstance(block, dict):
            continue
        function = block.get("function")
        key = block.get("call_id", block.get("id"))
        name = (function if isinstance(function, dict) else block).get("name")
        if isinstance(key, str) and isinstance(name, str):
            yield key, name


def _content_strings(value: Any) -> Iterator[str]:
    """The strings, with arguments that are JSON text both as written and unpacked."""
    yield from strings(value)
    if not isinstance(value, dict):
        return
    function = value.get("function")
    arguments = function.get("arguments") if isinstance(function, dict) else value.get("arguments")
    if isinstance(arguments, str):
        yield from argument_strings(arguments)


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


def _without_marks(value: Any) -> Any:
    """The value without cache marks, which stand on blocks, on their parts and on tools.

    Pictures are named by a digest: their bytes are not counted as text.
    """
    if isinstance(value, list):
        return [_without_marks(each) for each in value]
    if not isinstance(value, dict):
        return value
    bare = {
        name: _without_marks(each) if name in _WITH_PARTS else each
        for name, each in value.items()
        if name != "cache_control"
    }
    source = bare.get("source")
    if isinstance(source, dict) and isinstance(source.get("data"), str):
        bare["source"] = {**source, "data": _named(source["data"])}
    image = bare.get("image_url")
    url = image.get("url") if isinstance(image, dict) else image
    if isinstance(url, str) and url.startswith("data:"):
        bare["image_url"] = _named(url)
    return bare


def _named(image: str) -> str:
    return _IMAGE + xxhash.xxh3_128_hexdigest(image.encode("utf-8", "surrogatepass"))


def _owner(dialect: Dialect, message: Any) -> Owner:
    if is_assistant(message):
        return "assistant"
    if not isinstance(message, dict):
        return "user"
    if dialect == "openai_chat" and message.get("role") in ("tool", "function"):
        return "tool"
    return "head" if message.get("role") in ("system", "developer") else "user"


def _is_result(value: Any) -> bool:
    kind = value.get("type") if isinstance(value, dict) else None
    return isinstance(kind, str) and (kind == "tool_result" or kind.endswith("_call_output"))


def _result_text(value: Any) -> str:
    said = value.get("output", value.get("content")) if isinstance(value, dict) else value
    if isinstance(said, dict):
        said = said.get("content", said)
    if not isinstance(said, list):
        return "\n".join(strings(said))
    texts = [part.get("text", "") if isinstance(part, dict) else part for part in said]
    return "\n".join(strings(texts))


def _answered_call(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    for name in ("tool_use_id", "tool_call_id", "call_id"):
        if isinstance(value.get(name), str):
            return str(value[name])
    return ""


def _anthropic_parts(message: Any) -> Iterator[tuple[int, Any]]:
    content = message.get("content") if isinstance(message, dict) else message
    if isinstance(content, str):
        # A client that sets a cache mark on a plain text sends it as a list of one block.
        yield 0, {"type": "text", "text": content}
    elif isinstance(content, list):
        yield from enumerate(content)
    else:
        yield 0, message


def _chat_parts(message: Any) -> Iterator[tuple[int, Any]]:
    if not isinstance(message, dict):
        yield 0, message
        return
    calls = message.get("tool_calls")
    content = message.get("content")
    rest = {name: each for name, each in message.items() if name not in ("content", "tool_calls")}
    parts = content if isinstance(content, list) else [content] if content else []
    for number, part in enumerate(parts):
        yield number, {**rest, "content": part}
    for number, call in enumerate(calls if isinstance(calls, list) else ()):
        yield len(parts) + number, call
    if not parts and not calls:
        yield 0, message


def _responses_parts(item: Any) -> Iterator[tuple[int, Any]]:
    content = item.get("content") if isinstance(item, dict) else None
    if isinstance(item, dict) and item.get("role") and isinstance(content, list):
        yield from enumerate(content)
    elif isinstance(item, dict) and item.get("role") and isinstance(content, str):
        kind = "output_text" if item["role"] == "assistant" else "input_text"
        yield 0, {"type": kind, "text": content}
    else:
        yield 0, item


_PARTS: Mapping[Dialect, Callable[[Any], Iterator[tuple[int, Any]]]] = {
    "anthropic": _anthropic_parts,
    "openai_chat": _chat_parts,
    "openai_responses": _responses_parts,
}
