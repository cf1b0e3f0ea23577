"""Hidden legs: what a turn held that its client never saw, found again when it comes back.

A turn stands under the chain of the request that it answered and under what survives a client
that writes it anew: the ids of its tool calls, else its text, else its signatures.  Replies
that their provider keeps are also found by the id under which the client knows them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from headroom.conversation import Block, Legs
from headroom.state.base import Key

LEGS = "leg"
HELD = "held"
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Held:
    """A reply that its provider keeps: how the conversation went on, and with which tool.

    *last_id* is the id of the last leg; *legs* is there when its calls still want answers.
    """

    last_id: str
    offered: bool
    legs: Legs = ()


def legs_key(secret: bytes, link: bytes, turn: Sequence[Block]) -> Key:
    """Where the legs of this turn stand; *link* is the chain of the block before it."""
    digest = hashlib.blake2b(link, digest_size=KEY_BYTES, key=secret, person=b"legs")
    for part in _survivors(turn):
        told = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d " % len(told) + told)
    return LEGS, digest.digest()


def held_key(secret: bytes, reply_id: str) -> Key:
    """Where the reply of this id stands."""
    told = reply_id.encode("utf-8", "surrogatepass")
    return HELD, hashlib.blake2b(told, digest_size=KEY_BYTES, key=secret, person=b"held").digest()


def turns_of(blocks: Sequence[Block]) -> Mapping[int, int]:
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
    return msgspec.msgpack.encode(value)


def unpacked_legs(value: bytes) -> Legs:
    """What `packed` made of legs."""
    return msgspec.msgpack.decode(value, type=Legs)


def unpacked_held(value: bytes) -> Held:
    """What `packed` made of a kept reply."""
    return msgspec.msgpack.decode(value, type=Held)


def _survivors(turn: Sequence[Block]) -> list[str]:
    ids = [block.call.id for block in turn if block.kind == "tool_call" and block.call is not None]
    if ids:
        return ["calls", *ids]
    texts = [word for block in turn if block.kind == "text" for word in block.text.split()]
    if texts:
        return ["text", *texts]
    return ["opaque", *(block.text for block in turn)]
