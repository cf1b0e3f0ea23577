"""Batches: half the price, charged by estimate when they are made, corrected once it is known.

Anthropic's results tell what each request used; OpenAI's batches tell what all of them did.  The
requests of OpenAI's stand in a file that was sent before.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from headroom.conversation import Plan
from headroom.errors import StoreError
from headroom.formats.base import ReplyEvent
from headroom.formats.replies import member, number, read_json, text_at
from headroom.outcome import Outcome, Terms, Usage
from headroom.proxy.batch_plan import SAID
from headroom.proxy.call import Call
from headroom.proxy.metering import usage_in
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import Record
from headroom.state.base import Key
from headroom.state.batches import Batch, File
from headroom.state.spend import nanos_of

logger = logging.getLogger(__name__)

LONGEST_LINE = 1_048_576
LARGEST_OBJECT = 65_536

_RESULTS = re.compile(r"/v1/messages/batches/([\w-]{1,200})/results")
_ONE = re.compile(r"/v1/batches/([\w-]{1,200})")
_FILES = "/v1/files"
_INPUT_FILE = re.compile(rb'"input_file_id"\s*:\s*"([\w-]{1,200})"')
_OVER = frozenset({"completed", "failed", "expired", "cancelled"})
_BATCH = Terms(processing="batch")


def is_file(call: Call) -> bool:
    """Whether this sends a file, which may hold the requests of a batch."""
    return call.method == "POST" and call.route.name == _FILES and call.route.provider == "openai"


def batch_told(call: Call) -> str:
    """The batch that the reply to this call tells of, or an empty text."""
    found = _RESULTS.fullmatch(call.route.name) or _ONE.fullmatch(call.route.name)
    return found[1] if found and call.method == "GET" else ""


async def requests_of(proxy: Proxy, beginning: bytes) -> File | None:
    """What is known of the file that a batch with this body is made of."""
    found = _INPUT_FILE.search(beginning)
    try:
        return await proxy.planning.batches.file(found[1].decode()) if found else None
    except StoreError as error:
        proxy.planning.troubles.warn(logger, "a batch's file cannot be looked up", error)
        return None


def take_over(record: Record, file: File | None) -> None:
    """Tell of a batch what was done to the requests in its *file*, as that was sent."""
    if file is None or not file.tokens_before:
        return
    record.plan = Plan(tokens_before=file.tokens_before, tokens_after=file.tokens_after)
    record.verdict = "planned"
    record.notes.append(SAID.format(requests=file.asked, shorter=file.shorter))


class NamedReply:
    """Reads a small reply for the id that it gives; see `ReplyReader`."""

    __slots__ = ("_held", "id")

    def __init__(self) -> None:
        self._held = bytearray()
        self.id = ""

    def feed(self, chunk: bytes) -> Sequence[ReplyEvent]:
        """Nothing yet."""
        self._held += chunk[: LARGEST_OBJECT - len(self._held)]
        return ()

    def close(self) -> Sequence[ReplyEvent]:
        """The id is known from now on."""
        said = read_json(bytes(self._held))
        self.id = text_at(said, "id") if isinstance(said, dict) else ""
        return ()


class BatchHold:
    """Remembers what was charged for a batch as it was made; see `Hold`."""

    __slots__ = ("_accounts", "_proxy", "_record", "_reply")

    def __init__(
        self, proxy: Proxy, record: Record, accounts: Sequence[Key], reply: NamedReply
    ) -> None:
        self._proxy = proxy
        self._record = record
        self._accounts = tuple(accounts)
        self._reply = reply

    async def settle(self, outcome: Outcome) -> None:
        """Keep it, if there is a batch."""
        if not self._reply.id or outcome.cost is None:
            return
        planning = self._proxy.planning
        made = Batch(self._accounts, nanos_of(outcome.cost), self._record.model)
        try:
            await planning.batches.keep(self._reply.id, made)
        except StoreError as error:
            planning.troubles.warn(logger, "a batch stays charged by its estimate", error)


class BatchReader:
    """Reads what a batch has used, line by line where each is a result; see `ReplyReader`."""

    __slots__ = (
        "_accounting",
        "_held",
        "_is_readable",
        "_limit",
        "_model",
        "_provider",
        "is_over",
        "is_whole",
        "nanos",
    )

    def __init__(self, proxy: Proxy, call: Call, model: str) -> None:
        self._accounting = proxy.planning.accounting
        self._provider = call.route.provider
        self._model = model
        self._held: bytearray | None = bytearray()
        """What has come of a result; None where it is too long to be read."""
        self._limit = LONGEST_LINE if _RESULTS.fullmatch(call.route.name) else 0
        self.nanos = 0
        self.is_over = False
        self.is_whole = False
        """Whether it has ended, and all of it could be read."""
        self._is_readable = True

    def feed(self, chunk: bytes) -> Sequence[ReplyEvent]:
        """Take in some of it."""
        if not self._limit:
            self._add(chunk, LARGEST_OBJECT)
            return ()
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._add(line, self._limit)
            self._end()
        self._add(rest, self._limit)
        return ()

    def close(self) -> Sequence[ReplyEvent]:
        """The last of it."""
        if self._held or self._held is None:
            self._end()
        self.is_whole = self._is_readable
        return ()

    def _add(self, piece: bytes, limit: int) -> None:
        if self._held is not None and len(self._held) + len(piece) <= limit:
            self._held += piece
        else:
            self._held = None

    def _end(self) -> None:
        held, self._held = self._held, bytearray()
        said = read_json(bytes(held)) if held else None
        if not isinstance(said, dict):
            blank = held is not None and not held.strip()
            self._is_readable = self._is_readable and blank
            return
        answer = said
        if self._limit:
            answer = member(member(said, "result"), "message")
        self.is_over = self.is_over or bool(self._limit) or said.get("status") in _OVER
        told = usage_in(answer)
        if told is not None:
            self.nanos += self._cost(text_at(answer, "model") or self._model, told.usage)
        elif not self._limit and number(member(said, "request_counts"), "completed"):
            # What they have used is not told.
            self._is_readable = False

    def _cost(self, model: str, usage: Usage) -> int:
        known = self._accounting.rates(model, self._provider, _BATCH) if model else None
        price = known or self._accounting.dearest(self._provider)
        if price is None:
            return 0
        # Of OpenAI's batches the sum of all requests is told, which are not long for that.
        return nanos_of((price if self._limit else price.of_many).cost(usage))


async def charged_for(proxy: Proxy, call: Call) -> Batch | None:
    """What was charged for the batch that this call asks about, if anything was."""
    planning = proxy.planning
    try:
        found = await planning.batches.find(batch_told(call))
    except StoreError as error:
        planning.troubles.warn(logger, "a batch cannot be looked up", error)
        return None
    if found is not None:
        await planning.accounting.load_prices()
    return found


async def correct(proxy: Proxy, call: Call, batch: Batch, reader: BatchReader) -> None:
    """Charge what the batch has really used, once it is over and all of that is known."""
    planning = proxy.planning
    if not reader.is_over or not reader.is_whole:
        return
    try:
        await planning.batches.correct(batch_told(call), batch, reader.nanos)
    except StoreError as error:
        planning.troubles.warn(logger, "a batch stays charged by its estimate", error)


async def keep_file(proxy: Proxy, name: str, file: File) -> None:
    """Remember what is in a file of requests."""
    try:
        await proxy.planning.batches.keep_file(name, file)
    except StoreError as error:
        proxy.planning.troubles.warn(logger, "a batch's file cannot be remembered", error)
