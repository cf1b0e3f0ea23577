"""The messages of a WebSocket of the Responses API: each that asks is a request like any other.

    response.create ─▶ read ─▶ plan ─▶ keep ─▶ limits, budgets ─▶ sent on ─▶ … ─▶ its outcome

Everything else passes as it came.  A message that goes on from the last answer brings only what is
new; it is read with what came before, so that it has the chain, and its blocks have the forms,
that the same conversation has when it is sent whole (`wire/continued.py`, `threads.py`).
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec

from headroom.errors import Refusal, Unauthorised, UnreadableBody
from headroom.formats.base import ReplyEvent
from headroom.formats.openai_responses import said_in
from headroom.formats.replies import read_json
from headroom.outcome import Verdict
from headroom.proxy import learning, spending
from headroom.proxy.access import still
from headroom.proxy.aftermath import note_leaving
from headroom.proxy.aside import aside
from headroom.proxy.contents import note_sent
from headroom.proxy.exchange import make_ready
from headroom.proxy.limiting import take_request
from headroom.proxy.making import Made
from headroom.proxy.passing import Ending, Passing
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.proxy.settling import settle
from headroom.proxy.socket_spending import refused
from headroom.proxy.spending import SpendHold
from headroom.proxy.threads import MOST_BYTES, Thread
from headroom.wire.continued import Continued
from headroom.wire.document import Document

logger = logging.getLogger(__name__)

METHOD = "WEBSOCKET"
"""Of a request that came as a message."""
INPUT, FOLLOWS, CONVERSATION = "input", "previous_response_id", "conversation"
OK = 200
UNKNOWN_ERROR = 500

# PROVIDERS 7.2, and what Codex 0.171 is told, 2026-11.
_ASK, _ERROR, _CREATED = "response.create", "error", "response.created"
_ITEM = "response.output_item.done"
_GOES_ON = frozenset(("response.completed", "response.incomplete"))
_ENDS = _GOES_ON | {"response.failed"}

Items = tuple[bytes, ...]


class _Event(msgspec.Struct):
    """What is looked at in an event."""

    type: str = ""
    item: msgspec.Raw = msgspec.Raw(b"")
    response: Any = None
    status: Any = None
    status_code: Any = None

    @property
    def answer_id(self) -> str:
        """The id of the answer that it is about, where it says that."""
        found = self.response.get("id") if isinstance(self.response, dict) else None
        return found if isinstance(found, str) else ""

    @property
    def code(self) -> int:
        """The status of an error."""
        found = next((each for each in (self.status, self.status_code) if each), None)
        return found if type(found) is int and 400 <= found <= 599 else UNKNOWN_ERROR


_decode = msgspec.json.Decoder(_Event).decode


@dataclass(slots=True)
class _Answer:
    """One that was asked for and has not ended."""

    record: Record
    made: Made = field(default_factory=lambda: Made(b""))
    asked: Items | None = None
    """All items that it answers; None where the provider knows more than we do."""
    said: list[bytes] = field(default_factory=list)
    size: int = 0
    id: str = ""

    def add(self, item: bytes) -> None:
        """It says this too."""
        self.size += len(item)
        if item and self.size <= MOST_BYTES:
            self.said.append(item)
        else:
            self.asked = None

    @property
    def thread(self) -> Thread | None:
        """What a request that goes on from it follows, where that is known."""
        if self.asked is None or not self.id:
            return None
        return Thread(self.id, (*self.asked, *self.said))


class Frames:
    """See `Between`; *record* is of the connection itself, *dialect* of what it says."""

    __slots__ = ("_answers", "_coming", "_dialect", "_proxy", "_record")

    def __init__(self, proxy: Proxy, record: Record, dialect: str) -> None:
        self._proxy = proxy
        self._record = record
        self._dialect = dialect
        self._answers: deque[_Answer] = deque()
        """Those that were asked for and have not ended; the first one runs."""
        self._coming: _Answer | None = None
        """The one that is being planned."""

    async def begin(self) -> None:
        """See `Between.begin`."""
        budgets = spending.budgets_of(self._proxy.settings, self._record.caller)
        if budgets:
            await SpendHold(self._proxy, self._record, budgets).check()

    async def passes(self, frame: str) -> Passing:
        """See `Between.passes`."""
        body = frame.encode("utf-8", "surrogatepass")
        document = await aside(len(body), _read, body)
        if not _asks(document, body):
            return Passing(frame)
        self._coming = _Answer(self._new_record())
        try:
            sent = await self._planned(self._coming, body, document)
        except Refusal as error:
            self._refuse(error)
            if isinstance(error, Unauthorised):
                raise
            return Passing(frame, self.told(error))
        self._coming.record.leaves()
        self._answers.append(self._coming)
        self._coming = None
        return Passing(frame if sent is body else sent.decode("utf-8", "surrogatepass"))

    async def says(self, frame: str) -> None:
        """See `Between.says`."""
        event, said = await aside(len(frame), _heard, frame)
        if event.type.startswith("response."):
            self._hear(event, said)
        elif event.type == _ERROR and self._answers:
            self._fail(event)
        elif not event.type and self._answers:
            # It may have been an item.
            self._answers[0].asked = None

    def told(self, error: Refusal) -> str:
        """See `Between.told`."""
        return refused(error)

    def end(self, ending: Ending) -> None:
        """See `Between.end`."""
        self._proxy.threads.drop(self._record.request_id)
        for answer in (*self._answers, *([self._coming] if self._coming else ())):
            self._settle(answer, ending)
        self._answers.clear()

    def _new_record(self) -> Record:
        call = self._record.call
        route = replace(call.route, format=self._dialect)
        begun = replace(call, method=METHOD, route=route, received_at=time.perf_counter())
        leaving = partial(note_leaving, self._proxy)
        return Record(begun, caller=self._record.caller, streaming=True, leaving=leaving)

    async def _planned(self, answer: _Answer, body: bytes, document: Document | None) -> bytes:
        """What is sent on.  Raises Refusal."""
        proxy, record = self._proxy, answer.record
        record.caller = self._record.caller = await still(proxy.access, record.caller)
        await take_request(proxy, record)
        optimizes = proxy.settings.optimize
        record.verdict = "planned" if optimizes and not record.call.wants_bypass else "bypassed"
        if document is None and record.verdict == "planned":
            record.verdict = "relayed"
        if document is not None:
            with record.stages.during("parse"):
                document, answer.asked = await self._whole(document)
        answer.made = await make_ready(proxy, record, body, document, unwoven=True)
        # Whoever asks so has it streamed, whether it says so or not.
        record.streaming = True
        await note_sent(proxy, record, answer.made.body)
        return answer.made.body

    async def _whole(self, document: Document) -> tuple[Document, Items | None]:
        """The request with what came before it, where that is known; and all its items."""
        if not document.elements(INPUT) or document.has(CONVERSATION):
            return document, None
        new = tuple(element.raw for element in document.elements(INPUT))
        if not document.get(FOLLOWS):
            return document, None if document.has(FOLLOWS) else new
        thread = self._proxy.threads.find(self._record.request_id, document.get(FOLLOWS))
        if thread is None:
            return document, None
        size = thread.size + len(document.body)
        try:
            whole = await aside(size, _continued, document, thread.items)
        except UnreadableBody as error:
            logger.info("%s: read without what came before: %s", self._record.request_id, error)
            return document, None
        return whole, (*thread.items, *new)

    def _refuse(self, error: Refusal) -> None:
        assert self._coming is not None
        record, self._coming = self._coming.record, None
        record.refusal, record.status = error.word, error.status
        record.verdict = "refused"
        settle(self._proxy, record)

    def _hear(self, event: _Event, said: Sequence[ReplyEvent]) -> None:
        answer = self._running(event)
        record = answer.record
        record.first_byte_ms = record.first_byte_ms or record.elapsed_ms()
        record.answered(OK)
        record.status = OK
        answer.id = event.answer_id or answer.id
        if event.type == _ITEM:
            answer.add(bytes(event.item))
        record.see(said)
        if event.type in _ENDS:
            self._answers.popleft()
            self._end(answer, event.type)

    def _running(self, event: _Event) -> _Answer:
        """The answer that this is said in."""
        if event.type == _CREATED and len(self._answers) > 1 and self._answers[0].id:
            # The one before has ended without a word.
            self._settle(self._answers.popleft(), "cut")
        if not self._answers:
            self._answers.append(self._unasked())
        return self._answers[0]

    def _unasked(self) -> _Answer:
        """One that nobody has asked for, as far as we know; it is paid for all the same."""
        record = self._new_record()
        budgets = spending.budgets_of(self._proxy.settings, record.caller)
        if budgets:
            record.under_budget = True
            record.holds.append(SpendHold(self._proxy, record, budgets))
        record.leaves()
        return _Answer(record)

    def _end(self, answer: _Answer, kind: str) -> None:
        proxy, record = self._proxy, answer.record
        thread = answer.thread if kind in _GOES_ON else None
        if thread is not None:
            proxy.threads.keep(self._record.request_id, thread)
        record.whole = True
        if kind not in _GOES_ON and record.usage is None and not record.said:
            # One that failed costs nothing where nothing is said of it.
            record.sent = False
        learning.note_later(proxy.planning, record.caller.tenant, answer.made.experiences)
        settle(proxy, record)

    def _fail(self, event: _Event) -> None:
        """Something that was asked is refused, or has failed."""
        runs = self._answers[0]
        has_begun = bool(runs.record.replied)
        # While one runs, no other is taken.
        answer = self._answers.pop() if has_begun and len(self._answers) > 1 else runs
        if answer is runs:
            self._answers.popleft()
        if answer is runs and has_begun:
            self._settle(answer, "cut")
            return
        record = answer.record
        record.first_byte_ms = record.elapsed_ms()
        record.answered(event.code)
        record.status = event.code
        settle(self._proxy, record)

    def _settle(self, answer: _Answer, verdict: Verdict) -> None:
        answer.record.verdict = verdict
        settle(self._proxy, answer.record)


def _read(body: bytes) -> Document | None:
    try:
        return Document.read(body)
    except UnreadableBody:
        return None


def _asks(document: Document | None, body: bytes) -> bool:
    """Whether this message asks for an answer, however it is written."""
    if document is not None and not document.has("type"):
        return False
    if document is not None and document.member("type") is not None:
        return bool(document.get("type") == _ASK)
    said = read_json(body)
    return isinstance(said, dict) and said.get("type") == _ASK


def _continued(document: Document, before: Items) -> Document:
    return Continued.whole(document, INPUT, before, less=FOLLOWS)


def _heard(frame: str) -> tuple[_Event, Sequence[ReplyEvent]]:
    """What the provider says with this; an event of no type where it cannot be read."""
    try:
        event = _decode(frame)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return _Event(), ()
    told = read_json(frame.encode()) if event.type.startswith("response.") else None
    return event, tuple(said_in(told)) if isinstance(told, dict) else ()
