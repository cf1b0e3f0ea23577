"""What replies in no dialect of ours say of usage, model and text."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from headroom.formats.base import Finished
from headroom.outcome import Terms, Usage
from headroom.proxy.metering import HELD_BYTES, Meter, at_the_end, usage_in
from headroom.proxy.record import Record
from tests.proxy.drafts import record


def metered(body: bytes, kind: bytes = b"application/json", pieces: int = 1_000) -> Record:
    seen = record(b"/v1/embeddings")
    meter = Meter(kind, streaming=kind == b"text/event-stream")
    for start in range(0, len(body), pieces):
        seen.see(meter.feed(body[start : start + pieces]))
    seen.see(meter.close())
    return seen


JSON, SSE = b"application/json", b"text/event-stream"
EMBEDDED = {"model": "text-embedding-3-large", "usage": {"prompt_tokens": 8, "total_tokens": 8}}


@pytest.mark.parametrize(
    ("reply", "usage"),
    [
        (EMBEDDED, Usage(8)),
        (
            {"usage": {"prompt_tokens": 9, "completion_tokens": 4,
                       "prompt_tokens_details": {"cached_tokens": 5}}},
            Usage(9, 4, cache_read_tokens=5),
        ),
        ({"usage": {"input_tokens": 50, "output_tokens": 4_160}}, Usage(50, 4_160)),
        (
            {"usage": {"input_tokens": 3, "output_tokens": 2, "cache_read_input_tokens": 10,
                       "cache_creation_input_tokens": 7,
                       "cache_creation": {"ephemeral_1h_input_tokens": 5}}},
            Usage(20, 2, 10, 0, 5, 2),
        ),
        (
            {"usage": {"input_tokens": 10, "output_tokens": 2,
                       "cache_creation": {"ephemeral_1h_input_tokens": 1_000}}},
            Usage(1_010, 2, cache_write_1h_tokens=1_000),
        ),
        (
            {"usage": {"input_tokens": 0, "output_tokens": 0, "cache_read_input_tokens": 70}},
            Usage(70, 0, cache_read_tokens=70),
        ),
        (
            {"usage": {"input_tokens": 1_000, "output_tokens": 2, "input_tokens_details": {
                "cache_write_tokens_details": {"ttl_30m_tokens": 600, "ttl_12h_tokens": 300}}}},
            Usage(1_000, 2, cache_write_other_tokens=900),
        ),
        (
            {"usageMetadata": {"promptTokenCount": 100, "cachedContentTokenCount": 60,
                               "candidatesTokenCount": 7, "thoughtsTokenCount": 30,
                               "toolUsePromptTokenCount": 5}},
            Usage(105, 37, 60),
        ),
    ],
)  # fmt: skip
def test_every_providers_usage_is_read(reply: dict[str, Any], usage: Usage) -> None:
    seen = metered(json.dumps(reply).encode())

    assert seen.usage == usage
    assert seen.finished


def test_the_terms_of_service_are_read() -> None:
    told = usage_in({"service_tier": "flex", "usage": {"prompt_tokens": 1}})

    assert told is not None
    assert told.terms == Terms("flex")


@pytest.mark.parametrize(
    "odd", [{}, {"usage": 3}, {"usage": {}}, {"usage": {"type": "duration", "seconds": 9}}]
)
def test_what_reports_nothing_is_nothing(odd: dict[str, Any]) -> None:
    assert usage_in(odd) is None
    assert metered(json.dumps(odd).encode()).usage is None


def test_a_stream_of_geminis_counts_as_its_last_event_says() -> None:
    events = [
        {"candidates": [{"content": {"parts": [{"text": "Well, "}]}}],
         "usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 1}},
        {"candidates": [{"content": {"parts": [{"text": "yes."}]}}], "modelVersion": "gemini-x",
         "usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 3}},
    ]  # fmt: skip
    stream = b"".join(b"data: " + json.dumps(each).encode() + b"\r\n\r\n" for each in events)

    for body, kind in ((stream, SSE), (json.dumps(events).encode(), JSON)):
        for pieces in (1, 7, 1_000):
            seen = metered(body, kind, pieces)
            assert (seen.model, seen.usage) == ("gemini-x", Usage(4, 3))
            assert "".join(seen.said) == "Well, yes."


def test_L7_of_a_large_reply_only_the_end_is_held() -> None:
    vectors = [{"embedding": [0.123456789] * 1_536}] * 200
    body = json.dumps({"object": "list", "data": vectors, **EMBEDDED}).encode()
    seen = record(b"/v1/embeddings")
    meter = Meter(JSON, streaming=False)
    for start in range(0, len(body), 65_536):
        seen.see(meter.feed(body[start : start + 65_536]))
        assert len(meter._end) <= 2 * HELD_BYTES + 65_536
    seen.see(meter.close())

    assert len(body) > 10 * HELD_BYTES
    assert (seen.model, seen.usage) == ("text-embedding-3-large", Usage(8))


def test_what_the_end_says_is_read_where_it_is_whole() -> None:
    told = at_the_end('": 1}], "usage": {"a": {"b": 1}}, "model": "m", "usage": {"cut')

    assert told == {"usage": {"a": {"b": 1}}, "model": "m"}


def test_L8_what_only_looks_like_usage_takes_no_time() -> None:
    # Each would be read to its end, as far as one may reach.
    text = '"usage":{' * (HELD_BYTES // 9)
    begun = time.process_time()

    assert at_the_end(text) == {}
    assert time.process_time() - begun < 0.2


def test_sound_is_taken_by_its_length() -> None:
    meter = Meter(b"audio/mpeg", streaming=False)
    meter.feed(bytes(5_000))

    assert (meter.sound_tokens, meter.close()) == (50, [Finished("")])


@pytest.mark.parametrize("body", [b"", b"[1, 2]", b"nonsense", b"\xff" * 100, b'"text"'])
def test_odd_replies_harm_nothing(body: bytes) -> None:
    assert metered(body).usage is None
