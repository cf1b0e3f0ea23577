"""Messages that were read before: an old turn costs a hash.

Agents send their whole history with every request.  What a message became depends on its own
bytes and on those of all messages before it, so it is remembered under a hash over both.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from headroom.conversation import Block, ToolCall

KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Step:
    """What reading one message added, and the state of the reading after it."""

    blocks: tuple[Block, ...]
    calls: tuple[tuple[str, ToolCall], ...]
    counts: tuple[tuple[str, int], ...]
    leading_system: tuple[str, ...]
    marked: bool
    mark_ttl_s: float
    thinks_until: int
    tools: bool
    turn: int
    assistant_speaks: bool

    @property
    def size(self) -> int:
        """About how many characters it holds."""
        return sum(len(block.text) for block in self.blocks)


class Recall:
    """A bounded memory of steps; those unseen for longest leave.

    *secret* keys the hash, so that nobody outside can find two histories of one key.
    """

    __slots__ = ("_limit", "_secret", "_size", "_steps")

    OVERHEAD_CHARACTERS = 600

    def __init__(self, *, secret: bytes, limit_characters: int = 24 * 1024 * 1024) -> None:
        self._secret = secret
        self._steps: OrderedDict[bytes, Step] = OrderedDict()
        self._limit = limit_characters
        self._size = 0

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many steps, how many characters they hold, and how many they may."""
        return len(self._steps), self._size, self._limit

    def root(self, *facts: str) -> bytes:
        """The key of a history without messages, read under these facts."""
        return self.key(self._secret, "\0".join(facts).encode())

    def key(self, before: bytes, raw: bytes) -> bytes:
        """The key of the history that has *raw* after the history of key *before*."""
        # SHA-256 is twice as fast as BLAKE2 where the processor has instructions for it.
        digest = hashlib.sha256(self._secret)
        digest.update(before)
        digest.update(raw)
        return digest.digest()[:KEY_BYTES]

    def step(self, key: bytes) -> Step | None:
        """What the last message of this history became, if it was read before."""
        step = self._steps.get(key)
        if step is not None:
            self._steps.move_to_end(key)
        return step

    def remember(self, key: bytes, step: Step) -> None:
        """Keep what the last message of this history became."""
        self._steps[key] = step
        self._size += step.size + self.OVERHEAD_CHARACTERS
        while self._size > self._limit and self._steps:
            _, oldest = self._steps.popitem(last=False)
            self._size -= oldest.size + self.OVERHEAD_CHARACTERS
