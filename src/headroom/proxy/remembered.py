"""Indexes of what conversations have sent, kept from one turn to the next.

Only a shortcut: an index that is not here is built again from the request itself.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping

from headroom.conversation import Conversation, Form
from headroom.pipeline import Seen, Texts
from headroom.state.place import Place

LIMIT_LINES = 300_000


class Remembered:
    """The latest index of each conversation, by the chain of its last decided block."""

    __slots__ = ("_lines", "_seen")

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, Seen] = OrderedDict()
        self._lines = 0

    @property
    def filled(self) -> tuple[int, int, int]:
        """How many conversations, how many lines they hold, and how many they may."""
        return len(self._seen), self._lines, LIMIT_LINES

    def take(self, chain: bytes) -> Seen:
        """An index to go on with from this conversation; empty if there is none."""
        seen = self._seen.get(chain)
        if seen is None:
            return Seen()
        self._seen.move_to_end(chain)
        return seen.grown()

    def give(self, chain: bytes, seen: Seen) -> None:
        """Keep the index for the conversation's next turn."""
        self._lines += len(seen) - len(self._seen.pop(chain, ()))
        self._seen[chain] = seen
        while self._lines > LIMIT_LINES and self._seen:
            _, oldest = self._seen.popitem(last=False)
            self._lines -= len(oldest)

    async def catch_up(
        self,
        place: Place,
        seen: Seen,
        conversation: Conversation,
        forms: Mapping[int, Form],
        *,
        rewrote: bool = False,
    ) -> None:
        """Index what *seen* has not seen of this conversation, a little at a time, and keep it.

        It is kept for the next turn, and for others that go on from where this one began, if
        this one did not rewrite what stood before (*rewrote*).
        """
        decided = place.known.decided
        texts = Texts.of(conversation, forms)
        known = texts.until(decided)
        if seen.texts < known and not rewrote:
            await _index(seen, texts, known)
            self.give(place.decided_chain, seen)
            seen = seen.grown()
        await _index(seen, texts, len(texts))
        self.give(place.chain[-1], seen)


async def _index(seen: Seen, texts: Texts, until: int) -> None:
    for number in range(seen.texts, until):
        source = texts.source(number)
        for _ in seen.adding(text=source.text, sent=source.sent):
            await asyncio.sleep(0)
        await asyncio.sleep(0)
