"""A handler that waits for nobody."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import threading

import pytest

from headroom.observe import log_lines
from headroom.observe.log_lines import Lines


class Stalled(io.StringIO):
    """A terminal that takes nothing until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()
        self.reached = threading.Event()

    def write(self, text: str) -> int:
        self.reached.set()
        self.goes_on.wait(10)
        return super().write(text)


def log_to(lines: Lines) -> logging.Logger:
    logger = logging.Logger("headroom.test")  # noqa: LOG001 - one that nobody else has
    logger.addHandler(lines)
    return logger


def test_lines_are_written_in_order() -> None:
    stream = io.StringIO()
    lines = Lines(stream)
    logger = log_to(lines)

    for number in range(100):
        logger.warning("line %d", number)
    lines.flush()

    assert stream.getvalue() == "".join(f"line {number}\n" for number in range(100))


def test_a_process_that_was_forked_writes_its_own_lines() -> None:
    script = (
        "import logging, os, sys\n"
        "from headroom.observe.log_lines import Lines\n"
        "lines = Lines(sys.stderr)\n"
        "logging.getLogger().addHandler(lines)\n"
        "logging.warning('before')\n"
        "lines.flush()\n"
        "if child := os.fork():\n"
        "    os.waitpid(child, 0)\n"
        "else:\n"
        "    logging.warning('of the child')\n"
        "    lines.flush()\n"
        "    os._exit(0)\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert done.stderr == b"before\nof the child\n"


def test_L8_a_terminal_that_is_held_up_holds_up_nobody() -> None:
    stream = Stalled()
    lines = Lines(stream, most=3)
    logger = log_to(lines)
    logger.warning("first")
    assert stream.reached.wait(5)

    for number in range(10):
        logger.warning("line %d", number)

    assert lines.lost == 7
    stream.goes_on.set()
    lines.flush()
    logger.warning("later")
    lines.flush()
    assert stream.getvalue().splitlines() == [
        "first", "line 0", "line 1", "line 2",
        "7 lines were not written: nobody took them", "later",
    ]  # fmt: skip


def test_who_ends_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "FLUSH_S", 0.01)
    stream = Stalled()
    lines = Lines(stream)
    log_to(lines).warning("first")

    lines.flush()

    assert stream.getvalue() == ""
    stream.goes_on.set()


def test_words_that_do_not_fit_are_told_as_they_are() -> None:
    stream = io.StringIO()
    lines = Lines(stream)

    log_to(lines).warning("%d and %d", "one")
    lines.flush()

    assert stream.getvalue() == "%d and %d\n"


def test_a_stream_that_is_closed_is_nobodys_trouble() -> None:
    stream = io.StringIO()
    stream.close()
    lines = Lines(stream)

    log_to(lines).warning("x")
    lines.flush()

    assert lines.lost == 0
