"""The chain of a conversation: one keyed hash per block, over it and all that stands before.

    chain(i) = keyed hash(chain(i-1), block i)

A block enters the chain as a value, not as bytes: key order, escapes and `cache_control` make
no difference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from headroom.conversation import Block, Conversation
from headroom.state.bounded import Bounded

CHAIN_BYTES = 16


def chained(secret: bytes, blocks: Sequence[Block], link: bytes = b"") -> tuple[bytes, ...]:
    """The keyed hash of the conversation up to and with each block, going on after *link*."""
    chain = []
    for block in blocks:
        call = block.call
        name = f"{call.id}\0{call.name}\0{call.arguments}" if call is not None else ""
        digest = hashlib.blake2b(link, digest_size=CHAIN_BYTES, key=secret)
        header = f"{block.role}\0{block.kind}\0{len(name)}\0{name}\0{block.is_error}\0"
        digest.update(header.encode("utf-8", "surrogatepass"))
        digest.update(block.text.encode("utf-8", "surrogatepass"))
        link = digest.digest()
        chain.append(link)
    return tuple(chain)


class Chains:
    """Chains of messages that were hashed before, so that an old turn is not hashed again."""

    __slots__ = ("_remembered", "_secret")

    REMEMBERED = 50_000

    def __init__(self, *, secret: bytes) -> None:
        self._secret = secret
        self._remembered: Bounded[bytes, tuple[bytes, ...]] = Bounded(self.REMEMBERED)

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many messages are remembered, twice, and how many may be."""
        return self._remembered.filled

    def of(self, conversation: Conversation) -> tuple[bytes, ...]:
        """The chain of each block."""
        chain: list[bytes] = []
        for key, until in conversation.prefixes:
            links = self._remembered.get(key)
            if links is None:
                blocks = conversation.blocks[len(chain) : until]
                links = chained(self._secret, blocks, chain[-1] if chain else b"")
                self._remembered[key] = links
            else:
                self._remembered.move_to_end(key)
            chain.extend(links)
        rest = conversation.blocks[len(chain) :]
        return (*chain, *chained(self._secret, rest, chain[-1] if chain else b""))
