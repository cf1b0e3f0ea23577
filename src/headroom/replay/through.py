"""Replays sessions over HTTP through a running proxy, whose provider is a scripted one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, get_args
from urllib.parse import quote

import aiohttp

from headroom.errors import HeadroomError, UnreadableBody
from headroom.outcome import Occasion, Rewrite
from headroom.replay.bill import Tokens
from headroom.replay.dialects import DIALECTS, Dialect
from headroom.replay.lane import Lane
from headroom.replay.measure import Sent
from headroom.replay.segments import SegmentReader
from headroom.replay.session import Session, Turn, encode
from headroom.replay.upstream import ScriptedUpstream, upstream_options

REQUEST_SECONDS = 120.0
ERROR_CHARACTERS = 200
OCCASIONS: tuple[Occasion, ...] = get_args(Occasion)


class Through:
    """The way through the proxy at *url* to *upstream*."""

    def __init__(self, url: str, upstream: ScriptedUpstream, count: Callable[[str], int]) -> None:
        self._url = url.rstrip("/")
        self._upstream = upstream
        self._count = count
        self._cache = _Cache(DIALECTS[0], count)
        # No proxy of the environment in between: this traffic stays on the machine.
        self._client = aiohttp.ClientSession(
            trust_env=False, timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.close()

    async def check(self, dialects: Iterable[Dialect]) -> None:
        """Make sure that the proxy forwards these to our upstream and nowhere else.

        Recorded sessions must not reach a real provider by mistake.  Raises HeadroomError.
        """
        models = f"{self._url}/v1/models"
        for dialect in {one.format.provider: one for one in dialects}.values():
            before = self._upstream.visits
            try:
                async with self._client.get(models, headers=dialect.headers) as reply:
                    await reply.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                raise HeadroomError(f"No proxy answers at {self._url}: {error}") from error
            if self._upstream.visits == before:
                raise HeadroomError(
                    f"The proxy at {self._url} does not forward to the replay.  Start it with: "
                    f"{proxy_command(self._upstream.url)}"
                )

    def begin(self, session: Session) -> None:
        """A new session begins, with nothing of it cached."""
        self._cache = _Cache(session.dialect, self._count)

    async def send(self, session: Session, turn: Turn) -> Sent:
        """Send this turn's request, and say what arrived at the upstream."""
        output = self._cache.output(turn)

        def reply_to(body: bytes) -> bytes:
            tokens = self._cache.take(body, output)
            return encode(session.dialect.answer(session.model, turn.reply, tokens))

        self._upstream.expect(reply_to)
        try:
            async with self._client.post(
                self._url + _path(session),
                data=turn.body,
                headers={"content-type": "application/json", **session.dialect.headers},
            ) as reply:
                body = await reply.read()
                return self._sent(turn, reply, body)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Sent(turn.body, failed=f"no answer: {str(error) or type(error).__name__}")

    def _sent(self, turn: Turn, reply: aiohttp.ClientResponse, body: bytes) -> Sent:
        received = self._upstream.received
        if not reply.ok:
            said = body[:ERROR_CHARACTERS].decode("utf-8", "replace")
            return Sent(turn.body, failed=f"HTTP {reply.status}: {said}")
        if received is None:
            return Sent(turn.body, failed="answered without asking the provider")
        return Sent(received, overhead_ms=_milliseconds(reply), rewrite=_rewrite(reply))


class _Cache:
    """The provider's prefix cache, for the usage in its answers."""

    def __init__(self, dialect: Dialect, count: Callable[[str], int]) -> None:
        self._reader = SegmentReader(dialect, count)
        self._lane = Lane()

    def output(self, turn: Turn) -> int:
        segments = (each for item in turn.reply for each in self._reader.message(item))
        return sum(segment.tokens for segment in segments)

    def take(self, body: bytes, output: int) -> Tokens:
        try:
            prompt = self._reader.read(body)
        except UnreadableBody:
            return Tokens(output=output)
        read = sum(each.tokens for each in prompt.segments[: self._lane.send(prompt)])
        return Tokens(read=read, written=prompt.tokens - read, output=output)


def proxy_command(upstream_url: str) -> str:
    """How to start a proxy in front of the upstream at *upstream_url*."""
    return " ".join(("headroom proxy", *upstream_options(upstream_url)))


def _path(session: Session) -> str:
    return session.dialect.format.routes[0].replace("*", quote(session.model, safe=""))


def _rewrite(reply: aiohttp.ClientResponse) -> Rewrite | None:
    """What the proxy announced; how much left only it knows."""
    said = reply.headers.get("x-headroom-rewrite", "")
    return next((Rewrite(one, 0) for one in OCCASIONS if one == said), None)


def _milliseconds(reply: aiohttp.ClientResponse) -> float:
    try:
        return float(reply.headers.get("x-headroom-overhead-ms", ""))
    except ValueError:
        return 0.0
