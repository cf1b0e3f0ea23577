"""A stream is taken apart where its events end, and nothing of it is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.wire.frames import Frame, Frames, framed, with_data
from headroom.wire.sse import EventReader

STREAM = (
    b'event: a\ndata: {"n":1}\n\n: a comment\n\ndata: one\ndata: two\n\n'
    b'event: b\r\ndata:{"n":2}\r\n\r\ndata: last\n\n'
)


def taken_apart(stream: bytes, cuts: list[int], *, limit: int = 1000) -> list[Frame]:
    frames = Frames(limit=limit)
    found: list[Frame] = []
    at = 0
    for cut in sorted(cuts):
        found += frames.feed(stream[at:cut])
        at = max(cut, at)
    return [*found, *frames.feed(stream[at:]), *frames.close()]


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_wherever_a_stream_is_cut_its_frames_are_the_same(cuts: list[int]) -> None:
    assert taken_apart(STREAM, cuts) == taken_apart(STREAM, [])


def test_each_frame_is_one_event_with_its_data() -> None:
    frames = taken_apart(STREAM, [])

    assert [frame.data for frame in frames] == [
        b'{"n":1}',
        b"",
        b"one\ntwo",
        b'{"n":2}',
        b"last",
    ]
    assert b"".join(frame.raw for frame in frames) == STREAM


@given(
    st.lists(
        st.sampled_from([b"data: x", b"\n", b"\r", b"\r\n", b"event: e", b":", b"\x00", b"y"])
    ),
    st.lists(st.integers(0, 100), max_size=5),
    st.integers(4, 40),
)
def test_no_byte_is_lost_or_added(pieces: list[bytes], cuts: list[int], limit: int) -> None:
    stream = b"".join(pieces)

    frames = taken_apart(stream, cuts, limit=limit)

    assert b"".join(frame.raw for frame in frames) == stream


def test_what_is_too_large_goes_on_in_pieces_unread() -> None:
    stream = b"data: " + b"x" * 500 + b"\n\ndata: y\n\n"
    cuts = list(range(0, len(stream), 50))

    frames = taken_apart(stream, cuts, limit=100)

    assert b"".join(frame.raw for frame in frames) == stream
    assert max(len(frame.raw) for frame in frames) < 160
    assert [frame.data for frame in frames if frame.data] == [b"y"]


@pytest.mark.parametrize("name", ["", "ping"])
def test_a_written_frame_reads_as_its_event(name: str) -> None:
    events = EventReader().feed(framed(b"{}", name))

    assert [(event.name, event.data) for event in events] == [(name or "message", b"{}")]


def test_other_data_leaves_all_else_of_a_frame_as_it_was() -> None:
    raw = b"id: 7\r\nevent: a\r\ndata: 1\r\ndata: 2\r\nretry: 5\r\n\r\n"

    assert with_data(raw, b"[1,\n2]").count(b"data: [1, 2]\r\n") == 1
    assert with_data(raw, b"{}") == b"id: 7\r\nevent: a\r\ndata: {}\r\nretry: 5\r\n\r\n"


def test_after_its_end_another_stream_is_taken_apart() -> None:
    frames = Frames(limit=100)
    frames.feed(b"data: " + b"x" * 500)
    frames.close()

    assert [frame.data for frame in frames.feed(b"data: a\n\ndata: b\n\n")] == [b"a", b"b"]
