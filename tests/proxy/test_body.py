"""Bodies that are looked at as they stream through."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest

from headroom.outcome import Terms
from headroom.proxy.body import IMAGE_TOKENS, Body, see
from headroom.proxy.call import Call, Headers, Message
from headroom.proxy.expected import SHORT_ANSWER_TOKENS
from headroom.proxy.glance import LOOKED_AT_BYTES
from headroom.proxy.record import Record
from headroom.proxy.routes import find_route
from headroom.state.batches import File
from headroom.wire.pieces import Pieces


def call_with(path: bytes, pieces: Sequence[bytes], kind: bytes = b"application/json") -> Call:
    left = [*pieces]

    async def receive() -> Message:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    size = sum(map(len, pieces))
    headers: Headers = [(b"content-type", kind), (b"content-length", b"%d" % size)]
    route = find_route("POST", path, headers)
    return Call({}, receive, "POST", headers, b"", route, time.perf_counter())


async def seen(path: bytes, told: dict[str, Any], **known: Any) -> Record:
    call = call_with(path, [json.dumps(told).encode()])
    body = Body(call)
    await body.begin()
    for name, value in known.items():
        setattr(body, name, value)
    record = Record(call)
    see(record, body)
    return record


async def test_the_beginning_is_waited_for_and_all_of_it_is_sent_on() -> None:
    pieces = [bytes([number]) * 30_000 for number in range(1, 6)]
    body = Body(call_with(b"/v1/embeddings", pieces))

    await body.begin()
    begun = body.size
    stream = body.stream()
    assert stream is not None
    sent = [chunk async for chunk in stream]

    assert LOOKED_AT_BYTES <= begun < 5 * 30_000
    assert sent == pieces
    assert body.is_whole
    assert len(body.beginning) == LOOKED_AT_BYTES


def test_where_no_body_is_announced_none_is_waited_for() -> None:
    route = find_route("POST", b"/v1/new", [])
    body = Body(Call({}, call_with(b"/", []).receive, "POST", [], b"", route, 0.0))

    assert body.is_whole
    assert body.stream() is None


@pytest.mark.parametrize(
    ("path", "told", "usual"),
    [
        (b"/v1/embeddings", {"input": "x"}, 0),
        (b"/v1/images/generations", {"n": 3}, 3 * IMAGE_TOKENS),
        (b"/v1/complete", {}, SHORT_ANSWER_TOKENS),
        (
            b"/v1/messages/batches", {"requests": [{"custom_id": "a"}, {"custom_id": "b"}]},
            2 * SHORT_ANSWER_TOKENS,
        ),
    ],
)  # fmt: skip
async def test_what_it_is_answered_with_is_guessed_by_its_kind(
    path: bytes, told: dict[str, Any], usual: int
) -> None:
    assert (await seen(path, told)).usual_answer == usual


async def test_model_length_and_terms_are_seen() -> None:
    told = {"model": "gpt-5", "max_tokens": 7, "service_tier": "flex", "prompt": "word " * 80}

    record = await seen(b"/v1/completions", told)

    assert (record.model, record.most_answer, record.terms) == ("gpt-5", 7, Terms("flex"))
    assert 100 <= record.sent_tokens < 130


async def test_the_requests_of_a_batch_may_stand_in_a_file() -> None:
    record = await seen(b"/v1/batches", {"input_file_id": "f"}, file=File(4_000, 10, "gpt-5"))

    assert (record.model, record.terms) == ("gpt-5", Terms(processing="batch"))
    assert (record.sent_tokens, record.usual_answer) == (1_000, 10 * SHORT_ANSWER_TOKENS)


async def test_sound_is_fewer_tokens_than_text_of_its_size() -> None:
    call = call_with(b"/v1/audio/transcriptions", [bytes(10_000)], b"multipart/form-data")
    body, record = Body(call), Record(call)
    await body.begin()
    see(record, body)

    assert record.sent_tokens == 100


async def test_a_body_that_is_held_is_sent_on_as_it_came_or_as_something_else() -> None:
    pieces = [b"one ", b"two ", b"three"]
    call = call_with(b"/v1/messages/batches", pieces, b"application/json")
    body = Body(call)
    await body.begin()

    held = await body.hold(13)

    assert bytes(held) == b"one two three"
    assert (body.length, await sent(body)) == (13, b"one two three")
    body.put(Pieces(held, [((4, 7), b"2")]))
    assert (body.length, body.size, await sent(body)) == (11, 11, b"one 2 three")


async def test_of_a_batch_that_is_planned_what_is_sent_on_counts() -> None:
    call = call_with(b"/v1/messages/batches", [bytes(40_000)], b"application/json")
    body, record = Body(call), Record(call)
    held = await body.hold(40_000)
    body.put(Pieces(held, [((0, 40_000), bytes(4_000))]))
    body.asked = 7
    see(record, body)

    assert (record.sent_tokens, record.usual_answer) == (1_000, 7 * SHORT_ANSWER_TOKENS)
    assert record.requests == 7


async def sent(body: Body) -> bytes:
    stream = body.stream()
    assert stream is not None
    return b"".join([piece async for piece in stream])
