"""The way to a Redis server: what is asked, how long it may take, and what is known of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from headroom.errors import SettingsError, StoreError
from headroom.extras import needed
from headroom.state.backends.alarm import Alarm

if TYPE_CHECKING:
    from redis.asyncio import Redis

Result = TypeVar("Result")

PATIENCE_S = 0.5
"""How long one command may take; a request waits no longer for a server that is gone."""
MOST_AT_ONCE = 64
"""How many commands are on their way at once, each on a connection; the client allows 100."""
PAUSE_S = 1.0
"""How long nothing is asked of a server that did not answer."""


class Link:
    """A client, and the trouble that it has.  Nothing is asked of the server by making it."""

    __slots__ = ("_clock", "_quiet_until", "_room", "client", "problem")

    def __init__(self, url: str, *, clock: Callable[[], float]) -> None:
        """Raises SettingsError for an address that is none."""
        self.client = _client(url)
        self.problem = ""
        self._clock = clock
        self._quiet_until = 0.0
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    async def ask(self, asked: Callable[[], Awaitable[Result]], *, once: bool = False) -> Result:
        """The server's answer.  Raises StoreError, at once while the server is known to be gone.

        *once* is for what must not be done twice: it is not asked again when a connection
        turns out to have been closed.
        """
        if self._clock() < self._quiet_until:
            raise StoreError(self.problem)
        # Shielded: a command that is given up half-way would leave its answer to the next one
        # on its connection.
        asking = asyncio.ensure_future(self._in_turn(asked, once=once))
        asking.add_done_callback(_noticed)
        return await asyncio.shield(asking)

    async def _in_turn(self, asked: Callable[[], Awaitable[Result]], *, once: bool) -> Result:
        async with self._room:
            # Time begins now: many at once are no fault of the server's.
            if self._clock() < self._quiet_until:
                raise StoreError(self.problem or "Redis did not answer just now")
            try:
                answer = await _within(PATIENCE_S, asked() if once else _tried_twice(asked))
            except StoreError as error:
                self.problem = str(error)
                self._quiet_until = self._clock() + PAUSE_S
                raise
            self.problem, self._quiet_until = "", 0.0
            return answer


async def _within(seconds: float, asked: Awaitable[Result]) -> Result:
    from redis.exceptions import RedisError  # noqa: PLC0415  (an extra, imported when used)

    asking = asyncio.ensure_future(asked)
    alarm = Alarm(asyncio.get_running_loop(), seconds, asking.cancel)
    try:
        return await asking
    except asyncio.CancelledError as error:
        if not alarm.rang:
            raise
        raise StoreError(f"Redis did not answer within {seconds:g} s") from error
    except (RedisError, OSError) as error:
        # Its own words may name an address with a password in it.
        raise StoreError(f"Redis does not answer ({type(error).__name__})") from error
    finally:
        alarm.stop()


async def _tried_twice(asked: Callable[[], Awaitable[Result]]) -> Result:
    from redis.exceptions import ConnectionError as Closed  # noqa: PLC0415  (as above)

    try:
        return await asked()
    except Closed:
        # The server may only have closed a connection that was idle.
        return await asked()


def _noticed(asking: asyncio.Future[Any]) -> None:
    """Take note of how a command ended whose caller has gone."""
    if not asking.cancelled():
        asking.exception()


def _client(url: str) -> Redis:
    with needed("A store on Redis", "redis"):
        from redis.asyncio import Redis  # noqa: PLC0415  (an extra, imported when used)
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
    try:
        return Redis.from_url(
            url,
            # Only in case: how long is waited is told above, and fairly.
            socket_timeout=10 * PATIENCE_S,
            socket_connect_timeout=10 * PATIENCE_S,
            # What may be asked again is known here only, not to the client.
            retry=Retry(NoBackoff(), 0),
            health_check_interval=30,
        )
    except ValueError as error:
        raise SettingsError(
            "the address of Redis cannot be read; redis://host:6379/0 or unix:///path is needed"
        ) from error
