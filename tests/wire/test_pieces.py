"""A body in pieces is the body with its splices."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.wire.pieces import PIECE_BYTES, Pieces


@given(
    st.binary(max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.binary(max_size=9)), max_size=3),
)
def test_other_bytes_stand_in_their_places(body: bytes, wanted: list[tuple[int, bytes]]) -> None:
    places = sorted({min(at, len(body)) for at, _ in wanted})
    ends = [*places[1:], len(body)]
    splices = [
        ((start, (start + end) // 2), new)
        for start, end, (_, new) in zip(places, ends, wanted, strict=False)
    ]
    expected = body
    for (start, end), new in reversed(splices):
        expected = expected[:start] + new + expected[end:]

    pieces = Pieces(bytearray(body), splices)

    assert b"".join(pieces) == expected
    assert pieces.size == len(expected)


def test_a_large_body_comes_in_pieces() -> None:
    body = bytes(3 * PIECE_BYTES + 1)

    pieces = list(Pieces(body, [((5, 6), b"x" * (PIECE_BYTES + 1))]))

    assert max(map(len, pieces)) == PIECE_BYTES
    assert b"".join(pieces) == body[:5] + b"x" * (PIECE_BYTES + 1) + body[6:]
