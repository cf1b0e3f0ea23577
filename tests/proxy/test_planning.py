"""What planning needs, opened and closed."""

from __future__ import annotations

import asyncio
import os

from headroom.conversation import Known
from headroom.formats import FORMATS
from headroom.proxy.planning import open_planning
from tests.proxy.house import NOWHERE, settings_for
from tests.proxy.processes import children_of
from tests.proxy.test_planners import SMALL


async def test_every_dialect_is_there_by_its_name() -> None:
    async with open_planning(settings_for(NOWHERE)) as planning:
        assert set(planning.formats) == {dialect.name for dialect in FORMATS}


async def test_each_installation_has_a_ledger_of_its_own() -> None:
    async with (
        open_planning(settings_for(NOWHERE)) as one,
        open_planning(settings_for(NOWHERE)) as other,
    ):
        chains = [planning.ledger.chain(SMALL) for planning in (one, one, other)]

    assert chains[0] == chains[1] != chains[2]


async def test_work_that_goes_on_later_ends_with_it() -> None:
    ended = []

    async def for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async with open_planning(settings_for(NOWHERE)) as planning:
        planning.later(for_ever())
        planning.later(asyncio.sleep(0))
        await asyncio.sleep(0)
        tasks = set(planning.tasks)
        assert len(tasks) == 2
    await asyncio.gather(*tasks, return_exceptions=True)

    assert ended == [True]
    assert planning.tasks == set()


async def test_what_must_come_to_its_end_is_waited_for() -> None:
    done: list[bool] = []
    gate = asyncio.Event()

    async def noting() -> None:
        await gate.wait()
        done.append(True)

    async with open_planning(settings_for(NOWHERE)) as planning:
        planning.later(noting(), to_its_end=True)
        asyncio.get_running_loop().call_later(0.01, gate.set)

    assert done == [True]
    assert planning.ending == set()


async def test_T4_its_processes_end_with_it() -> None:
    before = children_of(os.getpid())

    async with open_planning(settings_for(NOWHERE, plan_deadline_seconds=30.0)) as planning:
        await planning.planners.plan(SMALL, Known())
        assert len(children_of(os.getpid())) == len(before) + 1

    assert children_of(os.getpid()) == before
