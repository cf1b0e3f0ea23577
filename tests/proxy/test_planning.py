"""What planning needs, opened and closed."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from headroom.conversation import Known
from headroom.formats import FORMATS
from headroom.proxy import planning as planning_module
from headroom.proxy.lineage import Lineage
from headroom.proxy.planning import open_planning
from headroom.state.base import Reservation
from headroom.state.spend import Budget
from tests.proxy.house import NOWHERE, settings_for
from tests.proxy.processes import children_of
from tests.proxy.test_planners import SMALL
from tests.support.reserving import take

BUDGET = Budget(100, "monthly")


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


async def test_M1_what_that_begins_is_waited_for_too() -> None:
    done: list[int] = []

    async with open_planning(settings_for(NOWHERE)) as planning:

        async def noting(number: int) -> None:
            await asyncio.sleep(0)
            if number:
                planning.later(noting(number - 1), to_its_end=True)
            done.append(number)

        planning.later(noting(3), to_its_end=True)

    assert done == [3, 2, 1, 0]
    assert planning.ending == set()


async def test_T4_what_never_ends_holds_up_no_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning_module, "END_S", 0.01)
    async with open_planning(settings_for(NOWHERE)) as planning:
        planning.later(asyncio.sleep(3600), to_its_end=True)
        (task,) = planning.ending
    await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()


async def test_M2_T5_what_a_predecessor_had_set_apart_is_charged_at_the_start(
    tmp_path: Path,
) -> None:
    settings = settings_for(NOWHERE, workspace_dir=tmp_path)
    predecessor, now = Lineage(), time.time()
    async with open_planning(settings, predecessor) as planning:
        taken = await take(planning.spend, [BUDGET], 60, now=now)
        assert isinstance(taken, Reservation)
    async with open_planning(settings) as planning:
        stranger = await planning.spend.spent([BUDGET], now=now)
    async with open_planning(settings, Lineage.after([predecessor])) as planning:
        await asyncio.gather(*planning.tasks)
        successor = await planning.spend.spent([BUDGET], now=now)

    assert (stranger, successor) == ({BUDGET: 0}, {BUDGET: 60})


async def test_T4_its_processes_end_with_it() -> None:
    before = children_of(os.getpid())

    async with open_planning(settings_for(NOWHERE, plan_deadline_seconds=30.0)) as planning:
        await planning.planners.plan(SMALL, Known())
        assert len(children_of(os.getpid())) == len(before) + 1

    assert children_of(os.getpid()) == before
