"""One way of sending a session, as the provider's prefix cache sees it."""

from __future__ import annotations

import xxhash

from headroom.replay.segments import Prompt


class Lane:
    """Remembers every prefix that was sent, and says how much of the next prompt is one."""

    __slots__ = ("_chain", "_previous", "_seen")

    def __init__(self) -> None:
        self._previous: tuple[bytes, ...] = ()
        self._chain: list[bytes] = []
        self._seen: set[bytes] = set()

    def extends(self, prompt: Prompt) -> bool:
        """Whether *prompt* begins with all of the one before it."""
        return prompt.digests[: len(self._previous)] == self._previous

    def send(self, prompt: Prompt) -> int:
        """How many segments, from the start, are read from the cache; the rest is written."""
        digests = prompt.digests
        if not self.extends(prompt):
            self._chain = []
        chain = self._chain
        for digest in digests[len(chain) :]:
            chain.append(xxhash.xxh3_128_digest((chain[-1] if chain else b"") + digest))
        read = next(
            (place for place, link in enumerate(chain) if link not in self._seen), len(chain)
        )
        self._seen.update(chain[read:])
        self._previous = digests
        return read
