"""Sends anonymous totals, beside the calls, where the operator has named an endpoint.

Nothing here runs otherwise: see `Settings.sends_telemetry`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from headroom import __version__
from headroom.errors import StoreError
from headroom.observe.chronicle import Chronicle
from headroom.observe.lasting import lasting
from headroom.observe.telemetry import gather
from headroom.proxy.troubles import Troubles
from headroom.settings import Settings
from headroom.state.journal import Journal
from headroom.state.workspace import Lead

logger = logging.getLogger(__name__)

LOCK_FILE = "telemetry.lock"
ANSWER_S, LAST_ANSWER_S = 10.0, 1.0


@dataclass(frozen=True, slots=True)
class Times:
    """When totals are sent: first, then again and again, and at the end of whoever ran for long."""

    first_s: float = 60.0
    every_s: float = 300.0
    least_up_s: float = 120.0


USUAL = Times()


class Beacon:
    """Posts to the endpoint of *settings*; *lead* decides which process does, None: this one."""

    def __init__(
        self,
        settings: Settings,
        chronicle: Chronicle,
        journal: Journal,
        *,
        lead: Lead | None = None,
        times: Times = USUAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._chronicle = chronicle
        self._journal = journal
        self._lead = lead
        self._times = times
        self._clock = clock
        self._began = clock()
        self._sent: dict[str, Any] = {}
        self._stopping = asyncio.Event()
        self._troubles = Troubles(clock)

    async def send(self, *, within_s: float = ANSWER_S) -> None:
        """Send what there is, if it is for this process to do so and anything is new."""
        if self._lead is not None and not self._lead.take():
            return
        try:
            async with asyncio.timeout(within_s):
                told = await self._gathered()
                if told["requests"] and told != self._sent:
                    await self._post(told)
                    self._sent = told
        except StoreError as error:
            self._troubles.warn(logger, "anonymous totals cannot be read", error)
        except (aiohttp.ClientError, OSError) as error:
            said = str(error) or type(error).__name__
            self._troubles.warn(logger, "anonymous totals could not be sent", said)

    async def _gathered(self) -> dict[str, Any]:
        return await gather(self._settings, self._chronicle, self._journal, version=__version__)

    async def _post(self, told: dict[str, Any]) -> None:
        headers = {"content-type": "application/json", "user-agent": f"headroom/{__version__}"}
        async with (
            aiohttp.ClientSession(headers=headers) as client,
            client.post(
                self._settings.telemetry_endpoint,
                data=msgspec.json.encode(told),
                allow_redirects=False,
            ) as answer,
        ):
            if answer.status >= 300:
                raise OSError(f"the endpoint answered with status {answer.status}")

    async def run(self) -> None:
        """Send now and then, until it is stopped."""
        pause = self._times.first_s
        while not await self._stopped_within(pause):
            await self.send()
            pause = self._times.every_s
        if self._clock() - self._began > self._times.least_up_s:
            await self.send(within_s=LAST_ANSWER_S)

    async def _stopped_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        return self._stopping.is_set()

    async def close(self, task: asyncio.Task[None]) -> None:
        """Send for the last time, and let another process go on."""
        self._stopping.set()
        await asyncio.wait({task}, timeout=2 * LAST_ANSWER_S)
        task.cancel()
        if self._lead is not None:
            self._lead.release()


@asynccontextmanager
async def open_beacon(beacon: Beacon) -> AsyncIterator[Beacon]:
    """The beacon while it sends."""
    task = lasting(beacon.run(), "the sending of anonymous totals")
    try:
        yield beacon
    finally:
        await beacon.close(task)
