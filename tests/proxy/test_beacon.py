"""Totals are posted beside the calls, by one process, and only when there is something new."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from headroom.observe.chronicle import Chronicle
from headroom.proxy.beacon import Beacon, Times, open_beacon
from headroom.settings import Settings
from headroom.state.backends.memory import MemoryStore
from headroom.state.journal import Journal
from headroom.state.workspace import Lead
from tests.observe.outcomes import planned
from tests.proxy.house import NOWHERE, PATIENCE_S, hang, upstream_of
from tests.support.clock import Clock
from tests.support.receiver import Receiver, receiving

AT_ONCE = Times(first_s=0.0, every_s=0.01)


class Installation:
    """A journal and who reads it."""

    def __init__(self) -> None:
        self.journal = Journal(MemoryStore())
        self.chronicle = Chronicle(self.journal, process="one")

    async def ended(self) -> None:
        self.chronicle.take(planned())
        await self.chronicle.scribe.write_some()

    def beacon(self, url: str, **changes: Any) -> Beacon:
        settings = Settings(telemetry_endpoint=url)
        return Beacon(settings, self.chronicle, self.journal, **changes)


async def test_totals_are_posted_as_json() -> None:
    here = Installation()
    await here.ended()
    async with receiving() as receiver:
        await here.beacon(receiver.url).send()

    (body,), (head,) = receiver.bodies, receiver.heads
    assert body["requests"] == 1
    assert head["Content-Type"] == "application/json"
    assert head["User-Agent"].startswith("headroom/")


async def test_without_requests_nothing_is_sent_and_nothing_twice() -> None:
    here = Installation()
    async with receiving() as receiver:
        beacon = here.beacon(receiver.url)
        await beacon.send()
        assert not receiver.bodies
        await here.ended()
        await beacon.send()
        await beacon.send()
        await here.ended()
        await beacon.send()

    assert [body["requests"] for body in receiver.bodies] == [1, 2]
    assert receiver.bodies[0]["session_id"] == receiver.bodies[1]["session_id"]


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_D8_an_endpoint_that_refuses_costs_one_warning_a_minute(
    caplog: pytest.LogCaptureFixture, status: int
) -> None:
    here, clock = Installation(), Clock()
    await here.ended()
    async with receiving() as receiver:
        receiver.status = status
        beacon = here.beacon(receiver.url, clock=clock)
        for _ in range(3):
            await beacon.send()
        clock.now += 61
        await beacon.send()

    told = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert len(told) == 2
    assert f"answered with status {status}" in told[0]
    assert len(receiver.bodies) == 4


async def test_an_endpoint_that_is_not_there_is_told(caplog: pytest.LogCaptureFixture) -> None:
    here = Installation()
    await here.ended()

    await here.beacon(NOWHERE).send()

    assert "anonymous totals could not be sent" in caplog.text


async def test_an_endpoint_that_does_not_answer_is_not_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    here = Installation()
    await here.ended()

    async with upstream_of(hang) as silent:
        await here.beacon(silent.url).send(within_s=0.2)

    assert "TimeoutError" in caplog.text


class Taken(Lead):
    """What another process has."""

    def take(self) -> bool:
        return False


async def test_M6_one_of_several_processes_sends(tmp_path: Path) -> None:
    here = Installation()
    await here.ended()
    async with receiving() as receiver:
        await here.beacon(receiver.url, lead=Taken(tmp_path / "lock")).send()

    assert not receiver.bodies


async def come(receiver: Receiver) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await receiver.come.wait()
    receiver.come.clear()


async def test_while_it_is_open_it_sends_again_and_again() -> None:
    here = Installation()
    await here.ended()
    async with receiving() as receiver, open_beacon(here.beacon(receiver.url, times=AT_ONCE)):
        await come(receiver)
        await here.ended()
        await come(receiver)

    assert [body["requests"] for body in receiver.bodies] == [1, 2]


@pytest.mark.parametrize(("up_s", "sent"), [(119.0, 0), (121.0, 1)])
async def test_who_ran_for_long_sends_at_its_end(tmp_path: Path, up_s: float, sent: int) -> None:
    here, clock = Installation(), Clock()
    await here.ended()
    lead = Lead(tmp_path / "lock")
    async with receiving() as receiver:
        beacon = here.beacon(receiver.url, clock=clock, lead=lead)
        async with open_beacon(beacon):
            clock.now += up_s

    assert len(receiver.bodies) == sent
    assert lead._descriptor == -1
