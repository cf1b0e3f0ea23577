"""L8 of the reliability contract: no work of more than 50 ms on the event loop."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.proxy.house import House, Seen, house_of, post
from tests.proxy.talks import body_of, log, rows

# The time that lines take is tried here: nothing else may be done at each of them.
pytestmark = pytest.mark.unmeasured

CEILING_S = 0.050
TRIES = 3
PACE_S = 0.005
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
ROUTE = "/v1/messages"
PATH = b"/v1/messages"
PACED = b'{"stream":true}'


@dataclass(slots=True)
class Pulse:
    """The longest time between two turns of the loop, in CPU time of this process.

    CPU time, because a machine that is busy with other things stops everybody for longer; of
    the process, because another thread that works may keep the loop from its turn.
    """

    longest_s: float = 0.0

    async def beat(self) -> None:
        before = time.process_time()
        while True:
            await asyncio.sleep(0)
            now = time.process_time()
            self.longest_s = max(self.longest_s, now - before)
            before = now


@asynccontextmanager
async def pulse() -> AsyncIterator[Pulse]:
    """Feel the pulse of the loop for a while."""
    felt = Pulse()
    beating = asyncio.ensure_future(felt.beat())
    try:
        yield felt
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


def megabyte() -> str:
    return "\n".join(log(number, 100) for number in range(170))


def megabyte_in_parts() -> list[str]:
    return [text for number in range(70) for text in (log(number, 100), rows(number, 120))]


class Slow:
    """An upstream that paces its streams until they are told to end."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    async def __call__(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.body != PACED:
            body = b"{}"
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
            return
        writer.write(CHUNKED)
        while not self.over.is_set():
            writer.write(b"7\r\n: pace\n\r\n")
            await asyncio.sleep(PACE_S)
        writer.write(b"0\r\n\r\n")


async def paced_while(house: House, over: asyncio.Event, request: bytes) -> tuple[int, float]:
    """How many pieces of a paced stream come while *request* is served, and its pulse."""
    client = await house.connect()
    client.writer.write(post(PATH, PACED))
    head = await client.head()
    assert head.status == 200
    async with pulse() as felt:
        asked = asyncio.ensure_future(house.ask(request))
        asked.add_done_callback(lambda _: over.set())
        pieces = 0
        while await client.chunk():
            pieces += 1
    answer = await asked
    assert answer.status == 200, answer.body[:300]
    return pieces, felt.longest_s


BODIES = {
    "one text": body_of(ROUTE, [megabyte()]),
    "many texts": body_of(ROUTE, megabyte_in_parts()),
    "many texts that nothing has cached": json.dumps(
        {"model": "m", "messages": json.loads(body_of(ROUTE, megabyte_in_parts()))["messages"]}
    ).encode(),
    "tools and system": body_of(ROUTE, [rows(1)], system=megabyte()),
    "one long word": body_of(ROUTE, ["w" * 1_000_000]),
}


async def steadiest(attempt: Callable[[], Awaitable[float]]) -> float:
    """The pulse of the first try that is below the ceiling, else that of the last.

    What holds up the loop does so each time; a processor that others slow down does not.
    """
    longest_s = await attempt()
    for _ in range(TRIES - 1):
        if longest_s < CEILING_S:
            break
        longest_s = await attempt()
    return longest_s


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("deadline_s", [10.0, 0.05])
async def test_L8_a_fresh_megabyte_holds_up_no_other_stream(name: str, deadline_s: float) -> None:
    async def attempt() -> float:
        slow = Slow()
        async with house_of(slow, plan_deadline_seconds=deadline_s) as house:
            pieces, longest_s = await paced_while(house, slow.over, post(PATH, BODIES[name]))
        assert pieces > 0
        return longest_s

    assert await steadiest(attempt) < CEILING_S


async def test_L8_the_turn_after_a_megabyte_holds_up_no_other_stream() -> None:
    texts = megabyte_in_parts()

    async def attempt() -> float:
        slow = Slow()
        async with house_of(slow, plan_deadline_seconds=10.0) as house:
            await house.ask(post(PATH, body_of(ROUTE, texts)))
            request = post(PATH, body_of(ROUTE, [*texts, log(500, 50)]))
            _, longest_s = await paced_while(house, slow.over, request)
        return longest_s

    assert await steadiest(attempt) < CEILING_S


@pytest.mark.parametrize("path", [b"/v1/messages", b"/v1/compress"])
async def test_L8_a_megabyte_that_is_bypassed_or_only_compressed_does_neither(path: bytes) -> None:
    headers = (b"x-headroom-bypass: true",) if path == PATH else ()

    async def attempt() -> float:
        slow = Slow()
        async with house_of(slow, plan_deadline_seconds=10.0) as house:
            request = post(path, BODIES["many texts"], *headers)
            _, longest_s = await paced_while(house, slow.over, request)
        return longest_s

    assert await steadiest(attempt) < CEILING_S
