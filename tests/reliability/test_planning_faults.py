"""Law 7 (A1): when planning fails, new blocks go as they came, and all else as ever."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import os
import signal
from collections.abc import Sequence

import pytest

from headroom.outcome import Outcome
from headroom.pipeline.causal import CAUSAL, Before, Shorter
from headroom.state.ledger import Ledger
from headroom.tokens import Counter
from tests.proxy.house import PATIENCE_S, Answer, House, house_of, post
from tests.proxy.processes import children_of, wait_for_end
from tests.proxy.talks import ROUTES, body_of, log, noting, rows, texts_of, with_planning
from tests.support.outage import Down

# Large enough to be planned in another process.
SECRET_WORD = "xylophone"
LARGE = log(3, 600) + f"\n{SECRET_WORD}"
ROUTE = "/v1/messages"


@dataclasses.dataclass(frozen=True)
class Breaks:
    """A pass with a bug, which some texts bring to light."""

    on: str

    def shorten(self, text: str, before: Before, counter: Counter) -> Shorter | None:
        if self.on in text:
            raise KeyError(text)
        return None


async def turn(house: House, texts: Sequence[str], route: str = ROUTE) -> tuple[Answer, bytes]:
    """The reply to a turn after these results, and what the provider got for it."""
    answer = await house.ask(post(route.encode(), body_of(route, texts)))
    assert answer.status == 200
    return answer, (await house.upstream.next()).body


def assert_given_up(answer: Answer, outcome: Outcome, log: str) -> None:
    """The failure is told in the reply, the outcome and the log, without any content."""
    assert answer.values(b"x-headroom-compression-failed") == [b"true"]
    assert outcome.failed
    assert outcome.verdict == "planned"
    assert "compression=failed" in log
    assert SECRET_WORD not in log


@pytest.mark.parametrize("route", ROUTES)
async def test_A1_a_late_plan_leaves_new_blocks_raw_for_ever_and_keeps_known_forms(
    route: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with house_of(plan_deadline_seconds=0.001) as house:
        notebook = noting(house)
        _, first = await turn(house, [rows(1)], route)
        answer, second = await turn(house, [rows(1), LARGE], route)
        _, third = await turn(house, [rows(1), LARGE, rows(2)], route)
        outcomes = [await notebook.next() for _ in range(3)]

    assert texts_of(route, first)[0] != rows(1)
    assert second.startswith(first[:-2])
    assert texts_of(route, second)[1] == LARGE
    assert third.startswith(second[:-2])
    assert texts_of(route, third)[2] != rows(2)
    assert_given_up(answer, outcomes[1], caplog.text)
    assert [bool(outcome.failed) for outcome in outcomes] == [False, True, False]
    assert house.app.totals.compression_failed == 1


@pytest.mark.parametrize("killed", ["worker", "worker and zygote"])
async def test_A1_a_killed_planner_leaves_new_blocks_raw_and_the_next_turn_is_planned(
    killed: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = set(children_of(os.getpid()))
    async with house_of(zygote=None, plan_deadline_seconds=30.0) as house:
        notebook = noting(house)
        _, first = await turn(house, [log(1, 600)])
        [zygote] = set(children_of(os.getpid())) - before
        [worker] = children_of(zygote)
        os.kill(worker, signal.SIGSTOP)
        doomed = [worker] if killed == "worker" else [zygote, worker]
        for process in doomed:
            # After the job has been handed over; earlier would end in the same way.
            asyncio.get_running_loop().call_later(0.1, os.kill, process, signal.SIGKILL)
        answer, second = await turn(house, [log(1, 600), LARGE])
        assert all(wait_for_end(process, PATIENCE_S) for process in doomed)
        _, third = await turn(house, [log(1, 600), LARGE, log(5, 600)])
        outcomes = [await notebook.next() for _ in range(3)]

    assert texts_of(ROUTE, first)[0] != log(1, 600)
    assert second.startswith(first[:-2])
    assert texts_of(ROUTE, second)[1] == LARGE
    assert third.startswith(second[:-2])
    assert texts_of(ROUTE, third)[2] != log(5, 600)
    assert_given_up(answer, outcomes[1], caplog.text)
    assert not outcomes[2].failed


async def test_A1_a_pass_that_raises_leaves_one_block_raw_and_shortens_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with house_of() as house:
        notebook = noting(house)
        with_planning(house, passes=(Breaks(on=SECRET_WORD), *CAUSAL))
        _, first = await turn(house, [rows(1)])
        answer, second = await turn(house, [rows(1), f"{rows(2)}{SECRET_WORD}"])
        outcomes = [await notebook.next() for _ in range(2)]

    assert second.startswith(first[:-2])
    assert texts_of(ROUTE, second)[1] == f"{rows(2)}{SECRET_WORD}"
    assert_given_up(answer, outcomes[1], caplog.text)
    assert outcomes[1].failed == "KeyError"


@pytest.mark.parametrize("route", ROUTES)
async def test_A4_a_new_text_that_stands_there_twice_leaves_the_known_forms(route: str) -> None:
    name = b'"output": ' if route == "/v1/responses" else b'"content": '
    once = name + json.dumps(rows(2)).encode()

    def twice(*texts: str) -> bytes:
        body = body_of(route, [rows(1), rows(2), *texts])
        assert once in body
        return body.replace(once, once + b", " + once)

    async with house_of() as house:
        sent = []
        for body in (body_of(route, [rows(1)]), twice(), twice("ok")):
            await house.ask(post(route.encode(), body))
            sent.append((await house.upstream.next()).body)

    assert sent[1].startswith(sent[0][:-2])
    assert once + b", " + once in sent[1]
    assert sent[2].startswith(sent[1][:-2])


@pytest.mark.parametrize("route", ROUTES)
async def test_A1_a_ledger_that_is_down_changes_no_byte_of_a_conversation_that_it_saw_begin(
    route: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    texts = [rows(1), log(2), rows(3)]

    async with house_of() as house:
        steady = [(await turn(house, texts[:count], route))[1] for count in (1, 2)]
        with_planning(house, ledger=Ledger(Down(), secret=b"secret"))
        _, third = await turn(house, texts, route)

    assert third.startswith(steady[1][:-2])
    assert "the ledger cannot be read" in caplog.text
    assert "served item" not in caplog.text
