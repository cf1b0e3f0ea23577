"""The draft of a call's `Outcome`: filled in while the call runs, settled once at its end."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol

from headroom.conversation import Plan
from headroom.economics import Account, Bill
from headroom.errors import Refusal, UpstreamError
from headroom.formats.base import CallMade, Finished, ReplyEvent, TextSaid, UsageReported
from headroom.outcome import STANDARD, Outcome, Terms, Usage, Verdict
from headroom.proxy.access import Access, Level, enter
from headroom.proxy.accounting import STOPPED, Standing
from headroom.proxy.call import Call, Headers
from headroom.proxy.caller import Caller
from headroom.proxy.marking import LABEL
from headroom.proxy.planning import Planning
from headroom.tokens import Counter, counts_exactly, tokenizer_said

LABEL_CHARACTERS = 64

# What is held of a reply to count its tokens by, should the provider report no usage; counting
# it takes some 15 ms.  What goes beyond is counted in proportion.
SAMPLED_CHARACTERS = 65_536
NAMED_TRANSFORMS = 40


CacheUse = Literal["", "hit", "miss", "bypass"]
"""A stored reply was given; none was there; none was looked for, or none may be given."""


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
    request_id: str = field(default_factory=lambda: f"hr_{secrets.token_hex(8)}")
    verdict: Verdict = "relayed"
    model: str = ""
    status: int = 0
    streaming: bool = False
    most_answer: int = 0
    """How many tokens the answer may have at most, as the request says; 0 where it does not."""
    sent: bool = False
    """Whether the provider may have seen anything of it."""
    provider_status: int = 0
    holds: list[Hold] = field(default_factory=list)
    """What was set apart for it, to be settled at its end."""
    plan: Plan = field(default_factory=Plan)
    standing: Standing | None = None
    """Of a planned request: what was known of its conversation as it came."""
    entry: Account | None = None
    """What it adds to its conversation's account, once it is settled."""
    terms: Terms = STANDARD
    usage: Usage | None = None
    earlier: tuple[Usage, ...] = ()
    """Of the legs of the same turn that ended before."""
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

    async def enter(self, access: Access, level: Level | None) -> None:
        """Let the call in, to a page of ours of this *level* or to a provider.  Raises Refusal."""
        self.call = await enter(access, self.call, level)
        self.caller = self.call.caller

    def see(self, events: Sequence[ReplyEvent]) -> None:
        """Take in what the reply said."""
        for event in events:
            if isinstance(event, UsageReported):
                self.usage, self.terms = event.usage, event.terms
                self.said.clear()
            elif isinstance(event, TextSaid):
                self._hear(event.text)
            elif isinstance(event, CallMade):
                self.calls += 1
                self._hear(event.arguments)
            elif isinstance(event, Finished):
                self.finished = True
                self.reason = event.reason

    @contextmanager
    def sending(self) -> Iterator[None]:
        """While it is sent: a client may leave, and then nobody knows how far it came."""
        self.sent = True
        try:
            yield
        except (Refusal, UpstreamError) as error:
            self.sent = isinstance(error, UpstreamError) and error.sent
            raise

    def next_leg(self, planning: Planning) -> None:
        """The provider is asked again in the same turn; each leg is paid for."""
        used = self._used(planning)
        self.earlier = (*self.earlier, used or Usage())
        self.usage = None
        self.said.clear()
        self.said_characters = 0

    def _hear(self, text: str) -> None:
        if self.usage is not None:
            return
        room = SAMPLED_CHARACTERS - self.said_characters
        self.said_characters += len(text)
        if room > 0:
            self.said.append(text[:room])

    def elapsed_ms(self) -> float:
        """Milliseconds since the call's head arrived."""
        return (time.perf_counter() - self.call.received_at) * 1000

    def headers(self) -> Headers:
        """Our own headers on the reply to a planned request."""
        headers = [(b"x-headroom-request-id", self.request_id.encode())]
        if self.cache:
            headers.append((b"x-headroom-cache", self.cache.encode()))
        if self.verdict != "planned":
            return headers
        plan = self.plan
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

    def settled(self, planning: Planning) -> Outcome:
        """The call's outcome, with our own count where the provider reported none."""
        used = self._used(planning)
        legs = (*self.earlier, used) if used else self.earlier
        billed = self._billed(planning, legs)
        free = Decimal(0) if self.verdict == "cached" else None
        stopped = self.standing is not None and self.standing.account.stopped > 0
        return Outcome(
            request_id=self.request_id,
            verdict=self.verdict,
            method=self.call.method,
            route=self.call.route.name if self.call.route.format else "",
            provider=self.call.route.provider,
            model=label(self.model),
            status=self.status,
            streaming=self.streaming,
            sent=self.sent,
            provider_status=self.provider_status,
            tokens_before=self.plan.tokens_before,
            tokens_after=self.plan.tokens_after,
            counted_exactly=counts_exactly(self.model),
            transforms=self.plan.transforms,
            usage=sum(legs, Usage()) if legs else None,
            estimated=self.estimated,
            legs=len(self.earlier) + 1,
            failed=self.plan.failed,
            rewrite=self.plan.rewrite,
            price=billed.price if billed else "",
            cost=billed.cost if billed else free,
            direct_cost=billed.direct_cost if billed else None,
            units=billed.units if billed else None,
            direct_units=billed.direct_units if billed else None,
            notes=(STOPPED,) if stopped else (),
            overhead_ms=self.overhead_ms,
            first_byte_ms=self.first_byte_ms,
            total_ms=self.elapsed_ms(),
        )

    def _billed(self, planning: Planning, legs: Sequence[Usage]) -> Bill | None:
        """What these legs came to; None where nobody knows what was used, or for what model."""
        if not legs or not legs[0].input_tokens or not self.model:
            return None
        accounting = planning.accounting
        price = accounting.rates(self.model, self.call.route.provider, self.terms)
        ours = any(one.startswith(LABEL) for one in self.plan.transforms)
        settled = accounting.settle(legs, self.standing, self.plan, price, marked_by_us=ours)
        self.entry = settled.entry
        return settled.bill

    def _used(self, planning: Planning) -> Usage | None:
        """What the leg that is running has used, as reported or else as counted by us."""
        counter, calibration = planning.counter, planning.calibration
        if self.usage is not None:
            if not self.earlier:
                counted = self.plan.tokens_after
                calibration.learn(self.model, counted=counted, reported=self.usage.input_tokens)
            return self.usage
        if not self.plan.tokens_after or not 200 <= self.status < 300:
            return None
        self.estimated = True
        estimate = Usage(
            input_tokens=calibration.estimate(self.model, self.plan.tokens_after),
            output_tokens=self._said_tokens(counter),
        )
        if self.standing is None:
            return estimate
        return planning.accounting.supposed(estimate, self.standing, self.plan)

    def _said_tokens(self, counter: Counter) -> int:
        sample = "".join(self.said)
        tokens = counter.count(sample)
        return round(tokens * self.said_characters / len(sample)) if sample else tokens


def label(text: str) -> str:
    """A client's word made safe for a header or a log line: short, printable, one line."""
    printable = "".join(c if " " <= c <= "~" else "?" for c in text[:LABEL_CHARACTERS])
    return printable.replace(",", "?")
