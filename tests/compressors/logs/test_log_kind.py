"""What is taken for a log, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from headroom.compressors.base import Origin
from headroom.compressors.logs.log_kind import is_log, is_source, is_table
from tests.compressors.golden import cases, read

UNKNOWN = Origin()
PROSE = "It says so in the book.\n\nAnd then it goes on for a while, with an error or two.\n" * 9
CODE = (
    "def run(self):\n    try:\n        return self.pool.get()\n    except Error:\n        raise\n\n"
    * 9
)
JSON = '{"name":"ada","n":7}\n' * 20
FOUND = "".join(f"src/app.py:{n}:    raise Error({n})\n" for n in range(20))
LISTED = "".join(f"-rw-r--r-- 1 me me {n} Nov 21 10:00 {n}.log\n" for n in range(20))
ROWS = "".join(f"2024-01-02 10:00:{n:02},INFO,pool,{n},up\n" for n in range(20))
PAGE = "<!DOCTYPE html>\n<html>\n" + "<p>2024-01-02 10:00:00 ERROR</p>\n" * 20
DIFF = "diff --git a/x b/x\n@@ -1 +1 @@\n" + "-2024-01-02 10:00:00 INFO\n" * 20
PLAIN = "".join(f"step {n} of many\n" for n in range(20))


@pytest.mark.parametrize("case", cases("log_digest"), ids=lambda case: case.stem)
def test_logs_builds_and_test_runs_are_logs_by_what_they_look_like(case: Path) -> None:
    assert is_log(read(case), UNKNOWN)


@pytest.mark.parametrize(
    "text", [PROSE, CODE, JSON, FOUND, LISTED, ROWS, PAGE, DIFF, PLAIN, "", "\n\n"]
)
def test_other_kinds_are_not(text: str) -> None:
    assert not is_log(text, UNKNOWN)


@pytest.mark.parametrize(
    "command",
    [
        "pytest -q",
        "cd web && npm run build",
        "cargo build --release 2>&1 | tail -50",
        "go test ./...",
        "docker logs shop",
        "./scripts/build.sh",
        "cat /var/log/app.log",
    ],
)
def test_what_a_run_printed_is_a_log_by_the_command(command: str) -> None:
    assert is_log(PLAIN, Origin(command=command))


@pytest.mark.parametrize(
    "command", ["cat notes.md", "git log --oneline", "ls build", "echo test", "decompile rock"]
)
def test_other_commands_say_nothing(command: str) -> None:
    assert not is_log(PLAIN, Origin(command=command))


def test_what_is_of_another_kind_stays_so_whatever_was_run() -> None:
    run = Origin(command="npm test")

    assert not any(is_log(text, run) for text in (JSON, FOUND, LISTED, ROWS, PAGE, DIFF))


def test_a_report_in_xml_is_what_a_tool_printed() -> None:
    report = "<testsuite>\n" + '<testcase name="a"/>\n' * 20

    assert is_log(report, Origin(command="mvn test"))
    assert not is_log(report, UNKNOWN)


def test_objects_of_json_are_a_log_where_each_has_a_time_or_a_level() -> None:
    assert is_log('{"level":"info","msg":"up"}\n' * 20, UNKNOWN)
    assert not is_log('{"level":"info","msg":"up"}\n' * 20 + JSON, UNKNOWN)


def test_a_file_that_was_read_is_a_log_only_if_it_looks_so_all_over() -> None:
    logged = "2024-05-01 12:00:01 INFO up\n" * 20

    assert is_log(logged, Origin(path="notes/today"))
    assert not is_log(logged + CODE * 2, Origin(path="src/app.py"))


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        (Origin(path="src/app.py"), True),
        (Origin(path="out/app.log"), False),
        (Origin(command="cat src/app.py"), True),
        (Origin(command="cat app.log"), False),
        (Origin(command="make && cat src/app.py"), True),
        (Origin(command="make"), False),
        (UNKNOWN, False),
    ],
)
def test_source_is_what_was_read_and_may_be_edited(origin: Origin, source: bool) -> None:
    assert is_source(origin) == source


def test_a_table_is_what_has_commas_all_over() -> None:
    assert is_table(ROWS.split("\n"))
    assert not is_table(["a, b, c, and d", "e, f, g, and h"])
    assert not is_table([])
