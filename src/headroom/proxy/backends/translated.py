"""Backends that a library translates for: thin, as translation is the library's own work.

What it would drop is refused by name and place (`carriage`); what is left out is only what
changes no answer.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, Self

import msgspec

from headroom.errors import BadRequest, NotServed, UpstreamError, UpstreamTimeout
from headroom.proxy.aside import aside
from headroom.proxy.backends.anthropic_needs import KEEPS_ALL, anthropic_needs
from headroom.proxy.backends.base import check_served
from headroom.proxy.backends.carriage import ADVISORY, Row
from headroom.proxy.backends.chat_needs import chat_needs
from headroom.proxy.backends.failures import failure_of
from headroom.proxy.backends.library import Answered, Library, Streaming
from headroom.proxy.backends.needs import Need
from headroom.proxy.backends.streamed import Streamed, broken_off
from headroom.proxy.backends.whole import error_in, said
from headroom.proxy.call import Call
from headroom.proxy.manner import AS_IT_CAME, Body, Manner
from headroom.proxy.pool import Handshake
from headroom.proxy.reply import Reply
from headroom.proxy.unpacking import unpacked
from headroom.settings import Settings

logger = logging.getLogger(__name__)

ROUTES = ("POST /v1/messages", "POST /v1/chat/completions")

NEEDS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Need]]] = {
    "anthropic": anthropic_needs,
    "openai_chat": chat_needs,
}

INSTEAD: Mapping[str, str] = {
    "anthropic": "anthropic, openrouter, bedrock or vertex",
    "openai_chat": "anthropic, openrouter or azure",
}
"""Backends that pass this dialect on as it is."""

LEFT_OUT = "cache marks, ids of users and unsigned thinking where it has no place for them"

# Model names become part of addresses.
MODEL = re.compile(r"[A-Za-z0-9](?!.*\.\.)[A-Za-z0-9._:/@+-]{0,255}")


class Translated:
    """A provider behind a library.  Use `async with`."""

    lends = True

    def __init__(
        self, name: str, library: Library, settings: Settings, *, hidden: tuple[str, ...] = ()
    ) -> None:
        self.name = name
        self._library = library
        self._first_byte_timeout_s = float(settings.request_timeout_seconds)
        self._idle_timeout_s = float(settings.idle_timeout_seconds)
        self._body_limit_bytes = settings.body_limit_mb * 1024 * 1024
        self._hidden = hidden
        self._is_open = False

    async def __aenter__(self) -> Self:
        """Nobody is asked yet; what is left out is said once."""
        self._is_open = True
        logger.info("the backend %s leaves out %s", self.name, LEFT_OUT)
        return self

    async def __aexit__(self, *failure: object) -> None:
        """The library keeps its own connections, and drops them with the process."""
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """True while requests can be sent."""
        return self._is_open

    def check(self, call: Call) -> None:
        """See `Backend.check`."""
        check_served(self.name, call, ROUTES)

    def base(self, _call: Call) -> str:
        """Where calls go: wherever the library leads them."""
        return f"{self.name}:"

    def sold_as(self, _model: str) -> tuple[str, str]:
        """See `Backend.sold_as`."""
        return "", ""

    async def send(self, call: Call, body: Body, manner: Manner = AS_IT_CAME) -> Reply:
        """See `Backend.send`."""
        asked = await self._read(call, body, decoded=manner.decoded)
        dialect = call.route.format
        row = self._library.row(asked["model"])
        check_carried(self.name, row, dialect, asked)
        leave_out(row, dialect, asked)
        if dialect == "anthropic":
            alike(asked)
        if manner.leaves is not None:
            manner.leaves()
        try:
            async with asyncio.timeout(self._first_byte_timeout_s):
                return await self._ask(dialect, asked)
        except TimeoutError as error:
            raise UpstreamTimeout(
                f"the provider did not answer within {self._first_byte_timeout_s:g} s"
            ) from error
        except Exception as error:  # noqa: BLE001  # a library raises what it likes: decision 2
            failure = failure_of(self.name, error, self._hidden)
            logger.info("the backend %s was refused: %s", self.name, type(error).__name__)
            waits = [(b"retry-after", failure.retry_after)] if failure.retry_after else []
            return error_in(dialect, failure.status, failure.message, waits)

    async def connect(self, call: Call) -> Handshake:
        """There is no WebSocket of a library's."""
        raise NotServed(f"the backend {self.name} of this Headroom takes no WebSockets")

    async def _ask(self, dialect: str, asked: dict[str, Any]) -> Reply:
        ask = self._library.messages if dialect == "anthropic" else self._library.chat
        answer = await ask(asked)
        if isinstance(answer, Answered):
            return said(200, msgspec.json.encode(answer.body), [])
        return await self._streamed(answer)

    async def _streamed(self, answer: Streaming) -> Reply:
        source = Streamed(answer.events, idle_timeout_s=self._idle_timeout_s, told=self._told)
        try:
            await source.begin()
        except BaseException:
            source.close()
            raise
        return Reply(200, [(b"content-type", b"text/event-stream; charset=utf-8")], source)

    def _told(self, error: Exception) -> UpstreamError:
        logger.info("a reply of the backend %s broke off: %s", self.name, type(error).__name__)
        return broken_off(error)

    async def _read(self, call: Call, body: Body, *, decoded: bool) -> dict[str, Any]:
        if not isinstance(body, bytes):
            raise BadRequest(f"the backend {self.name} needs a body")
        if not decoded:
            body = await unpacked(call, body, limit=self._body_limit_bytes)
        try:
            asked = await aside(len(body), msgspec.json.decode, body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest(f"the backend {self.name} cannot read the body as JSON") from error
        if not isinstance(asked, dict) or not isinstance(asked.get("messages"), list):
            raise BadRequest("the field messages must be a list")
        model = asked.get("model")
        if not isinstance(model, str) or not MODEL.fullmatch(model):
            raise BadRequest("the field model must be a model's name")
        return asked


def check_carried(backend: str, row: Row, dialect: str, asked: Mapping[str, Any]) -> None:
    """Raises BadRequest, with its name and place, for the first thing that would be lost."""
    carried = row.of(dialect)
    for need in NEEDS[dialect](asked):
        if need.name not in carried and need.name not in ADVISORY:
            _refuse(backend, dialect, need)


def _refuse(backend: str, dialect: str, need: Need) -> NoReturn:
    raise BadRequest(
        f"the backend {backend} cannot carry {need.said} ({need.place}): leave that out, or use "
        f"one that passes this dialect on as it is, such as {INSTEAD[dialect]}"
    )


def leave_out(row: Row, dialect: str, asked: dict[str, Any]) -> None:
    """Take out of *asked* the fields that are not carried and change no answer."""
    carried = row.of(dialect)
    if asked.get("context_management") == KEEPS_ALL and "context_management" not in carried:
        del asked["context_management"]
    if "cache_control.all" not in carried:
        asked.pop("cache_control", None)
    for name in ("user", "safety_identifier", "prompt_cache_key"):
        if name not in carried:
            asked.pop(name, None)
    if dialect == "anthropic" and "metadata.user_id" not in carried:
        asked.pop("metadata", None)
    if asked.get("service_tier") == "auto":
        del asked["service_tier"]
    thinking = asked.get("thinking")
    if dialect == "anthropic" and isinstance(thinking, dict):
        thinking.pop("display", None)


def alike(asked: dict[str, Any]) -> None:
    """Write each message's content as blocks.

    A client that marks its last message writes that as a block, and a turn later as a text again.
    To Anthropic both are the same; a library makes two of it, and the cache finds neither.
    """
    for message in asked["messages"]:
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, str) and content:
            message["content"] = [{"type": "text", "text": content}]
