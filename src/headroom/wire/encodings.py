"""Content encodings, unpacked step by step and within limits.

`decode` is for request bodies and says what is wrong with them; `Decoder` is for replies
that are only watched, and gives up without a word.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # the wheel brings no types
from backports import zstd

from headroom.errors import BadRequest, TooLarge, UnsupportedEncoding

LARGEST_RATIO = 100
"""Text of agents packs 3 to 20 times; bombs begin at some hundreds."""

HARMLESS_BYTES = 64 * 1024
"""What any body may unpack to, at whatever ratio: short repetitive JSON packs very well."""

LARGEST_REPLY_BYTES = 256 * 1024 * 1024
"""How far a reply is watched by default; it is passed on whole in any case."""

_PIECE_BYTES = 64 * 1024
_DAMAGE = (zlib.error, brotli.error, zstd.ZstdError)
_ZSTD_WINDOW_BITS = 23  # content coding "zstd": a window of at most 8 MB (RFC 9659)
_EITHER_DEFLATE = 0
_GZIP_WINDOW, _ZLIB_WINDOW, _RAW_WINDOW = 31, 15, -15


def decode(body: bytes, encoding: str, *, limit: int, ratio: int = LARGEST_RATIO) -> bytes:
    """The request body without its content encoding; the same object when it has none.

    *encoding* is the header's value.  Raises UnsupportedEncoding for what we do not know
    and for several encodings, TooLarge beyond *limit* bytes or *ratio* times the packed
    size, BadRequest for what is damaged, cut off, or followed by something else.
    """
    name = _name(encoding)
    if len(body) > limit:
        raise TooLarge(f"the body has {len(body)} bytes, the limit is {limit}")
    if not name:
        return body
    stream = _Stream(_CODECS[name]())
    most = min(limit, max(ratio * len(body), HARMLESS_BYTES))
    unpacked = io.BytesIO()
    try:
        for piece in stream.pieces(body):
            unpacked.write(piece)
            if unpacked.tell() > most:
                raise TooLarge(f"the {name} body unpacks to more than {most} bytes")
    except _DAMAGE as error:
        raise BadRequest(f"the body is not valid {name}: {error}") from error
    if not stream.is_whole:
        raise BadRequest(f"the {name} body is cut off, or something follows it")
    return unpacked.getvalue()


class Decoder:
    """Unpacks a reply that is being watched; *failed* is true once it has given up.

    It gives up, and from then on returns nothing, when the encoding is unknown or several,
    when the bytes are damaged, and beyond *limit* bytes or *ratio* times the packed size.
    """

    def __init__(
        self, encoding: str, *, limit: int = LARGEST_REPLY_BYTES, ratio: int = LARGEST_RATIO
    ) -> None:
        self.failed = False
        self._limit = limit
        self._ratio = ratio
        self._read = 0
        self._written = 0
        self._stream: _Stream | None = None
        try:
            name = _name(encoding)
        except UnsupportedEncoding:
            self.failed = True
        else:
            self._stream = _Stream(_CODECS[name]()) if name else None

    def feed(self, chunk: bytes) -> bytes:
        """What *chunk* unpacks to, as far as it can be said yet."""
        return b"".join(self.pieces(chunk))

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """The same in pieces of about 64 KB, none of which is held."""
        if self.failed:
            return
        self._read += len(chunk)
        most = min(self._limit, max(self._ratio * self._read, HARMLESS_BYTES))
        try:
            for piece in self._stream.pieces(chunk) if self._stream else (chunk,):
                self._written += len(piece)
                if self._written > most:
                    self.failed = True
                    return
                yield piece
        except _DAMAGE:
            self.failed = True


class _Codec(Protocol):
    """One encoding, unpacked in steps."""

    def unpack(self, packed: bytes, most: int) -> bytes:
        """Take *packed*, return about *most* bytes; the rest comes with empty *packed*."""
        ...

    @property
    def has_more(self) -> bool:
        """More can be unpacked without further input."""
        ...

    @property
    def finished(self) -> bool:
        """The end of the encoded data has been seen."""
        ...

    @property
    def trailing(self) -> bool:
        """Bytes were given beyond the end."""
        ...


class _Stream:
    def __init__(self, codec: _Codec) -> None:
        self._codec = codec
        self._trailing = False

    @property
    def is_whole(self) -> bool:
        return self._codec.finished and not self._trailing and not self._codec.trailing

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        # Small slices, because codecs copy the input that they have not come to yet.
        for start in range(0, len(packed), _PIECE_BYTES):
            if self._codec.finished:
                # Further members are allowed by gzip and zstd; no client sends them, and a
                # million empty ones would cost much for little.
                self._trailing = True
                return
            yield self._codec.unpack(packed[start : start + _PIECE_BYTES], _PIECE_BYTES)
            while self._codec.has_more:
                yield self._codec.unpack(b"", _PIECE_BYTES)


class _Zlib:
    def __init__(self, window: int) -> None:
        self._rest = b""
        self._is_full = False
        self._inflate = None if window == _EITHER_DEFLATE else zlib.decompressobj(window)

    def unpack(self, packed: bytes, most: int) -> bytes:
        packed = self._rest + packed
        if self._inflate is None:
            if len(packed) < 2:
                self._rest = packed
                return b""
            self._inflate = zlib.decompressobj(_deflate_window(packed))
        unpacked = self._inflate.decompress(packed, most)
        self._rest = self._inflate.unconsumed_tail
        # A full piece may have left output inside, with all of the input taken.
        self._is_full = len(unpacked) >= most
        return unpacked

    @property
    def has_more(self) -> bool:
        return self._is_full and not self.finished

    @property
    def finished(self) -> bool:
        return self._inflate is not None and self._inflate.eof

    @property
    def trailing(self) -> bool:
        return self._inflate is not None and bool(self._inflate.unused_data)


class _Brotli:
    trailing = False  # reported as damage by the library

    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()
        self._is_full = False

    def unpack(self, packed: bytes, most: int) -> bytes:
        unpacked = bytes(self._decompressor.process(packed, output_buffer_limit=most))
        self._is_full = len(unpacked) >= most
        return unpacked

    @property
    def has_more(self) -> bool:
        if self.finished:
            return False
        # With all input taken more is accepted, even while output waits inside.
        return self._is_full or not self._decompressor.can_accept_more_data()

    @property
    def finished(self) -> bool:
        return bool(self._decompressor.is_finished())


class _Zstd:
    def __init__(self) -> None:
        window = zstd.DecompressionParameter.window_log_max
        self._decompressor = zstd.ZstdDecompressor(options={window: _ZSTD_WINDOW_BITS})

    def unpack(self, packed: bytes, most: int) -> bytes:
        return self._decompressor.decompress(packed, most)

    @property
    def has_more(self) -> bool:
        return not self._decompressor.needs_input and not self.finished

    @property
    def finished(self) -> bool:
        return self._decompressor.eof

    @property
    def trailing(self) -> bool:
        return self.finished and bool(self._decompressor.unused_data)


_CODECS: Mapping[str, Callable[[], _Codec]] = MappingProxyType(
    {
        "gzip": lambda: _Zlib(_GZIP_WINDOW),
        "x-gzip": lambda: _Zlib(_GZIP_WINDOW),
        "deflate": lambda: _Zlib(_EITHER_DEFLATE),
        "br": _Brotli,
        "zstd": _Zstd,
    }
)


def _name(encoding: str) -> str:
    """The one encoding that a header names; empty for none."""
    names = [name.strip().lower() for name in encoding.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) > 1:
        raise UnsupportedEncoding(f"content-encoding {encoding!r}: send one encoding only")
    if names and names[0] not in _CODECS:
        known = ", ".join(_CODECS)
        raise UnsupportedEncoding(f"content-encoding {encoding!r} is not one of {known}")
    return names[0] if names else ""


def _deflate_window(packed: bytes) -> int:
    """Whether a `deflate` body has the zlib header that it should have (RFC 9110, 8.4.1.2)."""
    has_header = packed[0] & 0x0F == 8 and int.from_bytes(packed[:2], "big") % 31 == 0
    return _ZLIB_WINDOW if has_header else _RAW_WINDOW
