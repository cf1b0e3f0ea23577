"""A plan within its deadline, made where it holds nothing up; it never fails."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from headroom.conversation import Known
from headroom.economics import UNCACHED
from headroom.pipeline import Seen
from headroom.pipeline.budget import Budget
from headroom.pipeline.causal import Causal
from headroom.proxy.attempt import attempt
from headroom.proxy.planning import Planning, open_planning
from headroom.settings import Settings
from tests.proxy.processes import children_of
from tests.proxy.talks import log, rows
from tests.proxy.test_planners import AMPLE_S, asked

LARGE = asked(*(log(number) for number in range(1, 30)))


class Broken(tuple[Causal, ...]):
    """Passes of which not even the first can be had."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Causal]:
        raise RuntimeError("a secret of the client")


@asynccontextmanager
async def planning(deadline_s: float = AMPLE_S) -> AsyncIterator[Planning]:
    settings = Settings(stateless=True, plan_deadline_seconds=deadline_s)
    async with open_planning(settings) as opened:
        yield opened


async def test_little_is_planned_here_and_much_in_another_process() -> None:
    async with planning() as opened:
        before = children_of(os.getpid())

        little = await attempt(opened, asked(rows(1)), Known(), Seen())
        assert little.forms
        assert children_of(os.getpid()) == before

        much = await attempt(opened, LARGE, Known(), Seen())
        assert much.forms
        assert children_of(os.getpid()) != before


async def test_a_plan_that_is_late_leaves_the_new_blocks_as_they_are() -> None:
    async with planning(deadline_s=0.001) as opened:
        plan = await attempt(opened, LARGE, Known(), Seen())

    assert not plan.forms
    assert not plan.edits
    assert plan.failed


async def test_of_an_error_that_may_hold_content_only_the_type_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with planning() as opened:
        broken = replace(opened, passes=Broken())
        plan = await attempt(broken, asked(rows(1)), Known(), Seen())

    assert plan.failed == "RuntimeError"
    assert not plan.forms
    assert "secret" not in caplog.text


async def test_where_only_looking_back_is_late_new_blocks_are_planned_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    talked = asked(*(log(number, 400) for number in range(1, 9)), rows(1))
    known = Known(len(talked.blocks) - 1, {}, 90_000, 90_000, counted=True)
    budget = Budget(costs=UNCACHED, rewrites=True)

    async with planning(deadline_s=0.001) as opened:
        seen = Seen()
        for number in range(1, 9):
            seen.add(text=log(number, 400), sent=log(number, 400))
        plan = await attempt(opened, talked, known, seen, means="client", budget=budget)

    assert budget.looks_back(talked, known)
    assert set(plan.forms) == {len(talked.blocks) - 1}
    assert (plan.failed, plan.rewritten) == ("", {})
    assert "nothing that was sent is looked at again" in caplog.text
