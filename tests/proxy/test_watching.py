"""A reply is watched, and never harmed by it."""

from __future__ import annotations

import dataclasses
import gzip
import json
import logging
from typing import Any

import pytest

from headroom.outcome import Usage
from headroom.proxy.call import read_head
from headroom.proxy.record import Record
from headroom.proxy.watching import Watching
from tests.proxy.house import house_of
from tests.proxy.talks import planning_of

REPLY = {"type": "message", "content": [], "usage": {"input_tokens": 3, "output_tokens": 2}}


class Reply:
    """A reply's head, as far as it is looked at."""

    is_streamed = False

    def __init__(self, encoding: bytes | None = None) -> None:
        self.encoding = encoding

    def header(self, name: bytes) -> bytes | None:
        return self.encoding


def record() -> Record:
    async def receive() -> dict[str, Any]:
        return {}

    scope = {
        "method": "POST", "raw_path": b"/v1/messages", "query_string": b"", "headers": [],
    }  # fmt: skip
    return Record(read_head(scope, receive))


@pytest.mark.parametrize("packed", [False, True])
async def test_what_a_reply_says_of_usage_enters_the_record(packed: bool) -> None:
    body = json.dumps(REPLY).encode()
    seen = record()
    async with house_of() as house:
        reply: Any = Reply(b"gzip" if packed else None)
        watching = Watching(planning_of(house), seen, reply)

        watching.see(gzip.compress(body) if packed else body)
        watching.close()

    assert seen.usage == Usage(input_tokens=3, output_tokens=2)


async def test_what_fails_ends_the_watching_and_tells_no_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing:
        def reply_reader(self, *, streaming: bool) -> Any:
            raise NotImplementedError

    class Reader:
        fed = 0

        def feed(self, chunk: bytes) -> Any:
            self.fed += 1
            raise ValueError(chunk)

        def close(self) -> Any:
            raise ValueError

    reader = Reader()
    failing: Any = Failing()
    failing.reply_reader = lambda *, streaming: reader
    async with house_of() as house:
        planning = dataclasses.replace(planning_of(house), formats={"anthropic": failing})
        reply: Any = Reply()
        watching = Watching(planning, record(), reply)

        with caplog.at_level(logging.WARNING):
            watching.see(b"secret")
            watching.see(b"secret")
        watching.close()

    assert reader.fed == 1
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text


async def test_a_reader_that_fails_at_the_end_harms_no_reply() -> None:
    class Failing:
        def feed(self, data: bytes) -> tuple[()]:
            return ()

        def close(self) -> tuple[()]:
            raise ValueError("odd")

    seen = record()
    async with house_of() as house:
        reply: Any = Reply()
        watching = Watching(planning_of(house), seen, reply, reader=Failing())
        watching.see(b"{}")
        watching.close()

    assert seen.usage is None
