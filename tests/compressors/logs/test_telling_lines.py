"""What single lines of many tools tell."""

from __future__ import annotations

import pytest

from headroom.compressors.logs.telling_lines import looked_at


def tells(line: str) -> str:
    """What one line tells."""
    return looked_at([line])[0].tells


@pytest.mark.parametrize(
    "line",
    [
        "2024-05-01 12:00:01 ERROR pool: lost",
        "ValueError: no such thing",
        "FAILED tests/test_a.py::test_b - assert 1 == 2",
        "E       assert 1 == 2",
        "npm ERR! code ELIFECYCLE",
        "src/app.ts(4,2): error TS2339: no",
        "  ✕ adds two numbers",
        "panic: runtime error",
        "sh: 1: tsc: not found",
        "\x1b[31mFAIL\x1b[0m src/a.test.js",
        "#9 12.34 ERROR: no matching distribution",
        "connection refused by peer",
    ],
)
def test_errors(line: str) -> None:
    assert tells(line) == "error"


@pytest.mark.parametrize(
    "line",
    [
        "==== 3 failed, 120 passed in 4.2s ====",
        "Tests:       1 failed, 2 passed, 3 total",
        "ok  \tshop/store\t0.052s",
        "test result: ok. 25 passed; 0 failed; 0 ignored",
        "BUILD SUCCESSFUL in 3s",
        "added 112 packages in 4s",
        "found 0 vulnerabilities",
        "Found 2 errors in 2 files.",
        "0 upgraded, 9 newly installed, 0 to remove and 19 not upgraded.",
        "process exited with code 1",
        "Successfully installed flask-3.1.1",
    ],
)
def test_outcomes(line: str) -> None:
    assert tells(line) == "outcome"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("[WARNING] 2024 option is deprecated", "warning"),
        ("warning: unused variable: `tax`", "warning"),
        ("#7 [3/5] RUN pip install .", "step"),
        ("> Task :compileJava", "step"),
        ("+ cc -c main.c", "step"),
        ("tests/test_a.py::test_b PASSED   [ 12%]", "passed"),
        ("--- PASS: TestAdd (0.00s)", "passed"),
        ("test prices::cents ... ok", "passed"),
        ("  ✓ adds (2 ms)", "passed"),
        ("  Downloading flask-3.1.1-py3-none-any.whl (3.0 kB)", "progress"),
        ("checking for string.h... yes", "progress"),
        ("numpy    ------------------------------ 9.85 MiB/16.02 MiB", "progress"),
        ("pip-25.1 | 1.3 MB    | ########## | 100% ", "progress"),
        ("[stage 1] Compiling src/a.c", "progress"),
        ("", ""),
        ("2024-05-01 12:00:01 INFO order 7 paid", ""),
        ("finished with no errors", ""),
        ("12:00:01 errors: 0", ""),
    ],
)
def test_other_lines(line: str, what: str) -> None:
    assert tells(line) == what


def test_a_line_is_looked_at_without_its_time_and_its_numbers() -> None:
    [line] = looked_at(["\x1b[32m2024-05-01 12:00:01 INFO order 71 paid\x1b[0m  \r\n"])

    assert line.text == "2024-05-01 12:00:01 INFO order 71 paid"
    assert line.event == " INFO order 71 paid"
    assert line.wording == " INFO order  paid"
    assert (line.stamp, line.level) == ("2024-05-01 12:00:01", "INFO")
