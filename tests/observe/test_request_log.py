"""The log file follows the journal: every request once, whoever writes it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headroom.errors import StoreError
from headroom.observe import request_log
from headroom.observe.chronicle import Chronicle
from headroom.observe.content import Content
from headroom.observe.entry import Entry, entry_of
from headroom.observe.line_file import LineFile
from headroom.observe.request_log import (
    MOST_TOLD,
    RequestLog,
    Written,
    line,
    name_of,
    open_request_log,
    untold,
)
from headroom.observe.statistics import Record
from headroom.state.backends.memory import MemoryStore
from headroom.state.journal import Journal
from headroom.state.workspace import Lead
from tests.observe.outcomes import NOON, planned, record


class House:
    """A journal, and those who write it and the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = MemoryStore()
        self.journal = Journal(self.store)
        self.chronicle = Chronicle(self.journal, process="reader")
        self.first: dict[str, int] = {}

    async def ended(self, *names: str, process: str = "one", machine: str = "") -> int:
        first = self.first.get(process, 1)
        self.first[process] = first + len(names)
        made = record(first, *(planned(request_id=name) for name in names), process=process)
        return await self.put(msgspec.structs.replace(made, machine=machine))

    async def put(self, made: Record) -> int:
        return await self.journal.append(msgspec.msgpack.encode(made))

    def log(self, *, since: float = NOON - 1, **changes: Any) -> RequestLog:
        file = LineFile(self.path)
        return RequestLog(file, self.chronicle, self.journal, clock=lambda: since, **changes)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.path.read_bytes().splitlines()]

    def told(self) -> list[str]:
        return [one["request_id"] for one in self.lines()]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "log.jsonl")


async def test_each_request_is_a_line_with_the_number_of_its_record(house: House) -> None:
    log = house.log()
    await log.catch_up()
    await house.ended("hr_1", "hr_2")
    await house.ended("hr_3")

    await log.catch_up()
    await log.catch_up()

    assert [(one["record"], one["request_id"]) for one in house.lines()] == [
        (1, "hr_1"), (1, "hr_2"), (2, "hr_3"),
    ]  # fmt: skip


async def test_machines_whose_files_have_one_name_do_not_go_by_each_other(
    house: House, tmp_path: Path
) -> None:
    here = house.log(machine="here")
    await here.catch_up()
    await house.ended("hr_1", process="a", machine="here")
    await here.catch_up()
    await house.ended("hr_2", process="a", machine="here")
    house.path.rename(tmp_path / "rotated")
    there = house.log(machine="there")
    await there.catch_up()
    await house.ended("hr_3", process="b", machine="there")
    await there.catch_up()
    house.path.unlink()

    await house.log(machine="here").catch_up()

    assert house.told() == ["hr_2"]


async def test_what_had_ended_before_it_was_asked_for_is_not_written(house: House) -> None:
    await house.ended("hr_1")
    log = house.log(since=NOON + 1)

    await log.catch_up()

    assert not house.path.exists()


async def test_what_ended_while_the_store_did_not_answer_is_written(house: House) -> None:
    await house.ended("hr_1")
    log = house.log(since=NOON - 1)

    await log.catch_up()

    assert house.told() == ["hr_1"]


async def test_M6_what_was_written_to_the_journal_twice_is_told_once(house: House) -> None:
    log = house.log()
    await log.catch_up()
    twice = record(1, planned(request_id="hr_1"), planned(request_id="hr_2"))
    await house.put(twice)
    await log.catch_up()
    await house.put(twice)
    await house.put(record(2, planned(request_id="hr_2"), planned(request_id="hr_3")))

    await log.catch_up()

    assert house.told() == ["hr_1", "hr_2", "hr_3"]


async def test_G1_another_process_goes_on_where_the_file_ends(house: House) -> None:
    first = house.log()
    await first.catch_up()
    await house.ended("hr_1")
    await first.catch_up()
    kept = await house.journal.sums(f"log-{name_of(house.path)}")
    assert kept is not None
    number = await house.ended("hr_2", "hr_3", "hr_4")
    with house.path.open("ab") as file:
        # Killed in the middle of a line, and before it was noted how far it had come.
        file.write(line(number, entry_of(planned(request_id="hr_2"))) + b'{"record":2,"requ')

    await house.log().catch_up()
    await house.ended("hr_5")
    await house.log().catch_up()

    assert house.told() == ["hr_1", "hr_2", "hr_3", "hr_4", "hr_5"]


async def test_G1_it_goes_on_also_where_the_file_was_rotated_away(house: House) -> None:
    first = house.log()
    await first.catch_up()
    await house.ended("hr_1", "hr_2")
    await first.catch_up()
    house.path.rename(house.path.with_suffix(".1"))
    await house.ended("hr_3")

    await house.log().catch_up()

    assert house.told() == ["hr_3"]


async def test_G1_what_is_told_twice_in_the_journal_is_known_after_a_takeover(
    house: House,
) -> None:
    first = house.log()
    await first.catch_up()
    once = record(1, planned(request_id="hr_1"))
    await house.put(once)
    await first.catch_up()
    number = await house.ended("hr_2", process="two")
    with house.path.open("ab") as file:
        file.write(line(number, entry_of(planned(request_id="hr_2"))))
    await house.put(once)
    await house.put(record(1, planned(request_id="hr_2"), process="two"))

    await house.log().catch_up()

    assert house.told() == ["hr_1", "hr_2"]


@pytest.mark.parametrize(
    "last", [b"", b"no json\n", b'{"record":1,"request_id":"hr_other"}\n', b'{"record":-9}\n']
)
async def test_a_file_of_another_journal_is_gone_on_with(house: House, last: bytes) -> None:
    log = house.log()
    await log.catch_up()
    await house.ended("hr_1")
    house.path.write_bytes(last)

    await house.log().catch_up()

    assert house.path.read_bytes().startswith(last)
    assert house.path.read_bytes().splitlines()[-1].startswith(b'{"record":1,"request_id":"hr_1"')


async def test_a_journal_that_is_begun_anew_is_followed(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    log = house.log()
    for name in ("hr_1", "hr_2", "hr_3"):
        await house.ended(name)
    await log.catch_up()
    house.store._logs.clear()
    await house.ended("hr_4")

    await log.catch_up()

    assert house.told() == ["hr_1", "hr_2", "hr_3", "hr_4"]
    assert "begun anew" in caplog.text


async def test_only_requests_of_this_machine_are_written(house: House) -> None:
    log = house.log(machine="here")
    await log.catch_up()
    await house.ended("hr_1", machine="here")
    await house.ended("hr_2", process="two", machine="there")
    await house.ended("hr_3", machine="here")

    await log.catch_up()

    assert house.told() == ["hr_1", "hr_3"]


async def test_one_of_several_processes_writes(house: House, tmp_path: Path) -> None:
    lead = Lead(tmp_path / "lock")
    leading = house.log(lead=lead)
    # The lock is between processes: in one, the second sees what another would.
    other = house.log(lead=Taken(tmp_path / "lock"))
    await leading.catch_up()
    await house.ended("hr_1")

    await other.catch_up()
    assert not house.path.exists()
    await leading.catch_up()

    assert house.told() == ["hr_1"]
    lead.release()


class Taken(Lead):
    """What another process has."""

    def take(self) -> bool:
        return False


async def test_G4_what_cannot_be_written_is_written_later(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    house.path = house.path.parent / "missing" / "log.jsonl"
    log = house.log()
    await log.catch_up()
    await house.ended("hr_1")
    await log.catch_up()
    await log.catch_up()
    problem = log.problem
    house.path.parent.mkdir()
    await house.ended("hr_2")

    await log.catch_up()

    assert house.told() == ["hr_1", "hr_2"]
    assert (problem, log.problem) == ("No such file or directory", "")
    warnings = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "cannot be written (No such file or directory); requests go on" in warnings[0]
    assert "is written again" in caplog.text


async def test_a_store_that_does_not_answer_is_waited_for(house: House) -> None:
    class Down(Journal):
        __slots__ = ()

        async def sums(self, name: str) -> bytes | None:
            raise StoreError("it is down")

    log = house.log()
    log._journal = Down(house.store)
    await log.catch_up()
    log._journal = house.journal
    await house.ended("hr_1")

    await log.catch_up()

    assert house.told() == ["hr_1"]


async def test_what_was_said_is_written_where_it_is_asked_for_and_forgotten(house: House) -> None:
    content = Content(b'{"messages":["a\\u2028b"]}')
    content.hear("c\u2028d\x85e")
    log = house.log(with_messages=True)
    await log.catch_up()
    await house.journal.keep_contents({"hr_1": content.packed(), "hr_other": b"x"})
    await house.ended("hr_1", "hr_2")

    await log.catch_up()

    first, second = house.lines()
    assert (first["messages"], first["reply"]) == (["a\u2028b"], "c\u2028d\x85e")
    assert len(house.path.read_text("utf-8").splitlines()) == 2
    assert not {"messages", "reply", "reply_calls", "truncated"} & set(second)
    assert list(await house.journal.contents(["hr_1", "hr_other"])) == ["hr_other"]


async def test_S3_without_being_asked_for_nothing_that_was_said_is_written(house: House) -> None:
    log = house.log()
    await log.catch_up()
    await house.journal.keep_contents({"hr_1": Content(b'{"messages":["a"]}').packed()})
    await house.ended("hr_1")

    await log.catch_up()

    assert "messages" not in house.lines()[0]


@asynccontextmanager
async def opened(house: House) -> AsyncIterator[RequestLog]:
    folder = house.path.parent / "workspace"
    async with open_request_log(house.path, house.chronicle, house.journal, folder=folder) as log:
        yield log


async def test_while_it_is_open_it_follows_and_at_the_end_all_is_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_log, "LOOK_S", 0.01)
    monkeypatch.setattr("time.time", lambda: NOON)
    async with opened(house):
        await house.ended("hr_1")
        async with asyncio.timeout(5):
            while not house.path.exists() or house.told() != ["hr_1"]:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        monkeypatch.setattr(request_log, "LOOK_S", 60.0)
        await house.ended("hr_2")

    assert house.told() == ["hr_1", "hr_2"]


def entries(count: int) -> tuple[Entry, ...]:
    return tuple(entry_of(planned(request_id=f"hr_{n}")) for n in range(count))


def test_a_record_that_is_larger_than_what_is_written_at_once_is_taken_in_parts() -> None:
    records = [(7, Record("one", 1, entries(5))), (8, Record("two", 1, entries(1)))]
    at, parts = Written(), []

    while True:
        lines, then = untold(at, records, "", most=2)
        if then == at:
            break
        at = then
        parts.append([entry.id for _, entry in lines])

    assert parts == [["hr_0", "hr_1"], ["hr_2", "hr_3"], ["hr_4", "hr_0"]]
    assert at == Written(8, MOST_TOLD, {"one": 5, "two": 1})


def test_S4_a_line_is_one_line_whatever_its_words_hold() -> None:
    hostile = planned(
        request_id="hr_1", model='x\n{"record":2}\u2028"\x00é', notes=("a\nb",), failed="c\r\nd"
    )

    told = line(1, entry_of(hostile))

    assert told.count(b"\n") == 1
    assert len(told.decode().splitlines()) == 1
    assert json.loads(told)["model"] == 'x?{"record":2}?"??'


def test_a_content_that_cannot_be_read_is_left_out() -> None:
    assert "messages" not in json.loads(line(1, entry_of(planned()), b"\xff"))
