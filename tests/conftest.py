"""What holds for all tests: which come first, and whose processes are measured."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

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

    What tries the whole is not measured.
    """
    items.sort(key=_rank)
    for item in items:
        if item.path.relative_to(TESTS).parts[0] in UNMEASURED_ROOMS:
            item.add_marker("no_cover")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure processes of MEASURED only: it doubles what a start costs."""
    config = os.environ.get(COVERAGE_VARIABLE)
    if config is None or _is_measured(item):
        return (yield)
    del os.environ[COVERAGE_VARIABLE]
    try:
        return (yield)
    finally:
        os.environ[COVERAGE_VARIABLE] = config


def _rank(item: pytest.Item) -> int:
    room = item.path.relative_to(TESTS).parts[0]
    return SLOW_ROOMS.index(room) if room in SLOW_ROOMS else len(SLOW_ROOMS)


def _is_measured(item: pytest.Item) -> bool:
    place = item.path.relative_to(TESTS)
    is_meant = not MEASURED.isdisjoint(map(str, (place, *place.parents)))
    return is_meant and item.get_closest_marker("no_cover") is None
