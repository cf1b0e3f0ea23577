"""Opens what is switched on; nothing of OpenTelemetry is imported where nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from headroom.observe import Sink
from headroom.observe.otel.wanted import NOTHING, switched_on
from headroom.settings import Settings

END_S = 1.5
"""How long the last exports may take: a proxy that has nothing to do stops within two seconds."""
HURRIED_S = 0.2
"""The same where it is told a second time to stop."""


@asynccontextmanager
async def open_exports(
    settings: Settings, *, version: str, speaks: Callable[[], bool]
) -> AsyncIterator[list[Sink]]:
    """The sinks that export, while that goes on; at the end the last of it is sent.

    *speaks*: whether it is for this process to say what does not arrive.
    """
    on = switched_on(settings)
    if on == NOTHING:
        yield []
        return
    from headroom.observe.otel.exports import Exports  # noqa: PLC0415  (of an extra)

    exports = Exports(settings, on, version=version, speaks=speaks)
    within_s = END_S
    try:
        yield [exports.sink]
    except asyncio.CancelledError:
        within_s = HURRIED_S
        raise
    finally:
        await asyncio.to_thread(exports.end, within_s)
