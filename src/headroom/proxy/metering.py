"""Watching replies that are in no dialect of ours: what they say of usage, model and text.

Nothing is held but the beginning and the end of a reply: usage stands at the end of large ones
(vectors, images), and in the last events of streams.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from json import JSONDecodeError, JSONDecoder
from typing import Any

from headroom.formats import anthropic, gemini_shapes, openai_chat, openai_responses
from headroom.formats.base import Finished, ModelNamed, ReplyEvent, TextSaid, UsageReported
from headroom.formats.replies import StreamedReply, member, objects, read_json, text_at
from headroom.outcome import Terms

HELD_BYTES = 262_144
"""A reply up to this is read as a whole; of a larger one its end."""
BYTES_PER_SOUND_TOKEN = 100
"""Of what is no text; sound takes 400 and more, so that this is never too few."""
LONGEST_USAGE = 8_192
MOST_USAGES = 4
"""So many objects that look like usage are read at the end of a large reply, the last ones."""

_LAST_USAGE = re.compile(r'"(usage|usageMetadata)"\s*:\s*\{')
_ANTHROPIC = ("cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation")
_LAST_MODEL = re.compile(r'"(?:model|modelVersion)"\s*:\s*"([^"\\]{1,200})"')


class Meter:
    """Reads the bytes of one reply; see `ReplyReader`.  *kind* is its content type."""

    __slots__ = ("_end", "_is_text", "_stream", "size")

    def __init__(self, kind: bytes, *, streaming: bool) -> None:
        self._stream = StreamedReply(_said) if streaming else None
        self._is_text = b"json" in kind or kind.startswith(b"text/")
        self._end = bytearray()
        self.size = 0

    @property
    def sound_tokens(self) -> int:
        """How many tokens the reply was so far, at most, where it is no text."""
        return 0 if self._is_text or self._stream else self.size // BYTES_PER_SOUND_TOKEN

    def feed(self, chunk: bytes) -> Sequence[ReplyEvent]:
        """What this chunk completes."""
        self.size += len(chunk)
        if self._stream is not None:
            return self._stream.feed(chunk)
        if self._is_text:
            self._end += chunk[-HELD_BYTES:]
            if len(self._end) > 2 * HELD_BYTES:
                del self._end[:-HELD_BYTES]
        return ()

    def close(self) -> Sequence[ReplyEvent]:
        """What only the end tells."""
        if self._stream is not None:
            return [*self._stream.close(), Finished("")]
        held = bytes(self._end)
        whole = read_json(held) if len(held) == self.size else None
        # Gemini's streams without `alt=sse` are one list.
        told = objects([whole] if isinstance(whole, dict) else whole)
        if whole is None and held:
            told = [at_the_end(held.decode("utf-8", "replace"))]
        return [*(event for each in told for event in _said(each)), Finished("")]


def _said(value: dict[str, Any]) -> Iterator[ReplyEvent]:
    """What one JSON object of a reply says."""
    inner = member(value, "response") or member(value, "message")
    model = next((one for each in (value, inner) for one in _models(each)), "")
    if model:
        yield ModelNamed(model)
    yield from (TextSaid(text) for text in _texts(value) if text)
    found = usage_in(value) or usage_in(inner)
    if found is not None:
        yield found


def usage_in(value: Mapping[str, Any]) -> UsageReported | None:
    """What this object reports, in whichever dialect it does."""
    told = member(value, "usageMetadata")
    if told:
        return UsageReported(gemini_shapes.usage(told))
    told = member(value, "usage")
    if not told:
        return None
    terms = Terms.of(told, value)
    if "prompt_tokens" in told:
        return UsageReported(openai_chat.used(told), terms)
    if any(name in told for name in _ANTHROPIC):
        return UsageReported(anthropic.used(told), terms)
    if "input_tokens" in told or "output_tokens" in told:
        return UsageReported(openai_responses.used(told), terms)
    return None


def at_the_end(text: str) -> dict[str, Any]:
    """The usage and the model that the end of a large reply tells, as members of an object."""
    found: dict[str, Any] = {}
    for match in deque(_LAST_USAGE.finditer(text), MOST_USAGES):
        try:
            value, _ = JSONDecoder().raw_decode(text[match.end() - 1 : match.end() + LONGEST_USAGE])
        except (JSONDecodeError, RecursionError):
            continue
        found[match[1]] = value
    models = _LAST_MODEL.findall(text)
    return {**found, "model": models[-1]} if models else found


def _models(value: Mapping[str, Any]) -> Iterator[str]:
    for name in ("model", "modelVersion"):
        text = text_at(value, name)
        if text:
            yield text[:200]


def _texts(value: Mapping[str, Any]) -> Iterator[str]:
    """The text that a model has written, in the dialects that are only relayed."""
    for candidate in objects(value.get("candidates")):
        for part in objects(member(candidate, "content").get("parts")):
            yield text_at(part, "text")
    for choice in objects(value.get("choices")):
        yield text_at(choice, "text") or text_at(member(choice, "delta"), "content")
    # Anthropic's Text Completions, and OpenAI's transcripts.
    for name in ("completion", "text", "delta"):
        yield text_at(value, name)
