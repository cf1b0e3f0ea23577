"""What the SDK's loggers say."""

from __future__ import annotations

import logging

import pytest

from headroom.observe.otel.quiet import THEIRS, TOLD_EVERY_S, Quiet

METRICS, TRACES = (logging.getLogger(f"{THEIRS}.exporter.{what}") for what in ("metrics", "traces"))


class Clock:
    """A clock that is set by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_each_of_their_loggers_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    quiet = Quiet(lambda: True, clock=clock)

    for _ in range(3):
        METRICS.error("Failed: %s", "401")
    TRACES.warning("Queue full")
    TRACES.info("at work")
    clock.now += TOLD_EVERY_S
    METRICS.error("Failed: %s", "503")
    quiet.close()

    told = ["Failed: 401", "Queue full", "Failed: 503"]
    assert said(caplog) == [f"OpenTelemetry: {one}" for one in told]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_one_of_several_processes_tells_it(caplog: pytest.LogCaptureFixture) -> None:
    quiet = Quiet(lambda: False)

    METRICS.error("Failed")
    quiet.close()

    assert not caplog.records


def test_they_speak_for_themselves_again_when_the_last_is_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = Quiet(lambda: True), Quiet(lambda: False)
    first.close()
    METRICS.error("held back")
    second.close()

    METRICS.error("their own")

    assert said(caplog) == ["their own"]
    assert not logging.getLogger(THEIRS).handlers


def test_one_that_is_hushed_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    quiet = Quiet(lambda: True)
    quiet.hush()

    METRICS.error("too late")
    quiet.close()

    assert not caplog.records
