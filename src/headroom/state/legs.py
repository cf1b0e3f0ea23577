"""Hidden legs: what a turn held that its client never saw, found again when it comes back.

A turn is found by any of the names that its provider gave to parts of it (call ids, signatures,
reasoning items), within its conversation: so also where the client was cut off, edited what
stands before, or goes on with the turn.  A turn without names is found by its words, behind the
chain of what it answered.  Replies that their provider keeps are found by their id as well.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from headroom.conversation import Block, Legs
from headroom.state.base import Key

LEGS = "leg"
HELD = "held"
KEY_BYTES = 16
MOST_NAMES = 24
# The library has this module without the extra `proxy`, and so without zstd.
PACKED_LEVEL = 1

# What an opaque part of a turn is named by: thinking, redacted thinking, reasoning.
_NAMES = ("signature", "data", "encrypted_content", "id")


@dataclass(frozen=True, slots=True)
class Held:
    """A reply that its provider keeps: how the conversation went on, and with which tool.

    *last_id* is the id of the last leg; *legs* is there when its calls still want answers.
    """

    last_id: str
    offered: bool
    legs: Legs = ()


def legs_keys(secret: bytes, group: bytes, link: bytes, turn: Sequence[Block]) -> tuple[Key, ...]:
    """Where the legs of this turn stand; *link* is the chain of the block before it.

    *group* names its conversation.
    """
    names = list(dict.fromkeys(_names(turn)))
    if names:
        # Both ends: a turn that grows keeps the first ones, one that lost its head the last.
        kept = names if len(names) <= MOST_NAMES else [*names[:-MOST_NAMES:-1], names[0]]
        return tuple(_key(secret, group, name) for name in kept)
    # Clients join texts, and keep the pieces of a stream as texts: where one ends says nothing.
    words = (word for block in turn if block.kind == "text" for word in block.text.split())
    return (_key(secret, link, "".join(words)),)


def held_key(secret: bytes, reply_id: str) -> Key:
    """Where the reply of this id stands."""
    told = reply_id.encode("utf-8", "surrogatepass")
    return HELD, hashlib.blake2b(told, digest_size=KEY_BYTES, key=secret, person=b"held").digest()


def answers_of(blocks: Sequence[Block]) -> Mapping[int, int]:
    """The assistant's turns that answer something: where each begins, and where it ends."""
    turns: dict[int, int] = {}
    begin = None
    for index, block in enumerate(blocks):
        if block.role != "assistant":
            begin = None
        elif begin is None:
            begin = index
        if begin:
            turns[begin] = index + 1
    return turns


def packed(value: Legs | Held) -> bytes:
    """These as bytes, for the store."""
    return zlib.compress(msgspec.msgpack.encode(value), PACKED_LEVEL)


def unpacked_legs(value: bytes) -> Legs:
    """What `packed` made of legs."""
    return msgspec.msgpack.decode(zlib.decompress(value), type=Legs)


def unpacked_held(value: bytes) -> Held:
    """What `packed` made of a kept reply."""
    return msgspec.msgpack.decode(zlib.decompress(value), type=Held)


def _key(secret: bytes, place: bytes, *parts: str) -> Key:
    digest = hashlib.blake2b(place, digest_size=KEY_BYTES, key=secret, person=b"legs")
    for part in parts:
        told = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d " % len(told) + told)
    return LEGS, digest.digest()


def _names(turn: Sequence[Block]) -> Iterator[str]:
    for block in turn:
        if block.kind == "tool_call" and block.call is not None and block.call.id:
            yield f"call {block.call.id}"
        elif block.kind == "opaque":
            value = _read(block.text)
            found = (str(value[name]) for name in _NAMES if value.get(name))
            yield from (f"name {name}" for name in [*found][:1])


def _read(text: str) -> Mapping[str, Any]:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
