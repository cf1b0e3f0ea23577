"""All that one process exports."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import pytest

from headroom.observe.otel.exports import Exports
from headroom.observe.otel.wanted import switched_on
from headroom.outcome import Outcome
from headroom.settings import Settings
from tests.support.collector import Collector, collector

OUTCOME = Outcome("hr_1", "planned", route="/v1/messages", provider="anthropic", model="m", at=9.0)


def to_collector(receiver: Collector, **given: Any) -> Exports:
    settings = Settings(
        otel_metrics_enabled=True,
        otel_metrics_endpoint=receiver.url,
        otel_traces_enabled=True,
        otel_traces_endpoint=receiver.url,
        **given,
    )
    return Exports(settings, switched_on(settings), version="1.2", speaks=lambda: True)


def test_a_process_has_one_name_in_all_that_it_exports_and_another_one_another() -> None:
    with collector() as receiver:
        for _ in range(2):
            exports = to_collector(receiver, otel_service_name="gateway")
            exports.sink.take(OUTCOME)
            exports.end(5.0)

    assert len(receiver.posted) == 4
    assert {whose["service.name"] for whose in receiver.resources()} == {"gateway"}
    assert len({whose["service.instance.id"] for whose in receiver.resources()}) == 2


def test_a_batch_of_spans_is_sent_before_the_end() -> None:
    with collector() as receiver:
        exports = to_collector(receiver, otel_metrics_export_interval_ms=3_600_000)
        exports.sink.take(OUTCOME)
        receiver.wait_for(1)

        assert [posted.path for posted in receiver.posted] == ["/v1/traces"]
        exports.end(5.0)


def test_T4_who_hangs_already_is_not_waited_for_and_it_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with collector(None) as receiver:
        exports = to_collector(receiver, otel_metrics_export_interval_ms=100)
        exports.sink.take(OUTCOME)
        receiver.wait_for(2)
        before = set(threading.enumerate())

        begun = time.monotonic()
        exports.end(0.3)
        took = time.monotonic() - begun
        ending = set(threading.enumerate()) - before

    assert took < 3
    for thread in ending:
        thread.join(20)
    assert [record.getMessage() for record in caplog.records] == [
        "OpenTelemetry: what was left to be exported was not taken in time"
    ]
    assert logging.getLogger("opentelemetry").handlers == []


def test_who_begins_to_lead_while_it_stops_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with collector(401) as receiver:
        settings = Settings(otel_traces_enabled=True, otel_traces_endpoint=receiver.url)
        exports = Exports(
            settings,
            switched_on(settings),
            version="1.2",
            speaks=lambda: bool(receiver.posted),
        )
        exports.sink.take(OUTCOME)
        exports.end(5.0)

    assert receiver.posted
    assert not [record for record in caplog.records if record.name.startswith("headroom")]


def test_no_thread_of_it_keeps_a_process_alive() -> None:
    with collector(None) as receiver:
        before = set(threading.enumerate())
        exports = to_collector(receiver)
        exports.sink.take(OUTCOME)
        exports.end(0.1)
        ours = set(threading.enumerate()) - before

    assert all(thread.daemon for thread in ours if "process_request" not in thread.name)
