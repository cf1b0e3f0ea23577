"""AWS's event stream becomes Anthropic's, wherever its bytes are cut."""

from __future__ import annotations

import json

import pytest
from botocore.eventstream import EventStreamBuffer, EventStreamError, ParserError

from headroom.errors import UpstreamUnreachable
from headroom.proxy.backends.bedrock_stream import Events
from tests.proxy.test_reply import Pieces
from tests.upstream.bedrock import chunk, exception, message

ODD = (ParserError, EventStreamError)
START = b'{"type":"message_start","message":{"id":"msg_1"}}'
STOP = b'{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3}}'
WHOLE = chunk(START) + chunk(STOP)
TOLD = b"event: message_start\ndata: %s\n\nevent: message_stop\ndata: %s\n\n" % (START, STOP)


async def read(*pieces: bytes) -> bytes:
    events = Events(Pieces([*pieces]), EventStreamBuffer(), ODD, "anthropic")
    said = b""
    while piece := await events.read():
        said += piece
    return said


@pytest.mark.parametrize("size", [1, 7, 64, len(WHOLE)])
async def test_each_chunk_is_one_event_wherever_the_stream_is_cut(size: int) -> None:
    pieces = [WHOLE[at : at + size] for at in range(0, len(WHOLE), size)]

    assert await read(*pieces) == TOLD


async def test_what_is_no_chunk_is_left_out() -> None:
    other = message({":event-type": "initial-response", ":message-type": "event"}, b"{}")

    assert await read(other + WHOLE) == TOLD


async def test_white_space_between_the_lines_of_a_chunk_does_not_end_the_event() -> None:
    spread = json.dumps(json.loads(START), indent=1).encode()

    said = await read(chunk(spread) + chunk(STOP))

    data = said.split(b"\n\n")[0].split(b"\n")[1]
    assert json.loads(data.removeprefix(b"data: ")) == json.loads(START)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("throttlingException", "rate_limit_error"),
        ("modelStreamErrorException", "api_error"),
        ("serviceUnavailableException", "overloaded_error"),
        ("modelTimeoutException", "timeout_error"),
        ("validationException", "invalid_request_error"),
        ("brandNewException", "api_error"),
    ],
)
async def test_an_exception_within_ends_the_stream_as_anthropic_would(
    kind: str, error: str
) -> None:
    said = await read(chunk(START) + exception(kind, "Too much.") + chunk(STOP))

    name, data = said.split(b"\n\n")[1].split(b"\n")
    assert name == b"event: error"
    told = json.loads(data.removeprefix(b"data: "))["error"]
    assert told["type"] == error
    assert told["message"] == kind[0].upper() + kind[1:] + ": Too much."
    assert b"message_stop" not in said


async def test_an_error_of_the_stream_itself_is_told_too() -> None:
    head = {":message-type": "error", ":error-code": "InternalError", ":error-message": "Alas."}

    assert b"InternalError: Alas." in await read(chunk(START), message(head, b""))


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        WHOLE[: len(WHOLE) // 2],
        chunk(START)[:-1] + b"\0",
        b"HTTP is no event stream, and this is long enough to be looked at.",
        message({":event-type": "chunk", ":message-type": "event"}, b'{"bytes":"%%%"}'),
        message({":event-type": "chunk", ":message-type": "event"}, b'{"bytes":"bm8="}'),
        message({":event-type": "chunk", ":message-type": "event"}, b"{}"),
    ],
)
async def test_a_stream_that_cannot_be_read_or_breaks_off_is_the_providers_fault(
    bad: bytes,
) -> None:
    with pytest.raises(UpstreamUnreachable):
        await read(bad)


async def test_who_closes_it_closes_where_it_comes_from() -> None:
    source = Pieces([WHOLE])

    Events(source, EventStreamBuffer(), ODD, "anthropic").close()

    assert source.closed
