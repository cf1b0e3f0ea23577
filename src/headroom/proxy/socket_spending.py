"""What a WebSocket costs: each answer is a leg of one call, set apart and charged by itself.

Frames pass as they come; those that ask for an answer, and those that end one, are looked into.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

import msgspec

from headroom.errors import Refusal
from headroom.formats import openai_shapes
from headroom.formats.replies import member, read_json, text_at
from headroom.outcome import Usage
from headroom.proxy import spending
from headroom.proxy.metering import HELD_BYTES, at_the_end, usage_in
from headroom.proxy.proxy import Proxy
from headroom.proxy.record import BYTES_PER_TOKEN, Record

USUAL_ANSWER_TOKENS = 500
TYPE_WITHIN = 4_096
"""Characters of a frame in which its type stands, if it is one of those that are looked into."""

# Responses and Realtime of OpenAI (PROVIDERS 7.2), and Gemini's Live (ai.google.dev/api/live,
# 2026-11).
_ASKS = re.compile(r'"type"\s*:\s*"response\.create"')
_ENDS = re.compile(r'"type"\s*:\s*"response\.(?:completed|incomplete|failed|done)"')
_COUNTS = '"usageMetadata"'


class SocketSpending:
    """What one WebSocket spends."""

    __slots__ = ("_proxy", "_record", "_running")

    def __init__(self, proxy: Proxy, record: Record) -> None:
        self._proxy = proxy
        self._record = record
        self._running = 0
        """Answers that were asked for and have not ended."""
        record.model = parse_qs(record.call.query.decode("latin-1")).get("model", [""])[0]

    async def begin(self) -> None:
        """Before the handshake.  Raises OverBudget where nothing may be spent any more."""
        await spending.watch(self._proxy, self._record)

    async def asks(self, frame: str) -> str:
        """The client says this; what it is told instead where it may not, else nothing."""
        if not _ASKS.search(frame, 0, TYPE_WITHIN) and not _ASKS.search(frame[-TYPE_WITHIN:]):
            return ""
        record = self._record
        asked = read_json(frame.encode("utf-8", "surrogatepass")) if len(frame) < HELD_BYTES else {}
        inner = member(asked, "response")
        model = text_at(asked, "model") if isinstance(asked, dict) else ""
        record.model = model or text_at(inner, "model") or record.model
        tokens = len(frame) // BYTES_PER_TOKEN
        if record.spending is not None and not self._running:
            try:
                await record.spending.reserve(Usage(tokens, USUAL_ANSWER_TOKENS))
            except Refusal as error:
                return _refused(error)
        self._running += 1
        record.sent = record.whole = True
        record.sent_tokens, record.usual_answer = tokens, USUAL_ANSWER_TOKENS
        return ""

    async def says(self, frame: str) -> None:
        """The provider says this."""
        if not _ENDS.search(frame, 0, TYPE_WITHIN) and _COUNTS not in frame[-HELD_BYTES:]:
            return
        said = _object(frame)
        inner = member(said, "response")
        told = usage_in(said) or usage_in(inner)
        planning, record = self._proxy.planning, self._record
        self._running = max(self._running - 1, 0)
        record.model = text_at(inner, "model") or text_at(said, "model") or record.model
        # A failed one costs nothing where nothing is said of it.
        record.sent = told is not None
        record.see([told] if told is not None else [])
        await planning.accounting.load_prices()
        record.next_leg(planning)
        if record.spending is not None:
            await record.spending.leg_ended()


def _object(frame: str) -> dict[str, Any]:
    if len(frame) >= HELD_BYTES:
        return at_the_end(frame[-HELD_BYTES:])
    value = read_json(frame.encode("utf-8", "surrogatepass"))
    return value if isinstance(value, dict) else {}


def _refused(error: Refusal) -> str:
    """An error as a frame: as Codex and the clients of Realtime know it."""
    shape = openai_shapes.error(error.status, str(error))
    wait = {"retry-after": str(round(error.retry_after_s or spending.SOON_S))}
    told = {"type": "error", "status": error.status, **shape, "headers": wait}
    return msgspec.json.encode(told).decode()
