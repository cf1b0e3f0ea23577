"""What goes out beside the calls: the log file, and the totals that are sent where that is set."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from headroom.errors import StoreError
from headroom.observe.chronicle import Chronicle
from headroom.observe.request_log import open_request_log
from headroom.proxy.beacon import LOCK_FILE, Beacon, open_beacon
from headroom.settings import Settings
from headroom.state.journal import Journal
from headroom.state.secret import kept_token
from headroom.state.workspace import Lead

MACHINE_FILE = "machine"


def machine_of(settings: Settings) -> str:
    """What this machine is called among those on one Redis, by its workspace; elsewhere nothing."""
    if settings.store_kind != "redis":
        return ""
    try:
        token = kept_token(settings.workspace_dir, MACHINE_FILE).token
    except StoreError:
        # Where nothing can be kept, nobody leads, and no file is written.
        return ""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


@asynccontextmanager
async def open_outlets(
    settings: Settings, chronicle: Chronicle, journal: Journal
) -> AsyncIterator[None]:
    """All of them that the settings ask for, while the proxy runs."""
    folder = settings.workspace_dir if settings.is_durable else None
    async with AsyncExitStack() as stack:
        if settings.log_file is not None:
            log = open_request_log(
                settings.log_file,
                chronicle,
                journal,
                folder=folder,
                machine=machine_of(settings),
                with_messages=settings.log_messages,
            )
            await stack.enter_async_context(log)
        if settings.sends_telemetry:
            lead = Lead(folder / LOCK_FILE) if folder is not None else None
            beacon = Beacon(settings, chronicle, journal, lead=lead)
            await stack.enter_async_context(open_beacon(beacon))
        yield
