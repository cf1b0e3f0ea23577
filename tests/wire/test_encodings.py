"""Bodies are unpacked within limits, and replies are watched as far as that goes."""

from __future__ import annotations

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable
from itertools import pairwise

import brotli  # type: ignore[import-untyped]  # the wheel brings no types
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from headroom.errors import BadRequest, Refusal, TooLarge, UnsupportedEncoding
from headroom.wire.encodings import HARMLESS_BYTES, Decoder, decode
from tests.wire.spelling import unhurried

LIMIT = 32 * 1024 * 1024


def raw_deflate(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(text) + packer.flush()


def brotli_pack(text: bytes) -> bytes:
    return bytes(brotli.compress(text, quality=5))


PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli_pack),
    ("zstd", zstd.compress),
]
every_encoding = pytest.mark.parametrize(
    ("encoding", "pack"), PACKERS, ids=["gzip", "x-gzip", "zlib", "raw-deflate", "br", "zstd"]
)
MIXED = b"".join(b'{"id":%d,"text":"line"}\n' % (index * 7919 % 10_007) for index in range(20_000))


@every_encoding
@unhurried
@given(text=st.binary(max_size=300))
def test_what_was_packed_is_unpacked(
    encoding: str, pack: Callable[[bytes], bytes], text: bytes
) -> None:
    assert decode(pack(text), encoding, limit=LIMIT) == text


@every_encoding
def test_large_bodies_are_unpacked(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    noise = random.Random(1).randbytes(500_000)

    for text in (MIXED, noise, MIXED + noise + MIXED):
        assert decode(pack(text), encoding.upper(), limit=LIMIT) == text


@pytest.mark.parametrize("encoding", ["", "identity", " Identity ", ","])
def test_a_body_without_encoding_is_the_same_object(encoding: str) -> None:
    body = b'{"a": 1}'

    assert decode(body, encoding, limit=LIMIT) is body


@pytest.mark.parametrize("encoding", ["compress", "gzip2", "aws-chunked", "*", "zstd;q=1"])
def test_unknown_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(UnsupportedEncoding, match="gzip"):
        decode(b"x", encoding, limit=LIMIT)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,br", "br, identity, zstd"])
def test_L3_double_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(UnsupportedEncoding, match="one encoding"):
        decode(gzip.compress(gzip.compress(b"x")), encoding, limit=LIMIT)


@every_encoding
def test_L3_a_bomb_is_refused_without_being_unpacked(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    bomb = pack(b"\0" * 30_000_000)
    tracemalloc.start()

    with pytest.raises(TooLarge):
        decode(bomb, encoding, limit=LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 8_000_000


@every_encoding
def test_L3_no_more_than_the_limit_is_unpacked(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(MIXED)

    assert decode(packed, encoding, limit=len(MIXED)) == MIXED
    with pytest.raises(TooLarge):
        decode(packed, encoding, limit=len(MIXED) - 1)


@every_encoding
def test_L3_the_ratio_counts_beyond_what_is_harmless(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    harmless = b" " * HARMLESS_BYTES

    assert decode(pack(harmless), encoding, limit=LIMIT) == harmless
    with pytest.raises(TooLarge):
        decode(pack(harmless * 20), encoding, limit=LIMIT)


def test_L3_a_plain_body_over_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        decode(b"12345", "", limit=4)


@every_encoding
def test_what_is_cut_off_or_followed_by_something_is_refused(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(MIXED)
    followed = [packed + b"x", packed + b"x" * 200_000]

    for damaged in (*followed, b"", packed[:1], packed[:-1], packed[: len(packed) // 2]):
        with pytest.raises(BadRequest):
            decode(damaged, encoding, limit=LIMIT)


@every_encoding
def test_a_second_member_is_refused(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    for second in (pack(b"again"), pack(b"") * 1_000):
        with pytest.raises(BadRequest):
            decode(pack(b"once") + second, encoding, limit=LIMIT)


def test_L3_a_zstd_window_beyond_the_standard_is_refused() -> None:
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    packed = packer.compress(b"hello") + packer.flush()

    with pytest.raises(BadRequest):
        decode(packed, "zstd", limit=LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
@unhurried
@given(body=st.binary(max_size=100))
def test_any_bytes_are_unpacked_or_refused(encoding: str, body: bytes) -> None:
    watcher = Decoder(encoding)

    try:
        unpacked = decode(body, encoding, limit=LIMIT)
    except Refusal:
        watcher.feed(body)
    else:
        assert watcher.feed(body) == unpacked


# Replies.


@every_encoding
@unhurried
@given(cuts=st.lists(st.integers(0, 5_000), max_size=6))
def test_a_reply_is_unpacked_however_it_is_cut(
    encoding: str, pack: Callable[[bytes], bytes], cuts: list[int]
) -> None:
    packed = pack(MIXED[:20_000])
    marks = [0, *sorted(min(each, len(packed)) for each in cuts), len(packed)]
    decoder = Decoder(encoding)

    unpacked = [decoder.feed(packed[a:b]) for a, b in pairwise(marks)]

    assert b"".join(unpacked) == MIXED[:20_000]
    assert not decoder.failed


def test_a_reply_byte_by_byte_comes_as_soon_as_it_was_flushed() -> None:
    packer = zlib.compressobj(wbits=31)
    first = packer.compress(b"data: one\n\n") + packer.flush(zlib.Z_SYNC_FLUSH)
    decoder = Decoder("gzip")

    unpacked = b"".join(decoder.feed(bytes([byte])) for byte in first)

    assert unpacked == b"data: one\n\n"


def test_a_reply_without_encoding_passes_through() -> None:
    decoder = Decoder("identity")

    assert decoder.feed(b"as it is") == b"as it is"
    assert not decoder.failed


@pytest.mark.parametrize("encoding", ["compress", "gzip, br"])
def test_a_reply_in_an_unknown_encoding_is_not_watched(encoding: str) -> None:
    decoder = Decoder(encoding)

    assert decoder.failed
    assert decoder.feed(b"anything") == b""


@every_encoding
def test_L3_a_reply_that_is_a_bomb_is_given_up(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    bomb = pack(b"\0" * 30_000_000)
    decoder = Decoder(encoding)

    unpacked = sum(len(piece) for piece in decoder.pieces(bomb))

    assert decoder.failed
    assert unpacked <= max(100 * len(bomb), HARMLESS_BYTES)
    assert decoder.feed(bomb) == b""


@every_encoding
def test_L3_a_reply_beyond_the_limit_is_given_up(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    decoder = Decoder(encoding, limit=100_000)

    unpacked = decoder.feed(pack(MIXED))

    assert decoder.failed
    assert MIXED.startswith(unpacked)
    assert len(unpacked) <= 100_000


@every_encoding
def test_a_damaged_reply_is_given_up_quietly(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(MIXED)
    decoder = Decoder(encoding)

    decoder.feed(packed[:20])
    decoder.feed(random.Random(2).randbytes(200_000))

    assert decoder.failed
    assert decoder.feed(packed) == b""
