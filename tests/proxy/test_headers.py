from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.errors import BadRequest
from headroom.proxy.headers import reply_headers, upstream_headers


def test_request_headers_keep_order_and_repeats() -> None:
    headers = [(b"b", b"1"), (b"a", b"2"), (b"b", b"3"), (b"host", b"x")]

    assert upstream_headers(headers) == [("b", "1"), ("a", "2"), ("b", "3")]


def test_the_content_encoding_goes_when_the_body_was_unpacked() -> None:
    headers = [(b"content-encoding", b"gzip"), (b"a", b"1")]

    assert upstream_headers(headers) == [("content-encoding", "gzip"), ("a", "1")]
    assert upstream_headers(headers, decoded=True) == [("a", "1")]


@given(st.binary(max_size=20))
def test_a_header_is_sent_exactly_or_refused(value: bytes) -> None:
    try:
        [(_, text)] = upstream_headers([(b"x-api-key", value)])
    except BadRequest:
        return

    assert text.encode() == value


def test_reply_headers_keep_their_bytes_order_and_repeats() -> None:
    headers = [(b"Set-Cookie", b"\xff"), (b"X", b"1"), (b"set-cookie", b"b")]

    assert reply_headers(headers) == [
        (b"set-cookie", b"\xff"), (b"x", b"1"), (b"set-cookie", b"b"),
    ]  # fmt: skip
