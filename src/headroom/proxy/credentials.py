"""The credentials that the head of a request brings, and the same head without some of them."""

from __future__ import annotations

import binascii
import dataclasses
from base64 import b64decode
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from headroom.proxy.call import Call, Headers

HEADERS = frozenset({b"api-key", b"authorization", b"x-api-key", b"x-goog-api-key"})
IN_QUERY = b"key"
QUERY = b"?key"
"""The place of one that stands in the query, as Gemini's clients write it."""

# Browsers cannot set headers on a WebSocket, so OpenAI takes the key as a subprotocol
# (platform.openai.com/docs/guides/realtime-websocket, 2026-11).
PROTOCOLS = b"sec-websocket-protocol"
KEY_PROTOCOL = b"openai-insecure-api-key."

BEARER = b"bearer "
BASIC = b"basic"
TOKEN_SCHEMES = frozenset({b"bearer", b"token"})
"""Behind which a key stands as it is."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential as it stands in the head; *place* is a header's name, or QUERY."""

    place: bytes
    value: bytes = dataclasses.field(repr=False)

    @property
    def bare(self) -> bytes:
        """The key or token itself."""
        if self.place == b"authorization":
            scheme, *words = self.value.split()
            return words[-1] if words and scheme.lower() in TOKEN_SCHEMES else self.value
        return self.value.removeprefix(KEY_PROTOCOL) if self.place == PROTOCOLS else self.value

    @property
    def token(self) -> bytes:
        """The same; empty where it stands behind another scheme than a token does, or none."""
        is_plain = self.place == b"authorization" and self.bare == self.value
        return b"" if is_plain else self.bare


def brought(call: Call) -> tuple[Credential, ...]:
    """Every credential of the call, in the order in which they stand; blank ones are none."""
    found = [
        Credential(name, value.strip())
        for name, value in call.headers
        if name in HEADERS and value.strip()
    ]
    for name, value in call.headers:
        if name == PROTOCOLS:
            words = protocols_in(value)
            found += [Credential(name, one) for one in words if one.startswith(KEY_PROTOCOL)]
    if call.query:
        found += [Credential(QUERY, value) for _, value in _keys(call.query) if value]
    return tuple(found)


def password_in(call: Call) -> bytes:
    """What a browser's user typed in when it asked for a password; empty where it did not."""
    scheme, _, packed = (call.header(b"authorization") or b"").strip().partition(b" ")
    if scheme.lower() != BASIC:
        return b""
    try:
        return b64decode(packed.strip(), validate=True).partition(b":")[2].strip()
    except binascii.Error:
        return b""


def without(call: Call, taken: Collection[Credential]) -> Call:
    """The call less these credentials, wherever they stand; all else as it was sent."""
    headers: Headers = []
    for name, value in call.headers:
        if name == PROTOCOLS:
            words = protocols_in(value)
            left = [one for one in words if Credential(name, one) not in taken]
            if len(left) < len(words):
                value = b", ".join(left)
                if not value:
                    continue
        if name not in HEADERS or Credential(name, value.strip()) not in taken:
            headers.append((name, value))
    pieces = {piece for piece, value in _keys(call.query) if Credential(QUERY, value) in taken}
    query = call.query
    if pieces:
        query = b"&".join(piece for piece in query.split(b"&") if piece not in pieces)
    return dataclasses.replace(call, headers=headers, query=query)


def protocols_in(value: bytes) -> list[bytes]:
    """The subprotocols that a WebSocket's header offers."""
    return [one.strip() for one in value.split(b",") if one.strip()]


def _keys(query: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The pieces of the query that hold a key, as they stand, each with what it says."""
    for piece in query.split(b"&"):
        name, _, value = piece.partition(b"=")
        if _plain(name) == IN_QUERY:
            yield piece, _plain(value)


def _plain(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))
