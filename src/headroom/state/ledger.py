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

import msgspec

from headroom.conversation import Block, Conversation, Known, Legs, Plan
from headroom.errors import StoreError
from headroom.state.base import Key, Store
from headroom.state.chains import Chains
from headroom.state.ends import ends_of, group_of, last_asked_of, speaks, tail_of
from headroom.state.forms import (
    FORMS,
    Revised,
    form_entries,
    forms_of,
    left_as_one,
    named_forms,
    unpacked_form,
    until,
    with_rewrite,
)
from headroom.state.legs import (
    Held,
    held_key,
    legs_keys,
    packed,
    turns_of,
    unpacked_held,
    unpacked_legs,
)
from headroom.state.place import NO_MARKS, Head, Marks, Place, Standing
from headroom.state.recent import Recent

HEADS = "head"
BYPASSED = "bypassed"
OFFERS = "offer"
FIRST_WINS = frozenset({FORMS, OFFERS})

OFFERED, NOT_OFFERED = b"\1", b"\0"
"""What stands under OFFERS, by group: whether its conversations have our tool."""

WENT_RAW, TAKEN_BACK = b"\1", b""
"""What stands under BYPASSED: the last request that ended here was bypassed, or was not."""


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

    def chain(self, conversation: Conversation) -> tuple[bytes, ...]:
        """The chain of each block; thread-safe for a conversation without prefixes."""
        return self._chains.of(conversation)

    async def look_up(self, conversation: Conversation, chain: tuple[bytes, ...]) -> Place:
        """What is known of this conversation, whose chain this is."""
        blocks = conversation.blocks
        ends = ends_of(blocks)
        tail = tail_of(blocks)
        group = group_of(blocks, chain)
        offer = (OFFERS, group)
        recent = self._recent.fresh([offer, *((HEADS, chain[end]) for end in ends)])
        remembered = [end for end in ends if (HEADS, chain[end]) in recent]
        latest = max(remembered, default=-1)
        asked = [key for end in ends if (key := (HEADS, chain[end])) not in recent]
        probes = _probes(chain, remembered)
        asked += probes
        # A bypassed turn counts after the last head, and where this request takes its place.
        asked += [(BYPASSED, chain[end]) for end in ends if end >= min(latest, tail)]
        asked += [
            (FORMS, chain[index])
            for index in range(latest + 1, len(blocks))
            if blocks[index].editable
        ]
        turns = turns_of(blocks)
        new_turns = {begin: end for begin, end in turns.items() if begin > latest}
        woven = self._woven(conversation, chain, group, new_turns)
        hidden = [key for keys in woven.values() for key in keys]
        # What this process has just kept need not stand in a store that was begun anew.
        recent |= self._recent.fresh(hidden)
        asked += [key for key in (*hidden, *([offer] if group else [])) if key not in recent]
        read, trouble = await self._read(asked, group)
        has_left = not trouble and any(key not in read for key in probes)
        found = {**recent, **read}
        heads = [end for end in ends if (HEADS, chain[end]) in found]
        head = _unpacked_head(found[HEADS, chain[heads[-1]]]) if heads else Head((), 0, 0)
        if heads:
            before = {begin: turns[begin] for begin in head.woven if begin in turns}
            woven |= self._woven(conversation, chain, group, before)
            named = named_forms(chain, head)
            named += [key for begin in before for key in woven[begin]]
            more, more_trouble = await self._missing(named, found, group)
            found |= more
            trouble = trouble or more_trouble
        bypassed = [end for end in ends if found.get((BYPASSED, chain[end])) == WENT_RAW]
        known, goes_on = _known(conversation, chain, heads, bypassed, found)
        if trouble and not heads:
            # Every edit is lossless, so that purity alone mostly gives the same bytes again.
            known = Known()
        return Place(
            chain=chain,
            known=known,
            ends=tuple(ends),
            new_ends=tuple(end for end in ends if (HEADS, chain[end]) not in found),
            bypassed=tuple(end for end in bypassed if end >= tail),
            trouble=trouble,
            group=group,
            has_left=has_left,
            decision=None if offer not in found else found[offer] == OFFERED,
            offered=found.get(offer) == OFFERED and (goes_on or not speaks(blocks)),
            is_open=offer not in found and not trouble and not speaks(blocks),
            legs=_legs(woven, found) if goes_on else {},
            leg_keys=woven,
            revised=head.revised if goes_on else (),
            last_at=head.at if goes_on else 0.0,
            factor=head.factor if goes_on else 0.0,
            marks=head.marks,
            spoken_since=bool(heads) and speaks(blocks[heads[-1] + 1 :]),
            last_asked=last_asked_of(blocks),
        )

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
        together = left_as_one({**place.known.forms, **plan.rewritten})
        for end in {*ends, len(place.chain) - 1}:
            if any(end in span for span in together):
                continue
            head = _head(place, plan, end, revised, at=self._wall(), factor=factor)
            entries[HEADS, place.chain[end]] = msgspec.msgpack.encode(head)
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

    async def held(self, reply_id: str) -> Held | None:
        """What is known of the kept reply of this id."""
        key = held_key(self._secret, reply_id)
        found = self._recent.fresh([key])
        read = found or (await self._read([key], b""))[0]
        return unpacked_held(read[key]) if key in read else None

    def _woven(
        self,
        conversation: Conversation,
        chain: Sequence[bytes],
        group: bytes,
        turns: Mapping[int, int],
    ) -> dict[int, tuple[Key, ...]]:
        """By its first block, where what each of these turns hid would stand."""
        blocks, secret = conversation.blocks, self._secret
        return {
            begin: legs_keys(secret, group, chain[begin - 1], blocks[begin:end])
            for begin, end in turns.items()
        }

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


def _legs(woven: Mapping[int, Sequence[Key]], found: Mapping[Key, bytes]) -> dict[int, Legs]:
    """What was hidden in each of these turns; once, where the client has cut one into several."""
    legs: dict[int, Legs] = {}
    seen: set[bytes] = set()
    for begin, keys in sorted(woven.items()):
        hidden = next((found[key] for key in keys if key in found), None)
        if hidden is not None and hidden not in seen:
            seen.add(hidden)
            legs[begin] = unpacked_legs(hidden)
    return legs


def _probes(chain: Sequence[bytes], ends: Sequence[int]) -> list[Key]:
    """The heads that tell whether the store still has what was written at these *ends*.

    A conversation leaves whole, so that one would do; but in a file that was begun anew while
    it went on, only the last one may stand.
    """
    return [(HEADS, chain[end]) for end in sorted({*ends[:1], *ends[-1:]})]


def _head(
    place: Place, plan: Plan, end: int, revised: Revised, *, at: float, factor: float
) -> Head:
    """What this plan sends up to and with the block *end*."""
    of_rewrites = {index for _, indices in revised for index in indices}
    forms = {*place.known.forms, *plan.forms} - of_rewrites
    formed = tuple(sorted(index for index in forms if index <= end))
    woven = tuple(sorted(begin for begin in place.legs if begin <= end))
    if end == len(place.chain) - 1:
        counts = (plan.blocks_before, plan.blocks_after)
    else:
        number = end - place.known.decided
        inside = 0 <= number < len(plan.running)
        counts = plan.running[number] if inside else (-1, -1)
    return Head(
        formed,
        *counts,
        woven,
        revised=until(revised, end),
        at=at,
        saved=plan.saved,
        swept=plan.swept,
        factor=factor,
        marks=_marks(place, end),
    )


def _marks(place: Place, end: int) -> Marks:
    """What this request leaves behind about marks, at the block *end*."""
    marks = place.marks
    if marks == NO_MARKS:
        return NO_MARKS
    listed = tuple(index for index in marks.listed if index <= end)
    # What an assistant's turn is begun with is no end: its own words go on from before it.
    return msgspec.structs.replace(marks, listed=listed, ended=end >= place.last_asked)


def _known(
    conversation: Conversation,
    chain: Sequence[bytes],
    heads: Sequence[int],
    bypassed: Sequence[int],
    found: Mapping[Key, bytes],
) -> tuple[Known, bool]:
    """What is known, and whether the conversation goes on from a head."""
    head_end = heads[-1] if heads else -1
    if bypassed and bypassed[-1] >= head_end and _thinks_after(conversation, bypassed[-1]):
        # The reply to a bypassed turn bound its thinking to the raw history.
        return Known(decided=bypassed[-1] + 1), False
    if heads:
        known = _continued(chain, head_end, found)
        if known is not None:
            return known, True
    return Known(decided=_started_without_us(conversation)), False


def _continued(chain: Sequence[bytes], end: int, found: Mapping[Key, bytes]) -> Known | None:
    head = _unpacked_head(found[HEADS, chain[end]])
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


def _unpacked_head(packed: bytes) -> Head:
    return msgspec.msgpack.decode(packed, type=Head)
