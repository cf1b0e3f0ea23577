"""Plans made in processes of our own: real processes, and what happens when they die."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from headroom.conversation import Block, Conversation, Form, Known, ToolCall
from headroom.pipeline import Choices, plan
from headroom.pipeline.budget import Budget
from headroom.proxy.planner_process import NICE
from headroom.proxy.planners import WAITING_JOBS, PlanFailed, PlanLate, Planners
from headroom.proxy.zygote import Zygote
from headroom.tokens import Counter
from tests.proxy.house import PATIENCE_S
from tests.proxy.processes import children_of, is_running, wait_for_end
from tests.proxy.talks import log, rows
from tests.support.tiny_embedding_model import write_embedding_model
from tests.support.tiny_keep_model import write_model

AMPLE_S = 30.0
COUNTER = Counter.load()


def asked(*texts: str) -> Conversation:
    blocks = []
    for number, text in enumerate(texts):
        call = ToolCall(f"call_{number}", "Bash", '{"command":"look"}')
        path = ("messages", number, "content")
        blocks.append(Block(path, number, "tool", "tool_result", text, call=call, editable=True))
    return Conversation(tuple(blocks), "model")


PROSE = "".join(
    f"The lamp of hall {n} is lit by the keeper. Chatter {n} is chatter of the chatter, and so on. "
    "It was said to be so by all who were there and saw it.\n"
    for n in range(80)
)
SMALL = asked(rows(1))


@asynccontextmanager
async def planners_of(*, slots: int = 1, deadline_s: float = AMPLE_S) -> AsyncIterator[Planners]:
    planners = Planners(deadline_s=deadline_s, slots=slots)
    try:
        yield planners
    finally:
        await planners.close()


async def warm(planners: Planners, slots: int = 1) -> tuple[int, list[int]]:
    """The zygote and its workers, one for each slot, once they are there."""
    before = set(children_of(os.getpid()))
    await asyncio.gather(*(planners.plan(SMALL, Known()) for _ in range(slots)))
    [zygote] = set(children_of(os.getpid())) - before
    workers = children_of(zygote)
    assert len(workers) == slots
    return zygote, workers


async def test_a_plan_made_elsewhere_is_the_plan_that_is_made_here() -> None:
    conversation = asked(rows(1), log(2), rows(1), "short")
    known = Known(1, {0: Form("known", ("records",), 100, 1)}, 100, 1, counted=True)

    async with planners_of() as planners:
        made = await planners.plan(conversation, known)

    assert made == plan(conversation, known, counter=Counter.load())
    assert made.edits[0].text == "known"


async def test_options_reach_the_process_and_the_classifier_is_opened_there(tmp_path: Path) -> None:
    model = str(write_model(tmp_path, {"lamp": 4.0, "chatter": -4.0}))
    named = Choices(kompress_model=model, kompress_evidence=True)
    prose = asked(PROSE)

    async with planners_of() as planners:
        usual = await planners.plan(prose, Known(), means="tool")
        judged = await planners.plan(prose, Known(), means="tool", choices=named)
        kept = await planners.plan(prose, Known(), means="tool", choices=Choices(protected=("*",)))

    assert usual.forms[0].by == ("prose",)
    assert judged.forms[0].by == ("kompress",)
    assert not kept.forms


def seen(subject: str, number: int) -> str:
    """A text that no two numbers share, and that nothing is left out of."""
    return "\n".join(
        f"The {subject} {number}.{line} had the {word} {number * 31 + line}."
        for line, word in enumerate(["colour", "weight", "sound", "age", "name", "use"] * 4)
    )


def about_lamps() -> Conversation:
    """A task, and by turns what is about it in other words, and what is not."""
    results = asked(*(seen("lantern" if at % 2 else "boat", at) for at in range(20)))
    task = Block(("messages", 0), 0, "user", "text", "Why is the lamp dark?")
    blocks = [
        dataclasses.replace(block, path=("messages", at + 1, "content"), turn=at + 1)
        for at, block in enumerate(results.blocks)
    ]
    return Conversation((task, *blocks), "model")


async def test_which_turn_leaves_a_full_window_is_decided_by_the_model_that_is_named(
    tmp_path: Path,
) -> None:
    vectors = {"lamp": (1.0, 0.0), "lantern": (1.0, 0.1), "boat": (0.0, 1.0)}
    model = str(write_embedding_model(tmp_path / "model", vectors))
    talk = about_lamps()
    whole = plan(talk, Known(), counter=COUNTER).tokens_after
    full = Budget(most_tokens=int(0.95 * whole), filled_after=0.7)

    async with planners_of() as planners:
        left = {
            named: [
                one.text.count(subject)
                for one in (
                    await planners.plan(
                        talk,
                        Known(),
                        means="tool",
                        budget=dataclasses.replace(full, similarity_model=named),
                    )
                ).originals.values()
                for subject in ("boat", "lantern")
            ]
            for named in ("", model, str(tmp_path))
        }

    without, by_model, where_none_is = left.values()
    assert by_model[0] > without[0] > 0
    assert by_model[1] == 0 < without[1]
    assert where_none_is == without


async def test_nothing_is_started_before_it_is_needed_and_nothing_stays_afterwards() -> None:
    before = children_of(os.getpid())

    async with planners_of(slots=2) as planners:
        assert children_of(os.getpid()) == before
        zygote, workers = await warm(planners, slots=2)

    assert children_of(os.getpid()) == before
    assert not any(is_running(process) for process in (zygote, *workers))


async def test_jobs_one_after_another_use_one_worker() -> None:
    async with planners_of(slots=4) as planners:
        zygote, workers = await warm(planners)
        await planners.plan(SMALL, Known())
        await planners.plan(asked(log(3, 400)), Known())

        assert children_of(zygote) == workers


async def test_the_start_of_the_first_process_is_no_part_of_a_plans_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("headroom.proxy.planners.PLANS_WAIT_FOR_IT_S", AMPLE_S)
    before = set(children_of(os.getpid()))

    async with planners_of(deadline_s=1.0) as planners:
        planners.warm()
        while not (started := set(children_of(os.getpid())) - before):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0)
        [zygote] = started
        os.kill(zygote, signal.SIGSTOP)
        job = asyncio.ensure_future(planners.plan(SMALL, Known()))
        await asyncio.sleep(1.2)
        assert not job.done()
        os.kill(zygote, signal.SIGCONT)

        assert (await job).edits


async def test_a_first_process_that_does_not_come_holds_no_plan_up_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("headroom.proxy.planners.PLANS_WAIT_FOR_IT_S", 0.1)
    monkeypatch.setattr("headroom.proxy.zygote.PLANNER_MODULE", "headroom.nowhere")

    async with planners_of() as planners:
        with pytest.raises(PlanFailed, match="ended unexpectedly"):
            await planners.plan(SMALL, Known())


async def test_L8_the_deadline_ends_the_late_plan_alone_and_the_next_one_succeeds() -> None:
    async with planners_of(slots=2) as planners:
        _, workers = await warm(planners, slots=2)
        planners._deadline_s = 1.0
        os.kill(workers[0], signal.SIGSTOP)
        made = await asyncio.gather(
            *(planners.plan(SMALL, Known()) for _ in range(2)), return_exceptions=True
        )
        assert wait_for_end(workers[0], PATIENCE_S)
        assert is_running(workers[1])
        planners._deadline_s = AMPLE_S
        later = await asyncio.gather(*(planners.plan(SMALL, Known()) for _ in range(2)))

    assert sorted(type(one).__name__ for one in made) == ["Plan", "PlanLate"]
    assert all(one.edits for one in later)


async def test_A1_a_worker_that_is_killed_at_its_job_fails_that_job_alone() -> None:
    async with planners_of() as planners:
        _, [worker] = await warm(planners)
        os.kill(worker, signal.SIGSTOP)
        job = asyncio.ensure_future(planners.plan(SMALL, Known()))
        # After the job has been handed over; earlier would end in the same way.
        asyncio.get_running_loop().call_later(0.1, os.kill, worker, signal.SIGKILL)
        with pytest.raises(PlanFailed, match="ended unexpectedly"):
            await job

        assert (await planners.plan(SMALL, Known())).edits


async def test_A1_a_zygote_that_is_killed_is_replaced_when_it_is_needed() -> None:
    async with planners_of() as planners:
        zygote, [worker] = await warm(planners)
        os.kill(zygote, signal.SIGKILL)
        assert wait_for_end(zygote, PATIENCE_S)

        assert (await planners.plan(SMALL, Known())).edits
        os.kill(worker, signal.SIGKILL)
        assert wait_for_end(worker, PATIENCE_S)
        with pytest.raises(PlanFailed):
            await planners.plan(SMALL, Known())
        made = await asyncio.gather(planners.plan(SMALL, Known()), planners.plan(SMALL, Known()))

        assert all(one.edits for one in made)


async def test_a_job_that_nobody_waits_for_any_more_frees_its_slot() -> None:
    async with planners_of() as planners:
        _, [worker] = await warm(planners)
        os.kill(worker, signal.SIGSTOP)
        job = asyncio.ensure_future(planners.plan(SMALL, Known()))
        asyncio.get_running_loop().call_later(0.05, job.cancel)
        with pytest.raises(asyncio.CancelledError):
            await job

        assert (await planners.plan(SMALL, Known())).edits
        assert wait_for_end(worker, PATIENCE_S)


async def test_L9_only_so_many_jobs_wait() -> None:
    async with planners_of(deadline_s=0.5) as planners:
        jobs = [planners.plan(SMALL, Known()) for _ in range(WAITING_JOBS + 1)]
        *_, last = await asyncio.gather(*jobs, return_exceptions=True)

    assert isinstance(last, PlanLate)
    assert str(last) == f"{WAITING_JOBS} plans are waiting already"


async def test_T4_closing_while_the_first_process_starts_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("headroom.proxy.planners.PLANS_WAIT_FOR_IT_S", 0.001)
    before = children_of(os.getpid())

    async with asyncio.timeout(PATIENCE_S), planners_of(deadline_s=0.001) as planners:
        with pytest.raises(PlanLate, match=r"within 0\.001 s"):
            await planners.plan(SMALL, Known())

    assert children_of(os.getpid()) == before


async def test_closing_ends_also_the_worker_that_is_at_a_job() -> None:
    planners = Planners(deadline_s=AMPLE_S, slots=1)
    _, [worker] = await warm(planners)
    os.kill(worker, signal.SIGSTOP)
    job = asyncio.ensure_future(planners.plan(SMALL, Known()))
    await asyncio.sleep(0)

    await planners.close()

    with pytest.raises(PlanFailed):
        await job
    assert wait_for_end(worker, PATIENCE_S)


MAIN = """
import asyncio, os, sys
from tests.proxy.test_planners import SMALL, planners_of, warm

async def main():
    async with planners_of(slots=2) as planners:
        zygote, workers = await warm(planners, slots=2)
        print(zygote, *workers, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_T4_a_proxy_that_is_killed_leaves_no_processes_behind(number: signal.Signals) -> None:
    command = [sys.executable, "-c", MAIN]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as main:
        assert main.stdout is not None
        processes = [int(process) for process in main.stdout.readline().split()]
        assert len(processes) == 3
        main.send_signal(number)
        main.wait(PATIENCE_S)

        assert all(wait_for_end(process, PATIENCE_S) for process in processes)


async def test_without_time_nothing_is_begun() -> None:
    before = set(children_of(os.getpid()))
    async with planners_of(deadline_s=0.0) as planners:
        planners.warm()
        with pytest.raises(PlanLate):
            await planners.plan(SMALL, Known())

        assert set(children_of(os.getpid())) == before


async def test_those_that_yield_let_all_others_have_the_processor_first() -> None:
    planners = Planners(deadline_s=AMPLE_S, slots=1, yields=True)
    try:
        zygote, workers = await warm(planners)

        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, zygote) == own
        for process in workers:
            assert os.getpriority(os.PRIO_PROCESS, process) == min(own + NICE, 19)
    finally:
        await planners.close()


async def test_several_may_have_their_processes_from_one_zygote_which_outlives_them() -> None:
    zygote = Zygote()
    try:
        one, other = (Planners(deadline_s=AMPLE_S, slots=1, zygote=zygote) for _ in range(2))
        process, [first] = await warm(one)
        await other.plan(SMALL, Known())
        workers = children_of(process)
        assert len(workers) == 2

        await one.close()

        assert wait_for_end(first, PATIENCE_S)
        assert (await other.plan(SMALL, Known())).edits
        await other.close()
        assert all(wait_for_end(worker, PATIENCE_S) for worker in workers)
        assert is_running(process)
    finally:
        await zygote.close()
    assert wait_for_end(process, PATIENCE_S)
