"""Events are found in a stream however it is cut."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.wire.sse import Event, EventReader
from tests.wire.spelling import unhurried

LIMIT = 40

pieces = st.sampled_from(
    [
        "\n", "\r", "\r\n", "\n\n", "data:", "data: ", "data", "event:", "event: a", ": comment",
        "id: 1", "retry: 5", "x", "é😀", "\ufeff", " ", ":", '{"a": 1}', "data: [DONE]\n\n",
        "datax:y", "x" * 30, "data: " + "y" * 50, "event: " + "z" * 50, ":" + "c" * 60, "\0",
    ]
)  # fmt: skip
streams = st.lists(pieces | st.text(max_size=5), max_size=25).map(
    lambda each: "".join(each).encode()
)


def events(chunks: Iterable[bytes], limit: int = 1_000_000) -> list[Event]:
    reader = EventReader(limit=limit)
    found = [event for chunk in chunks for event in reader.feed(chunk)]
    return found + reader.close()


def cut(stream: bytes, places: Iterable[int]) -> list[bytes]:
    marks = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(marks)]


def by_the_standard(stream: bytes) -> list[Event]:
    """The parsing rules of the standard, plainly, for streams that end in a blank line."""
    text = stream.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    found, name, data = [], b"", []
    for line in text.split(b"\n")[:-1]:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
        elif not line:
            if data:
                found.append(Event(name.decode() or "message", b"\n".join(data)))
            name, data = b"", []
    return found


@unhurried
@given(streams)
def test_events_are_those_of_the_standard(stream: bytes) -> None:
    assert events([stream + b"\n\n"]) == by_the_standard(stream + b"\n\n")


@unhurried
@given(streams, st.lists(st.integers(min_value=0)))
def test_any_chunking_gives_the_same_events(stream: bytes, places: list[int]) -> None:
    assert events(cut(stream, places)) == events([stream])


@unhurried
@given(streams)
def test_cutting_at_every_byte_gives_the_same_events(stream: bytes) -> None:
    assert events(bytes([byte]) for byte in stream) == events([stream])


@unhurried
@given(streams, st.lists(st.integers(min_value=0)))
def test_L7_oversized_events_do_not_depend_on_chunking(stream: bytes, places: list[int]) -> None:
    whole = events([stream], LIMIT)

    assert events(cut(stream, places), LIMIT) == whole
    assert events((bytes([byte]) for byte in stream), LIMIT) == whole
    assert all(len(event.data) <= LIMIT for event in whole)


@unhurried
@given(st.lists(st.binary(max_size=20)))
def test_no_bytes_make_a_reader_fail(chunks: list[bytes]) -> None:
    assert events(chunks) == events([b"".join(chunks)])


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b'event: ping\ndata: {"a": 1}\n\n', [Event("ping", b'{"a": 1}')]),
        (b"data: one\r\ndata: two\r\n\r\n", [Event("message", b"one\ntwo")]),
        (b"data: cr\r\rdata:  x\r\r", [Event("message", b"cr"), Event("message", b" x")]),
        (b": a comment\n\ndata\n\n", [Event("message", b"")]),
        (b"\xef\xbb\xbfdata: marked\n\n", [Event("message", b"marked")]),
        (b"event: named\n\ndata: not\n\n", [Event("message", b"not")]),
        (b"data: \xc3\xa9 \xff\nid: 3\nretry: 1\n\n", [Event("message", b"\xc3\xa9 \xff")]),
        (b"data: a\n\xef\xbb\xbfdata: b\n\n", [Event("message", b"a")]),
    ],
)  # fmt: skip
def test_events_by_example(stream: bytes, expected: list[Event]) -> None:
    assert events([stream]) == expected


@pytest.mark.parametrize("stream", [b"data: [DONE]", b"data: [DONE]\n", b"data: [DONE]\r"])
def test_an_event_without_its_blank_line_is_found_at_the_close(stream: bytes) -> None:
    reader = EventReader()

    assert reader.feed(stream) == []
    assert reader.close() == [Event("message", b"[DONE]")]


def test_an_event_is_found_with_the_chunk_that_completes_it() -> None:
    reader = EventReader()

    assert reader.feed(b"data: 1\r\n\r") == [Event("message", b"1")]
    assert reader.feed(b"\ndata: 2\n\n") == [Event("message", b"2")]


def test_L7_an_oversized_event_is_skipped_and_told() -> None:
    long_line = b"event: big\ndata: " + b"x" * 100 + b"\nid: 1\n\n"
    many_lines = b"event: many\n" + b"data: 12345678\n" * 10 + b"\n"

    found = events([long_line, b"data: small\n\n", many_lines, b"data: small\n\n"], LIMIT)

    assert found == [
        Event("big", b"", oversized=True),
        Event("message", b"small"),
        Event("many", b"", oversized=True),
        Event("message", b"small"),
    ]


def test_L7_a_comment_of_any_length_spoils_no_event() -> None:
    stream = b"data: a\n:" + b"x" * 100 + b"\nunknown: " + b"y" * 100 + b"\ndata: b\n\n"

    assert events([stream], LIMIT) == [Event("message", b"a\nb")]


@pytest.mark.parametrize("size", [1, 1_000, 65_536])
def test_L7_a_line_is_never_held_whole(size: int) -> None:
    chunk = b"x" * size
    reader = EventReader(limit=100_000)
    reader.feed(b"data: ")
    tracemalloc.start()

    for _ in range(110_000 if size == 1 else 8_000_000 // size):
        reader.feed(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 500_000
    assert reader.feed(b"\n\ndata: next\n\n") == [
        Event("message", b"", oversized=True),
        Event("message", b"next"),
    ]


def test_L7_lines_without_text_are_bounded_too() -> None:
    reader = EventReader(limit=1_000)
    tracemalloc.start()

    for _ in range(100):
        reader.feed(b"data:\n" * 100)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 100_000
    assert reader.feed(b"\n") == [Event("message", b"", oversized=True)]
