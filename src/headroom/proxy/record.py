"""The draft of a call's `Outcome`: filled in while the call runs, settled once at its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from headroom.conversation import Conversation, Plan
from headroom.economics import NO_LEG, Account, Bill, Leg, Rates
from headroom.formats.base import (
    CallMade,
    Finished,
    ModelNamed,
    ReplyEvent,
    TextSaid,
    UsageReported,
)
from headroom.observe.content import Content
from headroom.outcome import STANDARD, Outcome, Terms, Treated, Usage, Verdict
from headroom.proxy.access import Access, Level, enter
from headroom.proxy.accounting import Standing
from headroom.proxy.call import Call, Headers
from headroom.proxy.caller import Caller
from headroom.proxy.labels import label, new_id
from headroom.proxy.marking import LABEL
from headroom.proxy.paid import is_paid, thinks_unseen
from headroom.proxy.planning import Planning
from headroom.proxy.stages import Stages
from headroom.tokens import Counter, tokenizer_said

CONTENT_CHARACTERS = 8_192
"""Of what was asked and of what was answered, where the operator wants to be told."""

BYTES_PER_TOKEN = 4
"""Of text that was not counted."""

# What is held of a reply to count its tokens by, should the provider report no usage; counting
# it takes some 15 ms.  What goes beyond is counted in proportion.
SAMPLED_CHARACTERS = 65_536
NAMED_TRANSFORMS = 40


CacheUse = Literal["", "hit", "miss", "bypass"]
"""A stored reply was given; none was there; none was looked for, or none may be given."""


class LegHold(Protocol):
    """What is set apart for one leg after the other."""

    async def next_leg(self, leg: Leg) -> bool:
        """Charge the *leg* that has ended, and set the next one's apart; whether that could be."""
        ...


class Hold(Protocol):
    """Something that was set apart for one call, under the best estimate of what it uses."""

    async def settle(self, outcome: Outcome) -> None:
        """Charge what it came to instead; nothing where nothing was sent.

        Called once, after the call's last byte.  Never fails.
        """
        ...


@dataclass(slots=True)
class Record:
    """What is known of a call so far."""

    call: Call
    caller: Caller = field(default_factory=Caller)
    request_id: str = field(default_factory=new_id)
    verdict: Verdict = "relayed"
    model: str = ""
    status: int = 0
    streaming: bool = False
    most_answer: int = 0
    """How many tokens the answer may have at most, as the request says; 0 where it does not."""
    answers: int = 1
    """How many answers are asked for; each may be as long."""
    holds: list[Hold] = field(default_factory=list)
    """What was set apart for it, to be settled at its end."""
    under_budget: bool = False
    """Whether it must have a price: where nobody knows one, that of the dearest model."""
    spending: LegHold | None = None
    """What is set apart of budgets for the leg that runs, if there are any."""
    grows: Callable[[], None] | None = None
    """Told as the answer becomes longer."""
    leaving: Callable[[Record], None] | None = None
    """Told when a leg is about to leave."""
    kind: tuple[str, str] = ("", "")
    """Its tenant, and the label of its model, by which others like it are remembered."""
    expected: Usage = field(default_factory=Usage)
    """What it was expected to use, as far as could be told before it was sent."""
    sent_tokens: int = 0
    """What it sends, as estimated, where it was not counted by a plan."""
    usual_answer: int = 0
    """How long an answer is taken to be that is whole and cannot be counted."""
    sent: bool = False
    """Whether the leg that runs has begun to leave: then the provider may charge for it."""
    replied: int = 0
    """The provider's status for that leg; 0 until it has answered."""
    whole: bool = False
    """Whether all of its reply has come."""
    unread_bytes: int = 0
    """Of a planned reply that is only read at its end, as far as it has come."""
    plan: Plan = field(default_factory=Plan)
    standing: Standing | None = None
    """Of a planned request: what was known of its conversation as it came."""
    entry: Account | None = None
    """What it adds to its conversation's account, once it is settled."""
    terms: Terms = STANDARD
    usage: Usage | None = None
    earlier: list[Leg] = field(default_factory=list)
    """The legs of the same turn that ended before; added up by price where nothing was planned."""
    last: Leg = NO_LEG
    """The one that ran at the end, once it is settled."""
    estimated: bool = False
    """Whether the usage of some leg is our own count."""
    finished: bool = False
    reason: str = ""
    """The provider's own word for why it stopped, once it has finished."""
    calls: int = 0
    """How many calls of tools it made."""
    cache: CacheUse = ""
    """What the stored replies had to do with it; empty where there are none."""
    said: list[str] = field(default_factory=list)
    """The beginning of the reply, while no usage has been reported."""
    said_characters: int = 0
    """How long the whole reply was until then."""
    overhead_ms: float = 0.0
    first_byte_ms: float = 0.0
    total_ms: float = 0.0
    """How long it took to its last byte, once it has ended."""
    ended_at: float = 0.0
    """When that was, in seconds since 1970."""
    stages: Stages = field(init=False)
    refusal: str = ""
    """Why we refused it, in one word, if we did."""
    treated: tuple[Treated, ...] = ()
    untold: int = 0
    """What became of its blocks, and of how many more that is not told."""
    messages: int = 0
    """How many messages it has."""
    requests: int = 1
    """How many requests it stands for; of a batch, as far as that is known."""
    notes: list[str] = field(default_factory=list)
    """What else is to be said of it."""
    asked_model: str = ""
    """The model by the name that the request gives it."""
    sold: tuple[str, str] = ("", "")
    """Whose price it has, and by which name, where that is not the provider's; see `Backend`."""
    tells_content: bool = False
    """Whether the operator wants to be told what was asked and answered."""
    asked: str = field(default="", repr=False)
    """The beginning of its last text or result of a tool, where that is so."""
    content: Content | None = None
    """What is said, where the operator has asked for that in the log file."""

    def __post_init__(self) -> None:
        self.stages = Stages(self.call.received_at)

    async def enter(self, access: Access, level: Level | None, *, browsed: bool = False) -> None:
        """Let the call in, to a page of ours of this *level* or to a provider.  Raises Refusal."""
        self.call = await enter(access, self.call, level, browsed=browsed)
        self.caller = self.call.caller

    def hear(self, conversation: Conversation, *, content: bool) -> None:
        """Take note of what the request says; of its *content* only if that is wanted."""
        self.model, self.streaming = conversation.model, conversation.streaming
        self.asked_model = conversation.model
        blocks = conversation.blocks
        if not blocks:
            return
        # Paths begin with the list of messages, and a message's place in it.
        place = blocks[-1].path[1] if len(blocks[-1].path) > 1 else 0
        self.messages = place + 1 if isinstance(place, int) else 1
        self.tells_content = content
        if content:
            told = (one.text for one in reversed(blocks) if one.kind in ("text", "tool_result"))
            self.asked = next(told, "")[:CONTENT_CHARACTERS]

    def see(self, events: Sequence[ReplyEvent]) -> None:
        """Take in what the reply said."""
        for event in events:
            if isinstance(event, UsageReported):
                self.usage, self.terms = event.usage, event.terms
            elif isinstance(event, TextSaid):
                self._hear(event.text)
                if self.content is not None:
                    self.content.hear(event.text)
            elif isinstance(event, CallMade):
                self.calls += 1
                self._hear(event.arguments)
                if self.content is not None:
                    self.content.hear_call(event.name, event.arguments)
            elif isinstance(event, ModelNamed):
                self.model = event.model
            elif isinstance(event, Finished):
                self.finished = True
                self.reason = event.reason
        if self.grows is not None:
            self.grows()

    def leaves(self) -> None:
        """The leg begins to leave."""
        self.sent = True
        if self.leaving is not None:
            self.leaving(self)

    def answered(self, status: int) -> None:
        """The provider has answered the leg; what it says comes."""
        self.replied = status

    def next_leg(self, planning: Planning) -> Leg:
        """The leg that has ended, as the provider may be asked again; each is paid for.

        Prices must have been loaded.
        """
        ended = self.leg(planning) or NO_LEG
        self._end(ended)
        self.usage = None
        self.sent = self.finished = self.whole = False
        self.replied = self.unread_bytes = 0
        self.said.clear()
        self.said_characters = 0
        return ended

    def _end(self, leg: Leg) -> None:
        # A WebSocket may have any number of them, but few prices.
        for at, earlier in enumerate(self.earlier if self.standing is None else ()):
            if earlier.price == leg.price:
                self.earlier[at] = earlier + leg
                return
        self.earlier.append(leg)

    def _hear(self, text: str) -> None:
        room = SAMPLED_CHARACTERS - self.said_characters
        self.said_characters += len(text)
        if room > 0:
            self.said.append(text[:room])

    def elapsed_ms(self) -> float:
        """Milliseconds since the call's head arrived."""
        return (time.perf_counter() - self.call.received_at) * 1000

    def headers(self, planned: Plan | None = None) -> Headers:
        """Our own headers on the reply to a planned request; *planned* instead of its own plan."""
        headers = [(b"x-headroom-request-id", self.request_id.encode())]
        if self.cache:
            headers.append((b"x-headroom-cache", self.cache.encode()))
        if self.verdict != "planned":
            return headers
        plan = self.plan if planned is None else planned
        headers += [
            (b"x-headroom-tokens-before", b"%d" % plan.tokens_before),
            (b"x-headroom-tokens-after", b"%d" % plan.tokens_after),
            (b"x-headroom-tokens-saved", b"%d" % plan.tokens_saved),
            (b"x-headroom-tokenizer", tokenizer_said(self.model).encode()),
            (b"x-headroom-model", label(self.model).encode()),
            (b"x-headroom-overhead-ms", b"%.1f" % self.overhead_ms),
        ]
        if plan.transforms:
            named = [*dict.fromkeys(plan.transforms)][:NAMED_TRANSFORMS]
            headers.append((b"x-headroom-transforms", ",".join(named).encode()))
        if plan.rewrite is not None:
            headers.append((b"x-headroom-rewrite", plan.rewrite.occasion.encode()))
        if plan.failed:
            headers.append((b"x-headroom-compression-failed", b"true"))
        return headers

    def leg(self, planning: Planning) -> Leg | None:
        """The leg that runs, by the model and the terms of now; None where nothing is known."""
        used = self._used(planning)
        return None if used is None else Leg.of(used, self.price(planning))

    def billed(self, planning: Planning, legs: Sequence[Leg]) -> Bill | None:
        """What these legs came to; None where nobody knows what was used, or for what model."""
        if not any(leg.usage.input_tokens or leg.usage.output_tokens for leg in legs):
            return None
        if not self.model and not self.under_budget:
            return None
        ours = any(one.startswith(LABEL) for one in self.plan.transforms)
        # What nobody has answered says nothing of the provider's cache.
        standing = self.standing if legs[0].usage.input_tokens else None
        settled = planning.accounting.settle(legs, standing, self.plan, marked_by_us=ours)
        self.entry = settled.entry if self.replied or self.earlier else None
        return settled.bill

    def price(self, planning: Planning) -> Rates | None:
        """What its tokens cost; under a budget never None, unless nothing of its provider is known.

        Prices must have been loaded.
        """
        return self.price_of(planning, self.model, self.terms)

    def price_of(self, planning: Planning, model: str, terms: Terms) -> Rates | None:
        """The same of a leg by this model, on these terms."""
        accounting, provider = planning.accounting, self.call.route.provider
        seller, name = self.sold
        known = accounting.rates(name, seller, terms) if name else None
        if known is None and model:
            # What a seller calls it tells nothing where it is a name of the operator's own.
            known = accounting.rates(model, seller or provider, terms)
        if known is None and self.under_budget:
            known = accounting.dearest(provider)
        return known.of_many if known is not None and self.requests > 1 else known

    def _used(self, planning: Planning) -> Usage | None:
        """What the leg that is running has used, as reported or else as counted by us."""
        calibration = planning.calibration
        if self.usage is not None:
            if not self.earlier:
                counted = self.plan.tokens_after
                calibration.learn(self.model, counted=counted, reported=self.usage.input_tokens)
            return self._used_to_the_end(self.usage, planning.counter)
        sent = self.input_tokens(planning)
        if not self.may_cost or not (sent or self.said):
            return None
        self.estimated = True
        # Cut, or too large to be read, a reply is taken for text from its first byte to its last.
        unread = self.unread_bytes // BYTES_PER_TOKEN
        said = self._said_tokens(planning.counter) or unread or self._unseen_answer()
        if self.under_budget and thinks_unseen(self.model):
            # A stream of Chat that reports nothing shows none of what the model has thought.
            said = max(said, self.expected.output_tokens)
        estimate = Usage(sent, said)
        if self.standing is None:
            return estimate
        return planning.accounting.supposed(estimate, self.standing, self.plan)

    def _unseen_answer(self) -> int:
        """How long the answer is taken to be of which nothing was seen.

        One that streams had not begun; any other may have been whole when its client left.
        """
        if self.whole:
            return self.usual_answer
        return 0 if self.replied and self.streaming else self.expected.output_tokens

    @property
    def may_cost(self) -> bool:
        """Whether the leg that runs is charged for: it has left, and was not refused."""
        took = not self.replied or 200 <= self.replied < 300
        return self.sent and took and is_paid(self.call)

    def input_tokens(self, planning: Planning) -> int:
        """How much it sends, as estimated; 0 where nothing is known of that."""
        counted = self.plan.tokens_after
        return planning.calibration.estimate(self.model, counted) if counted else self.sent_tokens

    def _used_to_the_end(self, usage: Usage, counter: Counter) -> Usage:
        """The same where more has been said than a reply that broke off had counted so far."""
        if self.finished or not self.said:
            return usage
        said = self._said_tokens(counter)
        return usage if said <= usage.output_tokens else replace(usage, output_tokens=said)

    def _said_tokens(self, counter: Counter) -> int:
        sample = "".join(self.said)
        tokens = counter.count(sample)
        return round(tokens * self.said_characters / len(sample)) if sample else tokens
