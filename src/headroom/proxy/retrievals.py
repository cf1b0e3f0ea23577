"""What originals were kept and asked for in this process, for `/v1/retrieve/stats`."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headroom.conversation import Plan
from headroom.state.bounded import Bounded

MOST_RECENT = 20
MOST_COUNTED = 10_000
MOST_TENANTS = 1_000


@dataclass(frozen=True, slots=True)
class Retrieval:
    """One answer: which original, what was asked of it, and how many units of how many came."""

    key: str
    query: str
    tool: str
    given: int
    of: int


class Retrievals:
    """Bounded counts; those unseen for longest leave."""

    __slots__ = ("_counts", "_recent", "tokens_kept", "tokens_shown", "total")

    def __init__(self) -> None:
        self.total = 0
        self.tokens_kept = 0
        """Tokens of the originals that forms named."""
        self.tokens_shown = 0
        """Tokens of the forms that named them."""
        self._counts: Bounded[tuple[str, str], int] = Bounded(MOST_COUNTED)
        self._recent: Bounded[str, deque[Retrieval]] = Bounded(MOST_TENANTS)

    @property
    def filled(self) -> Mapping[str, tuple[int, int, int]]:
        """How much is remembered, and may be."""
        return {"retrieval_counts": self._counts.filled, "retrievals_recent": self._recent.filled}

    def note(self, tenant: str, one: Retrieval) -> int:
        """Take note of an answer; how often this original has been asked for now."""
        self.total += 1
        count = self._counts.get((tenant, one.key), 0) + 1
        self._counts[tenant, one.key] = count
        recent = self._recent.get(tenant) or deque(maxlen=MOST_RECENT)
        recent.append(one)
        self._recent[tenant] = recent
        return count

    def kept(self, plan: Plan) -> None:
        """Take note of what this plan leaves out and keeps."""
        for form in plan.forms.values():
            if form.original:
                self.tokens_kept += form.tokens_before
                self.tokens_shown += form.tokens_after

    def recent(self, tenant: str) -> Sequence[Retrieval]:
        """What this tenant last asked for, the latest last."""
        return tuple(self._recent.get(tenant, ()))
