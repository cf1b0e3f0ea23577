"""The log of a process is set up once."""

from __future__ import annotations

import io
import json
import logging
import os
import warnings
from collections.abc import Iterator

import pytest

from headroom.observe.log_lines import Lines
from headroom.observe.log_setup import configure, configure_ours
from headroom.settings import Settings

OURS = logging.getLogger("headroom")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What is set up for the process is taken back."""
    root = logging.getLogger()
    before = (root.level, OURS.level, OURS.propagate)
    yield
    for logger in (root, OURS):
        for handler in [one for one in logger.handlers if isinstance(one, Lines)]:
            logger.removeHandler(handler)
    root.setLevel(before[0])
    OURS.setLevel(before[1])
    OURS.propagate = before[2]
    logging.captureWarnings(capture=False)


def told(stream: io.StringIO, lines: Lines) -> list[str]:
    lines.flush()
    return stream.getvalue().splitlines()


def test_requests_are_told_from_info_on_and_libraries_from_warning_on() -> None:
    stream = io.StringIO()
    lines = configure(Settings(), stream, {})

    logging.getLogger("headroom.requests").info("hr_1")
    logging.getLogger("headroom.requests").debug("no")
    logging.getLogger("uvicorn.error").info("no")
    logging.getLogger("uvicorn.error").warning("lost")

    assert [one.split(maxsplit=2)[2] for one in told(stream, lines)] == [
        "INFO    hr_1",
        "WARNING uvicorn.error: lost",
    ]


def test_S3_at_any_level_libraries_tell_only_what_went_wrong() -> None:
    stream = io.StringIO()
    lines = configure(Settings(log_level="debug"), stream, {})

    OURS.debug("ours")
    logging.getLogger("websockets.client").debug("> x-api-key: sk-ant")

    assert [one.split(maxsplit=2)[2] for one in told(stream, lines)] == ["DEBUG   ours"]


def test_only_errors_are_told_where_only_they_are_asked_for() -> None:
    stream = io.StringIO()
    lines = configure(Settings(log_level="error"), stream, {})

    logging.getLogger("headroom.requests").warning("no")
    logging.getLogger("uvicorn.error").warning("no")
    logging.getLogger("uvicorn.error").error("broke")

    assert len(told(stream, lines)) == 1


def test_set_up_twice_a_line_is_written_once() -> None:
    stream = io.StringIO()
    configure(Settings(), io.StringIO(), {})
    lines = configure(Settings(log_format="json"), stream, {}, several=True)

    OURS.warning("once")

    (line,) = told(stream, lines)
    assert json.loads(line)["process"] == str(os.getpid())


def test_warnings_of_python_are_lines_too() -> None:
    stream = io.StringIO()
    lines = configure(Settings(), stream, {})

    # As it is by default; a test run makes errors of them.
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("old", stacklevel=1)

    (line,) = told(stream, lines)
    assert "UserWarning: old" in line


@pytest.mark.parametrize(
    ("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_a_terminal_has_colours_unless_it_says_otherwise(
    environ: dict[str, str], coloured: bool
) -> None:
    stream = Terminal()
    lines = configure(Settings(), stream, environ)

    OURS.warning("x")

    assert ("\x1b" in told(stream, lines)[0]) == coloured


def test_under_another_server_only_what_we_say_is_formed_by_us() -> None:
    stream = io.StringIO()
    configure_ours(Settings(), io.StringIO(), {})
    lines = configure_ours(Settings(log_format="json"), stream, {})

    OURS.info("ours")
    logging.getLogger("gunicorn.error").error("theirs")

    assert [json.loads(one)["message"] for one in told(stream, lines)] == ["ours"]
