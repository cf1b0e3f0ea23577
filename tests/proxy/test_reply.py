from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from headroom.proxy.call import Headers
from headroom.proxy.reply import Reply


@dataclass(slots=True)
class Pieces:
    """A body that stands ready."""

    left: list[bytes] = field(default_factory=list)
    closed: bool = False

    async def read(self) -> bytes:
        return self.left.pop(0) if self.left else b""

    def close(self) -> None:
        self.closed = True


EVENTS = (b"content-type", b"text/event-stream; charset=utf-8")


@pytest.mark.parametrize(
    ("headers", "streamed", "may_be_added_to"),
    [
        ([EVENTS], True, True),
        ([EVENTS, (b"content-encoding", b"gzip")], True, False),
        ([EVENTS, (b"content-length", b"9")], True, False),
        ([(b"content-type", b"application/json")], False, False),
        ([], False, False),
    ],
)
def test_a_reply_tells_whether_it_comes_as_events(
    headers: Headers, streamed: bool, may_be_added_to: bool
) -> None:
    reply = Reply(200, headers, Pieces())

    assert (reply.is_streamed, reply.is_event_stream) == (streamed, may_be_added_to)


def test_a_header_is_found_by_its_name_whatever_its_case() -> None:
    reply = Reply(200, [(b"Retry-After", b"1"), (b"retry-after", b"2")], Pieces())

    assert reply.header(b"retry-after") == b"1"
    assert reply.header(b"server") is None


async def test_its_body_is_read_from_its_source_and_given_back_with_it() -> None:
    source = Pieces([b"a", b"b"])
    reply = Reply(200, [], source)

    assert [await reply.read() for _ in range(3)] == [b"a", b"b", b""]
    reply.close()
    assert source.closed
