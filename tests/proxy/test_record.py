from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from headroom.conversation import Plan
from headroom.formats.base import CallMade, TextSaid, UsageReported
from headroom.outcome import Usage
from headroom.proxy.call import Message, read_head
from headroom.proxy.planning import Planning, open_planning
from headroom.proxy.record import SAMPLED_CHARACTERS, Record, label

PIECE = "All is well today, and so it was. "


async def _nothing() -> Message:
    return {"type": "http.request", "body": b""}


@pytest.fixture
def record() -> Record:
    scope = {"headers": [], "method": "POST", "raw_path": b"/v1/messages", "query_string": b""}
    return Record(read_head(scope, _nothing), status=200, plan=Plan(tokens_after=100))


@pytest_asyncio.fixture
async def planning() -> AsyncIterator[Planning]:
    async with open_planning(deadline_s=1.0) as opened:
        yield opened


def test_of_a_reply_without_usage_a_beginning_is_held(record: Record) -> None:
    for _ in range(SAMPLED_CHARACTERS // 10):
        record.see([TextSaid(PIECE), CallMade("1", "Bash", '{"command":"ls"}')])

    assert sum(map(len, record.said)) == SAMPLED_CHARACTERS


def test_a_reported_usage_is_all_that_is_held(record: Record) -> None:
    record.see([TextSaid(PIECE), UsageReported(Usage(output_tokens=9)), TextSaid(PIECE)])

    assert record.said == []
    assert record.usage == Usage(output_tokens=9)


async def test_what_goes_beyond_what_is_held_is_counted_in_proportion(
    record: Record, planning: Planning
) -> None:
    text = PIECE * (SAMPLED_CHARACTERS // len(PIECE))
    record.see([TextSaid(text)] * 10)

    usage = record.settled(planning).usage

    assert usage is not None
    assert usage.output_tokens == pytest.approx(10 * planning.counter.count(text), rel=0.01)


async def test_a_reply_that_says_nothing_has_no_tokens(record: Record, planning: Planning) -> None:
    usage = record.settled(planning).usage

    assert usage == Usage(input_tokens=100)


def test_a_label_is_one_short_printable_line() -> None:
    assert label('m"\n{},é' + "x" * 100) == 'm"?{}??' + "x" * 57
