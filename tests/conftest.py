"""What holds for all tests: which come first, and whose processes are measured."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent

SLOW_ROOMS = ("reliability", "proxy", "cli", "dashboard", "clients", "project")
"""Rooms whose tests start processes and wait for them, the slowest first."""

UNMEASURED_ROOMS = frozenset(
    {"reliability", "agents", "clients", "contracts", "dashboard", "gateways"}
)
"""Rooms that try the whole, or one thing on all; each line's own tests are elsewhere, and
measuring takes a third.
"""

MEASURED = frozenset(
    {
        "cli",
        "proxy/test_planner_process.py",
        "proxy/test_worker.py",
        "proxy/test_workers.py",
    }
)
"""Where lines are tried that run in processes alone."""

COVERAGE_VARIABLE = "COVERAGE_PROCESS_CONFIG"
"""A Python that starts with it measures which of its lines run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: one that comes last would be waited for by idle workers.

    What tries the whole is not measured, nor what tries one thing with a hundred inputs.
    """
    items.sort(key=_rank)
    for item in items:
        room = item.path.relative_to(TESTS).parts[0]
        if room in UNMEASURED_ROOMS or _tries_again_and_again(item):
            item.add_marker("unmeasured")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure processes of MEASURED only: it doubles what a start costs."""
    MEASURING.turn(on=item.get_closest_marker("unmeasured") is None)
    config = os.environ.get(COVERAGE_VARIABLE)
    if config is None or _is_measured(item):
        return (yield)
    del os.environ[COVERAGE_VARIABLE]
    try:
        return (yield)
    finally:
        os.environ[COVERAGE_VARIABLE] = config


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Whoever ends the measuring finds it on."""
    MEASURING.turn(on=True)


class Measuring:
    """The measuring of lines in this process, if there is any: off where it is not wanted.

    Turned where that changes only.  The mark of pytest-cov turns it for each test, which costs
    more than most tests do.
    """

    def __init__(self) -> None:
        self._paused: Any = None

    def turn(self, *, on: bool) -> None:
        """Measure from here on, or no longer."""
        if on and self._paused:
            self._paused.start()
            self._paused = None
        elif not on and not self._paused and (coverage := sys.modules.get("coverage")):
            self._paused = coverage.Coverage.current()
            if self._paused:
                self._paused.stop()


MEASURING = Measuring()


def _tries_again_and_again(item: pytest.Item) -> bool:
    """Whether it is a property: its lines are those that its examples beside it run too."""
    return getattr(getattr(item, "obj", None), "is_hypothesis_test", False)


def _rank(item: pytest.Item) -> int:
    room = item.path.relative_to(TESTS).parts[0]
    return SLOW_ROOMS.index(room) if room in SLOW_ROOMS else len(SLOW_ROOMS)


def _is_measured(item: pytest.Item) -> bool:
    place = item.path.relative_to(TESTS)
    is_meant = not MEASURED.isdisjoint(map(str, (place, *place.parents)))
    return is_meant and item.get_closest_marker("unmeasured") is None
