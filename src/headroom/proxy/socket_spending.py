"""What a WebSocket costs: each answer is a leg of one call, set apart and charged by itself.

Frames pass as they come; those that ask for an answer, and what comes of one, are looked into.
Answers that nobody asks for (Realtime where the server hears when somebody has spoken, Gemini's
Live) cannot be refused before they begin: once nothing may be spent, the connection ends.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs

import msgspec

from headroom.economics import NO_LEG, Leg
from headroom.errors import Refusal
from headroom.formats import openai_shapes
from headroom.formats.base import Finished, ReplyEvent, TextSaid
from headroom.formats.replies import member, read_json, text_at
from headroom.outcome import STANDARD, Outcome, Terms, Usage
from headroom.proxy import spending
from headroom.proxy.access import still
from headroom.proxy.aside import aside
from headroom.proxy.expected import SHORT_ANSWER_TOKENS
from headroom.proxy.metering import HELD_BYTES, at_the_end, usage_in
from headroom.proxy.passing import Ending, Passing
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import BYTES_PER_TOKEN, Record
from headroom.proxy.spending import SpendHold
from headroom.state.spend import Budget

TYPE_WITHIN = 4_096
"""Characters of a frame in which its type stands, if it is one of those that are looked into."""
MOST_UNPAID = 100
"""So many answers that run at once are told apart where no budget counts them."""

# Responses and Realtime of OpenAI (PROVIDERS 7.2), and Gemini's Live (ai.google.dev/api/live,
# 2026-11).
_ASK, _ERROR = "response.create", "error"
_ENDED = frozenset(f"response.{each}" for each in ("completed", "incomplete", "failed", "done"))
_ASKS = re.compile(r'"type"\s*:\s*"response\.create"')
_ENDS = re.compile(r'"type"\s*:\s*"(?:error|response\.(?:completed|incomplete|failed|done))"')
_SAYS = re.compile(r'"type"\s*:\s*"response\.(?!(?:output_)?audio\.)[a-z_]+\.delta"')
_COUNTS = '"usageMetadata"'


@dataclass(slots=True)
class _Answer:
    """One that was asked for and has not ended."""

    name: str
    """What the client calls its asking; an error names it."""
    model: str
    terms: Terms
    tokens: int
    hold: SpendHold | None = None
    leg: Leg | None = None
    """What it came to, where the connection ended before it."""


class SocketSpending:
    """What one WebSocket spends; see `Hold`."""

    __slots__ = ("_answers", "_budgets", "_is_over", "_proxy", "_record")

    def __init__(self, proxy: Proxy, record: Record) -> None:
        self._proxy = proxy
        self._record = record
        self._budgets: tuple[Budget, ...] = ()
        self._answers: deque[_Answer] = deque()
        """Those that were asked for and have not ended; the first one runs."""
        self._is_over = False
        """Whether nothing may be spent, and answers come that nobody asked for."""
        record.model = parse_qs(record.call.query.decode("latin-1")).get("model", [""])[0]

    @property
    def running(self) -> int:
        """How many answers were asked for and have not ended."""
        return len(self._answers)

    async def begin(self) -> None:
        """Before the handshake.

        Raises OverBudget where nothing may be spent any more, Unavailable where that is not known.
        """
        record = self._record
        self._budgets = spending.budgets_of(self._proxy.settings, record.caller)
        if not self._budgets:
            return
        await self._proxy.planning.accounting.load_prices()
        record.under_budget = True
        await self._hold().check()
        record.holds.append(self)

    async def passes(self, frame: str) -> Passing:
        """See `Between`; what is sent on is what came."""
        return Passing(frame, await self.asks(frame))

    async def asks(self, frame: str) -> str:
        """The client says this; what it is told instead where it may not, else nothing.

        Raises OverBudget, Unavailable, where it may say nothing any more.
        """
        if self._is_over:
            # Another period may have begun.
            await self._hold().check()
            self._is_over = False
        answer = await aside(len(frame), self._asked, frame)
        if answer is None:
            return ""
        await self._look_again()
        if self._budgets:
            answer.hold = self._hold()
            price = self._record.price_of(self._proxy.planning, answer.model, answer.terms)
            try:
                await answer.hold.reserve(Usage(answer.tokens, SHORT_ANSWER_TOKENS), price)
            except Refusal as error:
                return self.told(error)
        elif self.running >= MOST_UNPAID:
            return ""
        self._answers.append(answer)
        if self.running == 1:
            self._begin(answer)
        return ""

    async def says(self, frame: str) -> None:
        """The provider says this."""
        if _SAYS.search(frame, 0, TYPE_WITHIN):
            self._hear(_object(frame))
        elif _ENDS.search(frame, 0, TYPE_WITHIN) or _COUNTS in frame[-HELD_BYTES:]:
            await self._takes(_object(frame))

    def told(self, error: Refusal) -> str:
        """An error as a frame; empty where the provider's clients know none."""
        return "" if self._record.call.route.provider == "gemini" else refused(error)

    def end(self, _ending: Ending = "client_left") -> None:
        """The connection has ended, and with it all answers that ran; each has a leg."""
        planning = self._proxy.planning
        if not planning.accounting.has_prices:
            return
        for answer, following in pairwise(self._answers):
            answer.leg = self._record.next_leg(planning)
            self._begin(following)

    async def settle(self, outcome: Outcome) -> None:
        """Charge what was still running."""
        last = self._record.last
        for answer in self._answers:
            if answer.hold is not None:
                await answer.hold.charge(answer.leg or last)
        if not self._answers and last.cost:
            await self._hold().charge(last)

    async def _look_again(self) -> None:
        """A virtual key may have ended meanwhile, or have other limits.  Raises Unauthorised."""
        record = self._record
        record.caller = await still(self._proxy.access, record.caller)
        self._budgets = spending.budgets_of(self._proxy.settings, record.caller)
        if self._budgets and not record.under_budget:
            await self._proxy.planning.accounting.load_prices()
            record.under_budget = True
            record.holds.append(self)

    def _hold(self) -> SpendHold:
        return SpendHold(self._proxy, self._record, self._budgets)

    def _asked(self, frame: str) -> _Answer | None:
        # Where nothing is refused, a look is enough; else no spelling of it may slip through.
        if not self._budgets and not _ASKS.search(frame, 0, TYPE_WITHIN):
            return None
        asked = read_json(frame.encode("utf-8", "surrogatepass"))
        if not isinstance(asked, dict) or asked.get("type") != _ASK:
            return None
        inner = member(asked, "response")
        model = text_at(asked, "model") or text_at(inner, "model") or self._record.model
        return _Answer(
            text_at(asked, "event_id"), model, Terms.of(asked, inner), len(frame) // BYTES_PER_TOKEN
        )

    def _begin(self, answer: _Answer | None) -> None:
        """From now on this one runs; None: one may that nobody has asked for."""
        record = self._record
        record.grows = None
        record.sent = record.whole = answer is not None
        record.terms = STANDARD
        record.sent_tokens = record.usual_answer = 0
        if answer is None:
            return
        record.model, record.terms = answer.model, answer.terms
        record.sent_tokens, record.usual_answer = answer.tokens, SHORT_ANSWER_TOKENS
        if answer.hold is not None:
            record.grows = answer.hold.grow

    def _hear(self, said: dict[str, Any]) -> None:
        text = text_at(said, "delta")
        if text and _SAYS.search(f'"type":"{text_at(said, "type")}"'):
            self._record.sent = True
            self._record.see([TextSaid(text)])

    async def _takes(self, said: dict[str, Any]) -> None:
        kind = said.get("type")
        inner = member(said, "response")
        told = usage_in(said) or usage_in(inner)
        if kind == _ERROR:
            await self._proxy.planning.accounting.load_prices()
            await self._failed(text_at(member(said, "error"), "event_id"))
        elif told is not None or kind in _ENDED:
            record = self._record
            await self._proxy.planning.accounting.load_prices()
            record.model = text_at(inner, "model") or text_at(said, "model") or record.model
            # One that failed costs nothing where nothing is said of it, and it has said nothing.
            record.sent = told is not None or bool(record.said)
            events: list[ReplyEvent] = [Finished("")]
            record.see([told, *events] if told is not None else events)
            await self._ended()

    async def _ended(self) -> None:
        """The answer that ran has ended."""
        leg = self._record.next_leg(self._proxy.planning)
        answer = self._answers.popleft() if self._answers else None
        self._begin(self._answers[0] if self._answers else None)
        if not self._budgets:
            return
        hold = self._hold() if answer is None or answer.hold is None else answer.hold
        await hold.charge(leg)
        if answer is None:
            try:
                await self._look_again()
                await self._hold().check()
            except Refusal:
                self._is_over = True

    async def _failed(self, name: str) -> None:
        """Something that the client has said is refused; *name* is what it calls that."""
        answer = self._refused_one(name)
        if answer is None:
            return
        runs = answer is self._answers[0]
        if runs and self._record.said:
            await self._ended()
            return
        self._answers.remove(answer)
        if runs:
            self._begin(self._answers[0] if self._answers else None)
        if answer.hold is not None:
            await answer.hold.charge(NO_LEG)

    def _refused_one(self, name: str) -> _Answer | None:
        if name:
            return next((each for each in self._answers if each.name == name), None)
        if self.running == 1 and self._record.said:
            # It has begun, so that it was not refused; its end comes, or it counts as cut.
            return None
        return self._answers[-1] if self._answers else None


def _object(frame: str) -> dict[str, Any]:
    if len(frame) >= HELD_BYTES:
        ends = _ENDS.search(frame, 0, TYPE_WITHIN)
        kind = ends[0].rpartition(":")[2].strip(' "') if ends else ""
        return {"type": kind, **at_the_end(frame[-HELD_BYTES:])}
    value = read_json(frame.encode("utf-8", "surrogatepass"))
    return value if isinstance(value, dict) else {}


def refused(error: Refusal) -> str:
    """An error as a frame: as Codex and the clients of Realtime know it."""
    shape = openai_shapes.error(error.status, str(error))
    wait = {"retry-after": str(round(error.retry_after_s or spending.SOON_S))}
    told = {"type": "error", "status": error.status, **shape, "headers": wait}
    return msgspec.json.encode(told).decode()
