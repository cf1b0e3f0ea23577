"""Lines of the log: text for people, JSON for machines, each on one line."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest

from headroom.observe import shown
from headroom.observe.entry import entry_of
from headroom.observe.log_format import JsonFormatter, TextFormatter, json_line, one_line
from tests.observe.outcomes import planned


def said(message: str, *arguments: object, name: str = "headroom.requests", **more: Any) -> Any:
    made = {"name": name, "msg": message, "args": arguments, "levelno": 30, "levelname": "WARNING"}
    return logging.makeLogRecord({**made, "created": 1_790_000_000.25, **more})


def failed(error: Exception) -> Any:
    try:
        raise error
    except type(error) as caught:
        return (type(caught), caught, caught.__traceback__)


def test_a_line_says_when_how_grave_and_what() -> None:
    line = TextFormatter().format(said("hr_1 %s", "planned"))

    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d WARNING hr_1 planned", line)


def test_others_are_named_and_one_of_several_processes_too() -> None:
    line = TextFormatter(process="4711").format(said("lost", name="uvicorn.error"))

    assert line.endswith(" WARNING [4711] uvicorn.error: lost")


def test_colours_are_for_terminals() -> None:
    assert "\x1b[33mWARNING\x1b[0m" in TextFormatter(coloured=True).format(said("x"))
    assert "\x1b" not in TextFormatter().format(said("x"))
    plain = said("x", levelname="INFO")
    assert "\x1b" not in TextFormatter(coloured=True).format(plain)


@pytest.mark.parametrize("hostile", ["a\nb", "a\r\nb", "\x1b[2J", "a\u2028b", "\x00", "é\x85"])
def test_S4_what_does_not_print_is_escaped(hostile: str) -> None:
    line = TextFormatter().format(said("model %s", hostile))

    assert line.isprintable()
    assert one_line("é→") == "é→"
    told = JsonFormatter().format(said("model %s", hostile))
    assert (told.isascii(), len(told.splitlines())) == (True, 1)
    assert json.loads(told)["message"] == f"model {hostile}"


def test_json_says_the_same_by_names() -> None:
    told = json.loads(JsonFormatter(process="4711").format(said("lost", name="uvicorn.error")))

    assert told == {
        "time": "2026-09-21T14:13:20.250Z",
        "level": "warning",
        "logger": "uvicorn.error",
        "message": "lost",
        "process": "4711",
    }


def test_a_request_has_the_fields_of_the_log_file() -> None:
    told = json.loads(JsonFormatter().format(said("hr_1", outcome=planned())))

    assert told["request"] == json.loads(json_line(shown.request(entry_of(planned()))))


def test_S3_of_an_exception_its_kind_and_place_are_told_and_not_its_text() -> None:
    record = said("it failed", exc_info=failed(ValueError("sk-ant-secret")))

    text, told = TextFormatter().format(record), JsonFormatter().format(record)

    assert "sk-ant" not in text + told
    first, place, kind = text.splitlines()
    assert first.endswith("it failed")
    assert re.fullmatch(r"    .*test_log_format.py:\d+ in failed", place)
    assert kind == "    ValueError"
    assert json.loads(told)["trace"] == [place.strip(), kind.strip()]


def test_S3_of_what_asyncio_says_only_the_first_line_is_told() -> None:
    record = said("Task exception was never retrieved\nfuture: <sk-ant>", name="asyncio")

    assert TextFormatter().format(record).endswith("asyncio: Task exception was never retrieved")
    assert "sk-ant" not in JsonFormatter().format(record)


def test_characters_beyond_the_first_plane_are_pairs() -> None:
    assert json_line({"a": "😀é"}) == '{"a":"\\ud83d\\ude00\\u00e9"}'
