"""One line per request, of a fixed set of fields."""

from __future__ import annotations

import dataclasses
import logging
from decimal import Decimal

import pytest

from headroom.observe.log import LogLine, line
from headroom.outcome import Outcome, Verdict

PLANNED = Outcome(
    "hr_1",
    "planned",
    method="POST",
    route="/v1/messages",
    provider="anthropic",
    model="claude",
    status=200,
    tokens_before=1000,
    tokens_after=600,
    overhead_ms=1.25,
    total_ms=900.4,
)


def test_a_planned_request_is_told_with_its_tokens_and_times() -> None:
    assert line(PLANNED) == (
        "hr_1 planned POST /v1/messages 200 claude about 1000→600 tokens +1.2 ms of 900 ms"
    )


def test_a_relayed_request_is_told_by_its_provider() -> None:
    relayed = Outcome("hr_2", "relayed", method="GET", provider="openai", status=404)

    assert line(relayed) == "hr_2 relayed GET openai 404 +0.0 ms of 0 ms"


def test_a_failed_compression_says_why() -> None:
    failed = Outcome("hr_3", "planned", failed="no plan within 2 s")

    assert line(failed).endswith("compression=failed (no plan within 2 s)")


def test_what_it_cost_is_told_with_what_was_saved_or_lost_over_going_direct() -> None:
    priced = dataclasses.replace(
        PLANNED, units=1.0, direct_units=1.0, cost=Decimal("0.01234"), direct_cost=Decimal("0.0345")
    )
    dearer = dataclasses.replace(priced, direct_cost=Decimal("0.01"))

    assert "1000→600 tokens $0.0123, saved $0.0222 +1.2 ms" in line(priced)
    assert "tokens $0.0123, lost $0.0023 +1.2 ms" in line(dearer)


def test_without_a_price_units_are_told() -> None:
    unpriced = dataclasses.replace(PLANNED, units=100.0, direct_units=900.4)

    assert "tokens price unknown, saved 800 units +1.2 ms" in line(unpriced)


def test_notes_come_last() -> None:
    assert line(dataclasses.replace(PLANNED, notes=("one", "two"))).endswith("ms (one) (two)")


@pytest.mark.parametrize(
    ("verdict", "failed", "level"),
    [
        ("planned", "", logging.INFO),
        ("refused", "", logging.INFO),
        ("client_left", "", logging.INFO),
        ("planned", "late", logging.WARNING),
        ("upstream_failed", "", logging.WARNING),
        ("cut", "", logging.WARNING),
    ],
)
def test_what_went_wrong_is_a_warning(
    verdict: Verdict, failed: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    LogLine().take(Outcome("hr_4", verdict, failed=failed))

    [record] = caplog.records
    assert record.name == "headroom.requests"
    assert record.levelno == level
    assert record.getMessage().startswith("hr_4 ")


def test_nothing_is_said_below_the_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)

    LogLine().take(PLANNED)

    assert caplog.records == []
