"""What was sent lately: the forms of conversations that go on, so that an old turn costs a hash.

Only time is saved by it: the forms are those that purity would give again.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from headroom.conversation import Conversation, Form, Known, Plan
from headroom.state.chains import chained

MOST_CHARACTERS = 32 * 1024 * 1024
OVERHEAD_CHARACTERS = 500

Name = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Remembered:
    """A conversation up to a block: what its blocks became, and about how much that holds."""

    known: Known
    characters: int


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a request stands: its name as a whole, and what is known of its beginning."""

    name: Name
    blocks: int
    known: Known


class Lately:
    """A bounded memory of conversations by all that they hold; those unseen for longest leave."""

    __slots__ = ("_characters", "_lock", "_remembered", "_secret")

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(16)
        self._remembered: OrderedDict[Name, Remembered] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def find(self, conversation: Conversation, kind: str) -> Spot:
        """Where this conversation stands, planned with means of this *kind*."""
        chain = chained(self._secret, conversation.blocks)
        name = (kind, chain[-1] if chain else b"")
        with self._lock:
            for link in reversed(chain):
                found = self._remembered.get((kind, link))
                if found is not None:
                    self._remembered.move_to_end((kind, link))
                    return Spot(name, len(chain), found.known)
        return Spot(name, len(chain), Known())

    def note(self, spot: Spot, made: Plan) -> None:
        """Keep what was made of the conversation at this spot, unless something went wrong."""
        if made.failed or spot.known.decided == spot.blocks:
            return
        forms = {**spot.known.forms, **made.forms}
        known = Known(
            decided=spot.blocks,
            forms=forms,
            tokens_before=made.blocks_before,
            tokens_after=made.blocks_after,
            counted=True,
        )
        remembered = Remembered(known, _characters(forms))
        with self._lock:
            before = self._remembered.pop(spot.name, None)
            self._characters += remembered.characters - (before.characters if before else 0)
            self._remembered[spot.name] = remembered
            while self._characters > MOST_CHARACTERS:
                _, oldest = self._remembered.popitem(last=False)
                self._characters -= oldest.characters


def _characters(forms: Mapping[int, Form]) -> int:
    return OVERHEAD_CHARACTERS + sum(len(form.text or "") for form in forms.values())
