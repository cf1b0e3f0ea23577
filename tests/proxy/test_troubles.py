"""Warnings of what may go wrong with every request."""

from __future__ import annotations

import logging

import pytest

from headroom.proxy.troubles import SECONDS_BETWEEN, Troubles
from tests.support.clock import Clock

logger = logging.getLogger(__name__)


def test_each_kind_is_told_once_a_minute_with_the_number_of_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    troubles = Troubles(clock)

    for _ in range(3):
        troubles.warn(logger, "the disk is full", "no space")
    troubles.warn(logger, "the moon is full", "tides")
    clock.now += SECONDS_BETWEEN
    troubles.warn(logger, "the disk is full", "no space")

    assert caplog.messages == [
        "the disk is full: no space",
        "the moon is full: tides",
        "the disk is full: no space (2 more since this was last told)",
    ]
