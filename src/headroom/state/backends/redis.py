"""The store on a Redis (or Valkey) server, for proxies on several machines.

Each verb is one round trip, a Lua script where several keys must change at once.  Lifetimes are
Redis's own, so nothing has to be tidied up; its `maxmemory` is the quota.  How much a crash of
the server may cost is for its own settings to say (`appendonly`, `appendfsync`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from headroom.errors import SettingsError, StoreError
from headroom.state.base import Health, Key, Sizes

if TYPE_CHECKING:
    from redis.asyncio import Redis

Result = TypeVar("Result")

PREFIX = b"headroom:"
DAY_MS = 86_400_000
RENEW_AFTER_MS = 3_600_000
"""A life is renewed at most this often."""

PATIENCE_S = 0.5
"""How long one command may take; a request waits no longer for a server that is gone."""
PAUSE_S = 1.0
"""How long nothing is asked of a server that did not answer."""
SCANNED_AT_ONCE = 1_000

# The last argument is the lifetime in milliseconds, the one before it the life left from which
# it is renewed.
GET = """
local found = {}
local lifetime, renewed = ARGV[2], tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
  local value = redis.call('GET', key)
  if value and redis.call('PTTL', key) < renewed then
    redis.call('PEXPIRE', key, lifetime)
  end
  found[i] = value
end
return found
"""

# Per key its value, and 1 where the first writer wins; lifetimes as above.
PUT = """
local standing = {}
local lifetime, renewed = ARGV[#ARGV], tonumber(ARGV[#ARGV - 1])
for i, key in ipairs(KEYS) do
  local value, first_wins = ARGV[2 * i - 1], ARGV[2 * i]
  local present = first_wins == '1' and redis.call('GET', key)
  if not present then
    redis.call('SET', key, value, 'PX', lifetime)
  elseif redis.call('PTTL', key) < renewed then
    redis.call('PEXPIRE', key, lifetime)
  end
  standing[i] = present or value
end
return standing
"""


class RedisStore:
    """Keys and bytes on a server that several proxies share."""

    __slots__ = ("_client", "_clock", "_get", "_lifetime_ms", "_problem", "_put", "_quiet_until")

    def __init__(
        self,
        url: str,
        *,
        lifetime_s: float = 7 * DAY_MS / 1000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is asked of the server yet.  Raises SettingsError for an address that is none."""
        self._client = _client(url)
        self._get = self._client.register_script(GET)
        self._put = self._client.register_script(PUT)
        self._lifetime_ms = max(round(lifetime_s * 1000), 1)
        self._clock = clock
        self._problem = ""
        self._quiet_until = 0.0

    async def open(self) -> None:
        """See whether it answers; one that does not says so in its health."""
        try:
            await self._asked(self._client.ping)
        except StoreError as error:
            self._problem = str(error)

    async def close(self) -> None:
        """Give up all connections."""
        await self._client.aclose()

    def health(self) -> Health:
        """How it was when it was last asked."""
        return Health(durable=True, problem=self._problem)

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, bytes]:
        """What is there of these keys; reading renews an entry's life."""
        if not keys:
            return {}
        names = [_name(key) for key in keys]
        found = await self._asked(lambda: self._get(keys=names, args=self._lifetimes()))
        return {key: value for key, value in zip(keys, found, strict=True) if value is not None}

    async def put(
        self, entries: Mapping[Key, bytes], *, if_absent: frozenset[str] = frozenset()
    ) -> Mapping[Key, bytes]:
        """Write all of them at once, and return what stands there afterwards."""
        if not entries:
            return {}
        names = [_name(key) for key in entries]
        arguments: list[bytes | str | int] = []
        for key, value in entries.items():
            arguments += [value, "1" if key[0] in if_absent else "0"]
        arguments += self._lifetimes()
        standing = await self._asked(lambda: self._put(keys=names, args=arguments))
        return dict(zip(entries, standing, strict=True))

    async def drop(self, keys: Sequence[Key]) -> None:
        """Forget these keys, where they are there."""
        if keys:
            await self._asked(lambda: self._client.unlink(*[_name(key) for key in keys]))

    async def sizes(self, namespace: str) -> Sizes:
        """What stands in this namespace just now; walks over all keys of the server."""
        entries = value_bytes = cursor = 0
        pattern = _name((namespace, b"")) + b"*"
        while True:
            cursor, names = await self._asked(partial(self._scan, cursor, pattern))
            entries += len(names)
            value_bytes += sum(await self._asked(partial(self._lengths, names)))
            if not cursor:
                return Sizes(entries, value_bytes)

    async def agreed(self, key: Key, proposed: bytes) -> bytes:
        """What stands at *key* for ever: the first value that was proposed.  Raises StoreError."""
        return await self._asked(partial(self._first, _name(key), proposed))

    async def _first(self, name: bytes, proposed: bytes) -> bytes:
        await self._client.set(name, proposed, nx=True)
        standing = await self._client.get(name)
        return standing if isinstance(standing, bytes) else proposed

    async def _scan(self, cursor: int, pattern: bytes) -> tuple[int, list[bytes]]:
        found: Any = await self._client.scan(cursor, match=pattern, count=SCANNED_AT_ONCE)
        return int(found[0]), found[1]

    async def _lengths(self, names: Sequence[bytes]) -> list[int]:
        pipeline = self._client.pipeline(transaction=False)
        for name in names:
            pipeline.strlen(name)
        return [int(length) for length in await pipeline.execute()]

    def _lifetimes(self) -> list[bytes | str | int]:
        renewed = max(self._lifetime_ms - RENEW_AFTER_MS, self._lifetime_ms // 2)
        return [renewed, self._lifetime_ms]

    async def _asked(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        """The server's answer.  Raises StoreError, at once while the server is known to be gone."""
        if self._clock() < self._quiet_until:
            raise StoreError(self._problem)
        # Shielded: a command that is given up half-way would leave its answer to the next one
        # on its connection.
        asking = asyncio.ensure_future(_within(PATIENCE_S, ask))
        asking.add_done_callback(_noticed)
        try:
            answer = await asyncio.shield(asking)
        except StoreError as error:
            self._problem = str(error)
            self._quiet_until = self._clock() + PAUSE_S
            raise
        self._problem = ""
        return answer


async def _within(seconds: float, ask: Callable[[], Awaitable[Result]]) -> Result:
    from redis.exceptions import RedisError  # noqa: PLC0415  (an extra, imported when used)

    try:
        return await asyncio.wait_for(ask(), seconds)
    except TimeoutError as error:
        raise StoreError(f"Redis did not answer within {seconds:g} s") from error
    except (RedisError, OSError) as error:
        # Its own words may name an address with a password in it.
        raise StoreError(f"Redis does not answer ({type(error).__name__})") from error


def _noticed(asking: asyncio.Future[Any]) -> None:
    """Take note of how a command ended whose caller has gone."""
    if not asking.cancelled():
        asking.exception()


def _name(key: Key) -> bytes:
    return PREFIX + key[0].encode() + b":" + key[1]


def _client(url: str) -> Redis:
    try:
        from redis.asyncio import Redis  # noqa: PLC0415  (an extra, imported when used)
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SettingsError(
            'A store on Redis needs redis, which is not installed: pip install "headroom-ai[redis]"'
        ) from error
    try:
        return Redis.from_url(
            url,
            socket_timeout=PATIENCE_S,
            socket_connect_timeout=PATIENCE_S,
            # One more try for a connection that the server closed while it was idle: each verb
            # may be done twice without harm.
            retry=Retry(NoBackoff(), 1),
            health_check_interval=30,
        )
    except ValueError as error:
        raise SettingsError(
            "the address of Redis cannot be read; redis://host:6379/0 or unix:///path is needed"
        ) from error
