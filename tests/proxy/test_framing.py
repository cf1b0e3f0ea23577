from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.proxy.framing import check_head, path_of

HOST = (b"host", b"localhost")


def test_a_plain_head_is_taken() -> None:
    assert check_head("GET", "1.1", b"/v1/models?a=%0d", [HOST]) is None


def test_a_chunked_body_is_taken_in_any_case() -> None:
    assert check_head("POST", "1.1", b"/", [HOST, (b"transfer-encoding", b"Chunked")]) is None


def test_http_1_0_needs_no_host() -> None:
    assert check_head("GET", "1.0", b"/", []) is None


def test_another_version_is_505() -> None:
    refusal = check_head("GET", "2.0", b"/", [HOST])

    assert refusal is not None
    assert refusal.status == 505


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_a_head_with_both_framings_is_never_taken(length: bytes, coding: bytes) -> None:
    headers = [HOST, (b"content-length", length), (b"transfer-encoding", coding)]

    assert check_head("POST", "1.1", b"/", headers) is not None


@given(st.binary(max_size=30))
def test_a_taken_target_is_a_printable_path(target: bytes) -> None:
    if check_head("GET", "1.1", target, [HOST]) is None:
        assert target.startswith(b"/")
        assert target.decode("ascii").isprintable()


def test_a_target_falls_into_path_and_query() -> None:
    assert path_of(b"/a%2Fb?x=%2F&x=2") == (b"/a%2Fb", b"x=%2F&x=2", "/a/b")
