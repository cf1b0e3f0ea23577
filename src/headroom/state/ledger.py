"""The ledger: which form each block of each conversation was given when it was first seen.

A *form* stands under the chain of its block; a *head* stands under the chain of
every block at which another request may go on from one that was sent: its last block, each
block after the assistant's last turn (clients take notes for one turn away again), and each
before a turn of the assistant (users go back).  A request continues the conversation of the
longest chain that has a head: up to there everything is decided, after it blocks are new.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from headroom.conversation import Block, Conversation, Form, Legs, Plan
from headroom.errors import StoreError
from headroom.state.base import Key, Store
from headroom.state.chains import Chains
from headroom.state.ends import group_of, tail_of
from headroom.state.forms import FORMS, form_entries, named_forms, unpacked_form, with_rewrite
from headroom.state.heads import HEADS, head_entries
from headroom.state.legs import Held, held_key, legs_keys, packed, unpacked_held
from headroom.state.lookup import (
    BYPASSED,
    NOT_OFFERED,
    OFFERED,
    OFFERS,
    TAKEN_BACK,
    WENT_RAW,
    Lookup,
)
from headroom.state.place import Place, Standing
from headroom.state.recent import Recent

MOST_FORMS = 100
"""Of one block, over all that was rewritten."""

FIRST_WINS = frozenset({FORMS, OFFERS})


class Ledger:
    """Reads and writes forms and heads; its truth is in the store.

    One per process.  What it has read or written it remembers: forms and heads stand under
    all the content that they were made from, so they do not change.  While the store does not
    answer, conversations that this process has seen go on from there, and what they were
    given is written when it answers again.
    """

    __slots__ = ("_chains", "_recent", "_secret", "_store", "_wall")

    def __init__(
        self,
        store: Store,
        *,
        secret: bytes,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """*wall* gives seconds since the epoch: when a request was sent is told to others."""
        self._store = store
        self._wall = wall
        self._secret = secret
        self._chains = Chains(secret=secret)
        self._recent = Recent(clock)

    @property
    def filled(self) -> Mapping[str, tuple[int, int, int]]:
        """How much this process remembers of it, and may."""
        return {
            "ledger_recent": self._recent.filled,
            "ledger_owed": self._recent.owes,
            "chains": self._chains.filled,
        }

    def chain(self, conversation: Conversation) -> tuple[bytes, ...]:
        """The chain of each block; thread-safe for a conversation without prefixes."""
        return self._chains.of(conversation)

    async def look_up(self, conversation: Conversation, chain: tuple[bytes, ...]) -> Place:
        """What is known of this conversation, whose chain this is."""
        look = Lookup.of(conversation, chain, secret=self._secret)
        recent = self._recent.fresh([look.offer, *look.heads])
        remembered = look.ends_with_head(recent)
        latest = max(remembered, default=-1)
        leg_keys = look.leg_keys(begin for begin in look.answers if begin > latest)
        hidden = [key for keys in leg_keys.values() for key in keys]
        # What this process has just kept need not stand in a store that was begun anew.
        recent |= self._recent.fresh(hidden)
        probes = _probes(chain, remembered)
        asked = [*probes, *look.unread(recent, latest), *(k for k in hidden if k not in recent)]
        read, trouble = await self._read(asked, look.group)
        has_left = not trouble and any(key not in read for key in probes)
        found = {**recent, **read}
        head = look.head(found)
        before = look.leg_keys(head.woven)
        named = [*named_forms(chain, head), *(key for keys in before.values() for key in keys)]
        more, more_trouble = await self._missing(named, found, look.group)
        return look.place(
            {**found, **more},
            head,
            leg_keys | before,
            trouble=trouble or more_trouble,
            has_left=has_left,
        )

    async def known(self, asked: Sequence[tuple[Conversation, tuple[bytes, ...]]]) -> list[bool]:
        """Which of these conversations, with their chains, go on from a head; by one read.

        Where the store does not answer, any of them may.
        """
        looks = [Lookup.of(each, chain, secret=self._secret) for each, chain in asked]
        found, trouble = await self._read([key for look in looks for key in look.heads], b"")
        return [bool(trouble) or any(key in found for key in look.heads) for look in looks]

    async def look_again(self, place: Place) -> Place:
        """The same place after trouble, if the store answers now: it may have been begun anew.

        A head that was written there alone would name forms that nobody but this process has.
        """
        known = [end for end in place.ends if end not in place.new_ends]
        probes = _probes(place.chain, known)
        read, trouble = await self._read(probes, place.group)
        if trouble:
            return place
        has_left = place.has_left or any(key not in read for key in probes)
        return replace(place, has_left=has_left, trouble="")

    async def keep(
        self,
        place: Place,
        plan: Plan,
        *,
        offered: bool | None = None,
        beside: Mapping[Key, bytes] = MappingProxyType({}),
        owing: bool = True,
        factor: float = 0.0,
    ) -> Standing:
        """Write the plan's new forms, the heads, and *beside*, at once.  Raises StoreError.

        *offered* is what was decided about our tool, None where nothing was.  *beside* are the
        originals that forms name (see `originals.entries`).  *owing* says whether the plan
        is sent also when this fails, and so is to be written later.  *factor* is how many of the
        provider's tokens one of ours is, as far as that is known.
        """
        if not place.chain:
            return Standing(plan.forms, offered)
        revised = with_rewrite(place.revised, plan.rewritten)
        entries = form_entries(place.chain, place.known, plan, revised, anew=place.has_left)
        ends = place.ends if place.has_left else place.new_ends
        entries |= head_entries(place, plan, ends, revised, at=self._wall(), factor=factor)
        if place.has_left:
            entries |= {
                key: packed(legs)
                for begin, legs in place.legs.items()
                for key in place.leg_keys[begin]
            }
        offer = (OFFERS, place.group)
        decision = place.decision if offered is None and place.has_left else offered
        if decision is not None:
            entries[offer] = OFFERED if decision else NOT_OFFERED
        # Whatever the bypassed request was answered, it is this one's answer that goes on.
        entries |= {(BYPASSED, place.chain[end]): TAKEN_BACK for end in place.bypassed}
        standing = await self._write(entries, place.group, beside, owing=owing, anew=place.has_left)
        return Standing(
            {index: unpacked_form(standing[FORMS, place.chain[index]]) for index in plan.forms},
            None if offered is None else standing[offer] == OFFERED,
        )

    async def keep_bypassed(self, conversation: Conversation) -> None:
        """Remember that the conversation went out raw up to here.  Raises StoreError."""
        chain = self._chains.of(conversation)
        if chain:
            # Only here: what was answered further up was answered to what was sent then.
            links = {*chain[tail_of(conversation.blocks) :], chain[-1]}
            group = group_of(conversation.blocks, chain)
            await self._write({(BYPASSED, link): WENT_RAW for link in links}, group)

    async def keep_legs(self, place: Place, turn: Sequence[Block], legs: Legs) -> None:
        """Remember what *turn*, which answers this request, hid from its client.

        Raises StoreError; then the process remembers it, and writes it later.
        """
        if place.chain:
            keys = legs_keys(self._secret, place.group, place.chain[-1], turn)
            await self._write(dict.fromkeys(keys, packed(legs)), place.group)

    async def keep_held(self, reply_id: str, held: Held) -> None:
        """Remember how a reply went on that its provider keeps; as `keep_legs`."""
        await self._write({held_key(self._secret, reply_id): packed(held)}, b"")

    async def forms_at(self, link: bytes) -> Sequence[Form]:
        """All forms that the block of this chain was given, the first one first.

        For whoever only looks: no life is renewed by it.  Raises StoreError.
        """
        found = await self._store.list(FORMS, link, limit=MOST_FORMS) if link else {}
        return [unpacked_form(packed_form) for packed_form in found.values()]

    async def held(self, reply_id: str) -> Held | None:
        """What is known of the kept reply of this id."""
        key = held_key(self._secret, reply_id)
        found = self._recent.fresh([key])
        read = found or (await self._read([key], b""))[0]
        return unpacked_held(read[key]) if key in read else None

    async def _missing(
        self, named: Sequence[Key], found: Mapping[Key, bytes], group: bytes
    ) -> tuple[Mapping[Key, bytes], str]:
        """Those of the keys that a head names which were not found with it."""
        keys = [key for key in named if key not in found]
        recent = self._recent.fresh(keys)
        read, trouble = await self._read([key for key in keys if key not in recent], group)
        return {**recent, **read}, trouble

    async def _read(self, keys: Sequence[Key], group: bytes) -> tuple[Mapping[Key, bytes], str]:
        """What the store has of these, or the process when the store does not answer; and why."""
        if not keys:
            return {}, ""
        try:
            found = await self._store.get(keys, group=group)
        except StoreError as error:
            return self._recent.any_age(keys), str(error)
        self._recent.note({key: value for key, value in found.items() if key[0] != BYPASSED})
        return {**found, **self._recent.owed(keys)}, ""

    async def _write(
        self,
        entries: Mapping[Key, bytes],
        group: bytes,
        beside: Mapping[Key, bytes] = MappingProxyType({}),
        *,
        owing: bool = True,
        anew: bool = False,
    ) -> Mapping[Key, bytes]:
        """What stands in the store after this, together with what it still lacks.

        *beside* is written in the same transaction, and neither remembered nor owed; *anew*
        is for a conversation that has left the store, which lacks what it had.
        """
        recent = self._recent
        there = {} if anew else recent.fresh(entries)
        standing = {key: value for key, value in there.items() if key[0] in FIRST_WINS}
        new = {
            key: value
            for key, value in entries.items()
            if key not in standing and there.get(key) != value
        }
        owed = {**recent.some_owed(), **recent.owed(entries)}
        writing = {**owed, **new, **beside}
        if writing:
            mine = dict.fromkeys((*new, *beside), group) if group else {}
            groups = {**recent.groups(owed), **mine}
            try:
                written = await self._store.put(writing, if_absent=FIRST_WINS, groups=groups)
            except StoreError:
                if owing:
                    recent.owe(new, group=group)
                raise
            recent.paid(owed)
            written = {key: value for key, value in written.items() if key not in beside}
            recent.note({key: value for key, value in written.items() if key[0] != BYPASSED})
            standing |= written
        return {**entries, **standing}


def _probes(chain: Sequence[bytes], ends: Sequence[int]) -> list[Key]:
    """The heads that tell whether the store still has what was written at these *ends*.

    A conversation leaves whole, so that one would do; but in a file that was begun anew while
    it went on, only the last one may stand.
    """
    return [(HEADS, chain[end]) for end in sorted({*ends[:1], *ends[-1:]})]
