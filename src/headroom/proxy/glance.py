"""What a body asks for that is not read as a conversation: its model, and how long an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from headroom.formats.gemini_shapes import name_in
from headroom.outcome import STANDARD, Members, Terms
from headroom.wire.scan import REFUSALS
from headroom.wire.shadow import shadow

LOOKED_AT_BYTES = 65_536
"""Of a body that is not held; what it asks for stands at its beginning, almost always."""
LONGEST_MODEL = 200
MOST_ANSWERS = 128
"""To one request (platform.openai.com, chat/create, 2026-11); with more it is refused."""

ANSWERS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "max_tokens_to_sample")

# In a beginning of JSON, and in a form of several parts.  Within a text the quotes are escaped.
_IN_JSON = re.compile(rb'"model"\s{0,8}:\s{0,8}"([^"\\]{1,200})"')
_IN_FORM = re.compile(
    rb'name="model"[^\r\n]{0,200}\r\n(?:[^\r\n]{1,200}\r\n){0,4}\r\n([^\r\n]{1,200})\r\n'
)


@dataclass(frozen=True, slots=True)
class Glance:
    """What was seen; empty and 0 where it does not say."""

    model: str = ""
    most_answer: int = 0
    """How many tokens the answer may have at most."""
    answers: int = 1
    """How many are asked for."""
    is_streaming: bool = False
    terms: Terms = STANDARD


NOTHING = Glance()


class _Body(msgspec.Struct):
    """The members that are looked at; what they hold is for `glance` to judge."""

    model: Any = None
    n: Any = None
    stream: Any = None
    service_tier: Any = None
    speed: Any = None
    inference_geo: Any = None
    max_tokens: Any = None
    max_completion_tokens: Any = None
    max_output_tokens: Any = None
    max_tokens_to_sample: Any = None
    generationConfig: Any = None  # noqa: N815 - Gemini's spelling
    generation_config: Any = None


def glance(body: bytes) -> Glance:
    """What this whole body asks for; where it is no JSON object, what its beginning tells."""
    found = _decoded(body) or _decoded(shadow(body))
    return glance_at(body[:LOOKED_AT_BYTES]) if found is None else seen_in(found)


def glance_at(beginning: bytes) -> Glance:
    """What the beginning of a body tells."""
    found = _IN_JSON.search(beginning) or _IN_FORM.search(beginning)
    return Glance(found[1].decode("utf-8", "replace")) if found else NOTHING


def most_answer(asked: Members) -> int:
    """How many tokens the answer may have, as the request says; 0 where it does not."""
    most = next((each for each in map(_count, map(asked.get, ANSWERS)) if each), 0)
    return most or _configured(asked, "maxOutputTokens")


def answers_asked(asked: Members) -> int:
    """How many answers a request of OpenAI's, or of Gemini's, asks for."""
    asks = _count(asked.get("n")) or _configured(asked, "candidateCount")
    return min(asks or 1, MOST_ANSWERS)


def seen_in(body: _Body) -> Glance:
    """What these members say, where it makes sense."""
    model = body.model if isinstance(body.model, str) else ""
    asked = msgspec.structs.asdict(body)
    return Glance(
        model=model[:LONGEST_MODEL],
        most_answer=most_answer(asked),
        answers=answers_asked(asked),
        is_streaming=body.stream is True,
        terms=Terms.of(asked),
    )


def _decoded(body: bytes) -> _Body | None:
    try:
        return msgspec.json.decode(body, type=_Body)
    except REFUSALS:
        return None


def _configured(asked: Members, name: str) -> int:
    """What Gemini's requests say of how the answer is to be."""
    config = asked.get("generationConfig") or asked.get("generation_config")
    return _count(config.get(name_in(config, name))) if isinstance(config, dict) else 0


def _count(value: Any) -> int:
    return value if type(value) is int and value > 0 else 0
