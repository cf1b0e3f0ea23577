"""The store that the settings ask for, and the secret that goes with it."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from headroom.errors import StoreError
from headroom.settings import Settings
from headroom.state.backends.memory import MemoryStore
from headroom.state.backends.redis import RedisStore
from headroom.state.backends.sqlite import SqliteStore
from headroom.state.base import Store
from headroom.state.namespaces import DAY_S, Namespace, with_replies
from headroom.state.secret import SECRET_BYTES, installation_secret

logger = logging.getLogger(__name__)

MEGABYTE = 1_048_576
SECONDS_BETWEEN_TRIES = 10.0
SECRET = ("secret", b"installation")


@dataclass(frozen=True, slots=True)
class Storage:
    """Where is kept what outlives a request, and under which secret."""

    store: Store
    secret: bytes


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[Storage]:
    """The store, open.  One that cannot be opened says so in its health, and is tried again."""
    proposed = os.urandom(SECRET_BYTES)
    namespaces = with_replies(
        lifetime_s=settings.cache_ttl,
        entries=settings.cache_max_entries,
        size_bytes=settings.cache_max_mb * MEGABYTE,
    )
    if not settings.is_durable:
        # The key lives as long as the content.
        yield Storage(MemoryStore(namespaces=namespaces), proposed)
        return
    if settings.store_kind == "redis":
        async with _on_redis(settings, namespaces, proposed) as storage:
            yield storage
        return
    folder = settings.workspace_dir
    store = SqliteStore(
        folder,
        lifetime_s=settings.store_days * DAY_S,
        limit_bytes=settings.store_limit_mb * MEGABYTE,
        namespaces=namespaces,
    )
    keeping: asyncio.Task[None] | None = None
    try:
        secret = await asyncio.to_thread(installation_secret, folder, proposed)
    except StoreError as error:
        logger.warning("a secret for this run only: %s", error)
        secret = proposed
        keeping = asyncio.create_task(_keep_secret(folder, proposed))
    await store.open()
    try:
        yield Storage(store, secret)
    finally:
        if keeping is not None:
            keeping.cancel()
        await store.close()


@asynccontextmanager
async def look_into_store(settings: Settings) -> AsyncIterator[Store]:
    """The store as it stands, to be read by who is no proxy: nothing is made, kept or renewed.

    Raises StoreError where nothing outlives a process, and where it cannot be read.
    """
    store: SqliteStore | RedisStore
    if not settings.is_durable:
        raise StoreError("nothing is kept (--stateless, or --store memory)")
    if settings.store_kind == "redis":
        store = RedisStore(settings.store)
    else:
        store = SqliteStore(settings.workspace_dir, looks_only=True)
    await store.open()
    try:
        if problem := store.health().problem:
            raise StoreError(problem)
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def _on_redis(
    settings: Settings, namespaces: Mapping[str, Namespace], proposed: bytes
) -> AsyncIterator[Storage]:
    """The store on a server, and the secret that all proxies there agree on."""
    lifetime_s = settings.store_days * DAY_S
    store = RedisStore(settings.store, lifetime_s=lifetime_s, namespaces=namespaces)
    keeping: asyncio.Task[None] | None = None
    await store.open()
    try:
        secret = await _agreed(store, proposed)
    except StoreError as error:
        logger.warning("a secret for this run only: %s", error)
        secret = proposed
        keeping = asyncio.create_task(_agree_later(store, proposed))
    try:
        yield Storage(store, secret)
    finally:
        if keeping is not None:
            keeping.cancel()
        await store.close()


async def _agree_later(store: RedisStore, proposed: bytes) -> None:
    """Propose the secret of this run again, until the server answers; see `_keep_secret`."""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        with suppress(StoreError):
            await _agreed(store, proposed)
            return


async def _agreed(store: Store, proposed: bytes) -> bytes:
    """The secret of all that share this store: the first that was proposed.  Raises StoreError."""
    standing = await store.put({SECRET: proposed}, if_absent=frozenset({SECRET[0]}))
    return standing[SECRET]


async def _keep_secret(folder: Path, proposed: bytes) -> None:
    """Make the secret of this run that of the installation, once its workspace can be written.

    Where another one stands there by then, that one is used from the next start on: what runs
    was sent under ours.
    """
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        with suppress(StoreError):
            await asyncio.to_thread(installation_secret, folder, proposed)
            return
