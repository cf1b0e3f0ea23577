"""One look into the ledger: which keys a conversation is asked for, and what is known by them.

Pure: what is read, and from where, is the ledger's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from headroom.conversation import Conversation, Known, Legs
from headroom.state.base import Key
from headroom.state.ends import ends_of, group_of, last_asked_of, speaks, tail_of
from headroom.state.forms import FORMS, forms_of
from headroom.state.heads import HEADS, unpacked_head
from headroom.state.legs import answers_of, legs_keys, unpacked_legs
from headroom.state.place import Head, Place

BYPASSED = "bypassed"
OFFERS = "offer"

OFFERED, NOT_OFFERED = b"\1", b"\0"
"""What stands under OFFERS, by group: whether its conversations have our tool."""

WENT_RAW, TAKEN_BACK = b"\1", b""
"""What stands under BYPASSED: the last request that ended here was bypassed, or was not."""

NO_HEAD = Head((), 0, 0)

Found = Mapping[Key, bytes]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A conversation that is looked up: its chain, its name, and where another may go on.

    *answers* are the assistant's turns: where each begins, and where it ends.
    """

    conversation: Conversation
    chain: tuple[bytes, ...]
    secret: bytes
    ends: tuple[int, ...]
    group: bytes
    answers: Mapping[int, int]

    @classmethod
    def of(cls, conversation: Conversation, chain: tuple[bytes, ...], *, secret: bytes) -> Lookup:
        """For this conversation."""
        blocks = conversation.blocks
        ends, group = tuple(ends_of(blocks)), group_of(blocks, chain)
        return cls(conversation, chain, secret, ends, group, answers_of(blocks))

    @property
    def offer(self) -> Key:
        """Where it stands whether conversations that begin like this one have our tool."""
        return OFFERS, self.group

    @property
    def heads(self) -> list[Key]:
        """Where a head may stand."""
        return [(HEADS, self.chain[end]) for end in self.ends]

    def ends_with_head(self, found: Found) -> list[int]:
        """The ends that have a head, in order."""
        return [end for end in self.ends if (HEADS, self.chain[end]) in found]

    def head(self, found: Found) -> Head:
        """The head from which the conversation goes on; an empty one where there is none."""
        ends = self.ends_with_head(found)
        return unpacked_head(found[HEADS, self.chain[ends[-1]]]) if ends else NO_HEAD

    def unread(self, recent: Found, latest: int) -> list[Key]:
        """What is to be asked for beside *recent*, whose last head stands at the end *latest*."""
        blocks, chain = self.conversation.blocks, self.chain
        asked = [key for key in self.heads if key not in recent]
        # A bypassed turn counts after the last head, and where this request takes its place.
        since = min(latest, tail_of(blocks))
        asked += [(BYPASSED, chain[end]) for end in self.ends if end >= since]
        new = range(latest + 1, len(blocks))
        asked += [(FORMS, chain[index]) for index in new if blocks[index].editable]
        return [*asked, self.offer] if self.group and self.offer not in recent else asked

    def leg_keys(self, begins: Iterable[int]) -> dict[int, tuple[Key, ...]]:
        """Where what the turns that begin there hid would stand, as far as they are turns."""
        blocks = self.conversation.blocks
        return {
            begin: legs_keys(
                self.secret, self.group, self.chain[begin - 1], blocks[begin : self.answers[begin]]
            )
            for begin in begins
            if begin in self.answers
        }

    def place(
        self,
        found: Found,
        head: Head,
        leg_keys: Mapping[int, tuple[Key, ...]],
        *,
        trouble: str,
        has_left: bool,
    ) -> Place:
        """What is known by what was *found*, *head* and all that it names among it."""
        blocks, chain = self.conversation.blocks, self.chain
        heads = self.ends_with_head(found)
        bypassed = [end for end in self.ends if found.get((BYPASSED, chain[end])) == WENT_RAW]
        known, goes_on = self._known(found, head, heads, bypassed)
        if trouble and not heads:
            # Every edit is lossless, so that purity alone mostly gives the same bytes again.
            known = Known()
        offer = found.get(self.offer)
        return Place(
            chain=chain,
            known=known,
            ends=self.ends,
            new_ends=tuple(end for end in self.ends if (HEADS, chain[end]) not in found),
            bypassed=tuple(end for end in bypassed if end >= tail_of(blocks)),
            trouble=trouble,
            group=self.group,
            has_left=has_left,
            decision=None if offer is None else offer == OFFERED,
            offered=offer == OFFERED and (goes_on or not speaks(blocks)),
            is_open=offer is None and not trouble and not speaks(blocks),
            legs=_legs(leg_keys, found) if goes_on else {},
            leg_keys=leg_keys,
            revised=head.revised if goes_on else (),
            last_at=head.at if goes_on else 0.0,
            factor=head.factor if goes_on else 0.0,
            marks=head.marks,
            spoken_since=bool(heads) and speaks(blocks[heads[-1] + 1 :]),
            last_asked=last_asked_of(blocks),
        )

    def _known(
        self, found: Found, head: Head, heads: Sequence[int], bypassed: Sequence[int]
    ) -> tuple[Known, bool]:
        """What is known, and whether the conversation goes on from a head."""
        head_end = heads[-1] if heads else -1
        if bypassed and bypassed[-1] >= head_end and _thinks_after(self.conversation, bypassed[-1]):
            # The reply to a bypassed turn bound its thinking to the raw history.
            return Known(decided=bypassed[-1] + 1), False
        if heads:
            known = _continued(self.chain, head_end, head, found)
            if known is not None:
                return known, True
        return Known(decided=_started_without_us(self.conversation)), False


def _legs(leg_keys: Mapping[int, Sequence[Key]], found: Found) -> dict[int, Legs]:
    """What was hidden in each of these turns; once, where the client has cut one into several."""
    legs: dict[int, Legs] = {}
    seen: set[bytes] = set()
    for begin, keys in sorted(leg_keys.items()):
        hidden = next((found[key] for key in keys if key in found), None)
        if hidden is not None and hidden not in seen:
            seen.add(hidden)
            legs[begin] = unpacked_legs(hidden)
    return legs


def _continued(chain: Sequence[bytes], end: int, head: Head, found: Found) -> Known | None:
    forms = forms_of(chain, head, found)
    if forms is None:
        return None
    counted = head.tokens_before >= 0
    return Known(
        decided=end + 1,
        forms=forms,
        tokens_before=head.tokens_before if counted else 0,
        tokens_after=head.tokens_after if counted else 0,
        counted=counted,
        saved=head.saved,
        swept=head.swept,
    )


def _thinks_after(conversation: Conversation, end: int) -> bool:
    return conversation.facts.thinking and any(
        block.role == "assistant" and block.kind == "opaque"
        for block in conversation.blocks[end + 1 :]
    )


def _started_without_us(conversation: Conversation) -> int:
    """How many blocks the provider has probably seen already, as the client sent them."""
    facts = conversation.facts
    cacheable = facts.cache_marks or facts.always_cached or facts.thinking
    if not cacheable:
        return 0
    return max(
        (i for i, block in enumerate(conversation.blocks) if block.role == "assistant"), default=0
    )
