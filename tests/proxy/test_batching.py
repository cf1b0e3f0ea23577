"""Batches are charged by estimate when they are made, and corrected once it is known."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from headroom.conversation import Plan
from headroom.economics import rates
from headroom.outcome import Terms, Usage
from headroom.proxy.batching import BatchReader, NamedReply, take_over
from headroom.state.batches import File
from headroom.state.spend import nanos_of
from tests.proxy.drafts import record
from tests.proxy.house import Answer, House, Seen, get, house_of, post
from tests.proxy.paying import dollars, http, proxy_of, spent

JSON = b"content-type: application/json"
FORM = b"content-type: multipart/form-data; boundary=x"
PARAMS = {"model": "claude-opus-5-5", "max_tokens": 50, "messages": []}
RESULTS = [
    {
        "custom_id": str(number),
        "result": {
            "type": "succeeded",
            "message": {
                "model": "claude-opus-5-5",
                "usage": {"input_tokens": 1_000, "output_tokens": 100},
            },
        },
    }
    for number in range(10)
]
LINES = b"\n".join(json.dumps(each).encode() for each in RESULTS) + b"\n"


def answering(**answers: bytes) -> Any:
    """A provider that answers by the last word of the path."""

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        path = seen.line.split()[1].split(b"?")[0]
        writer.write(answers[path.rpartition(b"/")[2].decode()])

    return script


async def asked(house: House, path: bytes, body: bytes = b"", kind: bytes = JSON) -> Answer:
    answer = await house.ask(post(path, body, kind) if body else get(path))
    assert answer.status == 200
    return answer


async def test_an_anthropic_batch_is_corrected_once_by_its_results() -> None:
    requests = [{"custom_id": str(number), "params": PARAMS} for number in range(10)]
    script = answering(
        batches=http(json.dumps({"id": "msgbatch_1"}).encode()),
        results=http(LINES, kind=b"application/x-jsonl"),
    )
    async with house_of(script, budget=10.0) as house:
        await asked(house, b"/v1/messages/batches", json.dumps({"requests": requests}).encode())
        estimate = await spent(house)
        await asked(house, b"/v1/messages/batches/msgbatch_1/results")
        results = await asked(house, b"/v1/messages/batches/msgbatch_1/results")
        total = await spent(house)
        await asked(house, b"/v1/messages/batches/other/results")
        assert await spent(house) == total

    # Ten answers of 500 tokens, and next to nothing sent, at half the price.
    assert dollars("0.05") < estimate < dollars("0.052")
    assert results.body == LINES
    assert total == 10 * dollars("0.003")


NOTHING_YET = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}


async def test_an_openai_batch_is_estimated_by_its_file_and_corrected_when_it_is_over() -> None:
    line = json.dumps({"custom_id": "1", "url": "/v1/chat/completions", "body": {"model": "gpt-5"}})
    form = b"--x\r\n\r\n" + (line + "\n").encode() * 100
    # Of a batch that has begun OpenAI says that it has used nothing so far.
    begun = {"id": "batch_1", "status": "validating", "usage": NOTHING_YET}
    over = {"id": "batch_1", "status": "completed", "usage": {"input_tokens": 1_000_000}}
    script = answering(
        files=http(json.dumps({"id": "file-1"}).encode()),
        batches=http(json.dumps(begun, indent=2).encode()),
        batch_1=http(json.dumps(over, indent=2).encode()),
    )
    async with house_of(script, budget=10.0) as house:
        await asked(house, b"/v1/files", form, FORM)
        assert await spent(house) == 0
        await asked(house, b"/v1/batches", b'{"input_file_id": "file-1"}')
        estimate = await spent(house)
        await asked(house, b"/v1/batches/batch_1")
        total = await spent(house)

    # A hundred answers of 500 tokens at five dollars for a million.
    assert dollars("0.25") < estimate < dollars("0.26")
    assert total == dollars("0.625")


@pytest.mark.parametrize("pieces", [1, 7, 100_000])
async def test_results_are_read_wherever_they_are_cut(pieces: int) -> None:
    call = record(b"/v1/messages/batches/b/results").call
    async with house_of(budget=1.0) as house:
        reader = BatchReader(proxy_of(house), call, "")
        body = b"nonsense\n" + LINES + b'"text"\n' + b"x" * 2_000_000
        for start in range(0, len(LINES) + 100, pieces):
            reader.feed(body[start : min(start + pieces, len(LINES) + 100)])
        reader.close()

    assert reader.is_over
    assert not reader.is_whole
    assert reader.nanos == 10 * dollars("0.003")


async def read(path: bytes, body: bytes) -> BatchReader:
    async with house_of(budget=1.0) as house:
        reader = BatchReader(proxy_of(house), record(path).call, "gpt-5")
        reader.feed(body)
        reader.close()
        return reader


@pytest.mark.parametrize("body", [LINES, LINES + b"\n", LINES[:-1], b"\r\n" + LINES])
async def test_results_that_could_all_be_read_are_whole(body: bytes) -> None:
    reader = await read(b"/v1/messages/batches/b/results", body)

    assert reader.is_whole
    assert reader.nanos == 10 * dollars("0.003")


@pytest.mark.parametrize("line", [b"{" * 9, b"[]", b'{"a": "' + b"x" * 1_100_000 + b'"}'])
@pytest.mark.parametrize("end", [b"", b"\n"])
async def test_results_of_which_one_could_not_be_read_are_not_whole(
    line: bytes, end: bytes
) -> None:
    reader = await read(b"/v1/messages/batches/b/results", LINES + line + end)

    assert not reader.is_whole


@pytest.mark.parametrize(
    ("told", "whole"),
    [
        ({"status": "cancelled", "request_counts": {"total": 5, "completed": 0}}, True),
        ({"status": "completed", "request_counts": {"total": 5, "completed": 5}}, False),
        ({"status": "completed", "filler": "x" * 70_000}, False),
    ],
)
async def test_a_batch_that_does_not_tell_what_it_used_is_not_whole(
    told: dict[str, Any], whole: bool
) -> None:
    assert (await read(b"/v1/batches/b", json.dumps(told).encode())).is_whole == whole


async def test_M3_a_batch_stays_charged_by_its_estimate_until_all_results_were_read() -> None:
    requests = [{"custom_id": str(number), "params": PARAMS} for number in range(10)]
    torn = [LINES[:300] + b"\n" + LINES, b"\x1f\x8b broken", LINES]
    packed = [(), (b"content-encoding: gzip",), ()]

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.line.startswith(b"POST"):
            writer.write(http(b'{"id": "msgbatch_1"}'))
        else:
            writer.write(http(torn.pop(0), *packed.pop(0)))

    async with house_of(script, budget=10.0) as house:
        await asked(house, b"/v1/messages/batches", json.dumps({"requests": requests}).encode())
        charged = []
        for _ in range(3):
            charged.append(await spent(house))
            await asked(house, b"/v1/messages/batches/msgbatch_1/results")
        total = await spent(house)

    assert len(set(charged)) == 1
    assert total == 10 * dollars("0.003")


async def test_a_batch_that_still_runs_is_not_corrected() -> None:
    call = record(b"/v1/batches/b").call
    async with house_of(budget=1.0) as house:
        reader = BatchReader(proxy_of(house), call, "gpt-5")
        reader.feed(b'{"status": "in_progress", "usage": {"input_tokens": 5}}')
        reader.close()

    assert not reader.is_over


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"id": 3}', b"x" * 100_000])
def test_an_odd_reply_names_nothing(body: bytes) -> None:
    named = NamedReply()

    named.feed(body)
    named.close()

    assert named.id == ""


def test_what_was_done_to_a_file_is_told_of_its_batch() -> None:
    made = record(b"/v1/batches")

    take_over(made, File(9, 20, "gpt-5", 500, 300, 12))

    assert (made.plan.tokens_before, made.plan.tokens_after) == (500, 300)
    assert made.verdict == "planned"
    assert made.notes == ["a batch of 20 requests, 12 of them made shorter"]


@pytest.mark.parametrize("file", [None, File(9, 20, "gpt-5")])
def test_a_file_that_was_not_planned_tells_nothing(file: File | None) -> None:
    made = record(b"/v1/batches")

    take_over(made, file)

    assert (made.plan, made.verdict, made.notes) == (Plan(), "relayed", [])


async def test_what_all_requests_used_together_is_no_long_prompt() -> None:
    told = {"status": "completed", "usage": {"input_tokens": 1_000_000}, "model": "gpt-6.1-sol"}
    price = rates("gpt-6.1-sol", provider="openai", terms=Terms(processing="batch"))
    assert price is not None

    reader = await read(b"/v1/batches/b", json.dumps(told).encode())

    assert reader.nanos == nanos_of(price.cost(Usage(1_000)) * 1_000)
