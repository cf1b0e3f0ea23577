"""Opening what is switched on."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_CUMULATIVE

from headroom.observe.otel import opening
from headroom.observe.otel.opening import open_exports
from headroom.outcome import Outcome, Usage
from headroom.settings import Settings
from tests.support.collector import Collector, collector

OUTCOME = Outcome(
    "hr_1",
    "planned",
    route="/v1/messages",
    provider="anthropic",
    model="m",
    status=200,
    usage=Usage(10, 5),
    at=1_000.0,
    asked="canary-in-a-prompt",
    answered="canary-in-a-reply",
)
KEYS = {"langfuse_public_key": "pk-lf-1", "langfuse_secret_key": "sk-lf-canary"}


async def exported(**given: Any) -> None:
    settings = Settings(**given)
    async with open_exports(settings, version="1.2", speaks=lambda: True) as sinks:
        for sink in sinks:
            sink.take(OUTCOME)


def to_langfuse(receiver: Collector, **given: Any) -> dict[str, Any]:
    return {"langfuse_enabled": True, "langfuse_base_url": receiver.url, **KEYS, **given}


async def test_by_default_there_is_no_sink() -> None:
    async with open_exports(Settings(), version="1", speaks=lambda: True) as sinks:
        assert sinks == []


async def test_metrics_are_sent_at_the_end_with_the_headers_that_were_given() -> None:
    with collector() as receiver:
        await exported(
            otel_metrics_enabled=True,
            otel_metrics_endpoint=receiver.url,
            otel_metrics_headers="x-key=a%20b,x-other=c",
            otel_service_name="gateway",
            otel_resource_attributes="team=red",
        )

    (posted,) = receiver.posted
    assert (posted.path, posted.headers["x-key"]) == ("/v1/metrics", "a b")
    assert receiver.sums()["headroom.proxy.tokens.input"] == 10
    (whose,) = receiver.resources()
    assert (whose["service.name"], whose["team"]) == ("gateway", "red")


async def test_an_address_with_a_path_is_used_as_it_is() -> None:
    with collector() as receiver:
        await exported(otel_traces_enabled=True, otel_traces_endpoint=f"{receiver.url}/mine/traces")

    assert [posted.path for posted in receiver.posted] == ["/mine/traces"]


async def test_langfuse_gets_traces_where_and_how_it_documents() -> None:
    with collector() as receiver:
        await exported(**to_langfuse(receiver, langfuse_service_name="gateway"))

    (posted,) = receiver.posted
    assert posted.path == "/api/public/otel/v1/traces"
    assert posted.headers["x-langfuse-ingestion-version"] == "4"
    basic = base64.b64encode(b"pk-lf-1:sk-lf-canary").decode()
    assert posted.headers["authorization"] == f"Basic {basic}"
    assert receiver.resources()[0]["service.name"] == "gateway"
    assert receiver.spans()[0].name == "chat m"


async def test_S3_content_goes_to_langfuse_alone_and_only_where_it_was_asked_for() -> None:
    with collector() as receiver, collector() as other:
        await exported(**to_langfuse(receiver))
        assert all(b"canary-in" not in posted.plain for posted in receiver.posted)
        plain = {"otel_traces_enabled": True, "otel_traces_endpoint": other.url}
        await exported(**to_langfuse(receiver, langfuse_content=True), **plain)

    assert b"canary-in-a-prompt" in receiver.posted[-1].plain
    assert b"canary-in-a-reply" in receiver.posted[-1].plain
    assert other.posted
    assert all(b"canary-in" not in posted.plain for posted in other.posted)


async def test_the_console_is_told_what_a_collector_would_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = {"otel_metrics_exporter": "console", "otel_traces_exporter": "console"}

    await exported(otel_metrics_enabled=True, otel_traces_enabled=True, **console)

    said = capsys.readouterr().out
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line.get("name") for line in lines if "context" in line] == ["chat m"]
    assert len([line for line in lines if "resource_metrics" in line]) == 1
    assert '"headroom.proxy.requests"' in said
    assert "canary" not in said


async def test_other_programs_variables_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "OTEL_EXPORTER_OTLP_HEADERS": "x-theirs=secret",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "0",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "deflate",
        "OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "DELTA",
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": (
            "base2_exponential_bucket_histogram"
        ),
        "OTEL_METRIC_EXPORT_INTERVAL": "1",
        "OTEL_RESOURCE_ATTRIBUTES": "theirs=yes",
        "OTEL_SERVICE_NAME": "theirs",
        "OTEL_TRACES_SAMPLER": "always_off",
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "1",
        "OTEL_BSP_MAX_QUEUE_SIZE": "1",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "REQUESTS_CA_BUNDLE": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)

    with collector() as receiver:
        await exported(
            otel_metrics_enabled=True,
            otel_metrics_endpoint=receiver.url,
            otel_traces_enabled=True,
            otel_traces_endpoint=receiver.url,
        )

    assert {posted.path for posted in receiver.posted} == {"/v1/metrics", "/v1/traces"}
    assert all("x-theirs" not in posted.headers for posted in receiver.posted)
    assert {name for whose in receiver.resources() for name in whose} == {
        "service.name",
        "service.version",
        "service.instance.id",
    }
    by_name = {metric.name: metric for _, metric in receiver.metrics()}
    temporality = by_name["headroom.proxy.requests"].sum.aggregation_temporality
    assert temporality == AGGREGATION_TEMPORALITY_CUMULATIVE
    assert by_name["headroom.proxy.request.duration"].histogram.data_points
    assert len(receiver.spans()[0].attributes) > 5


async def test_nothing_of_it_is_global() -> None:
    meters, tracers = metrics.get_meter_provider(), trace.get_tracer_provider()
    with collector() as receiver:
        await exported(otel_metrics_enabled=True, otel_metrics_endpoint=receiver.url)

    assert metrics.get_meter_provider() is meters
    assert trace.get_tracer_provider() is tracers


async def test_T4_a_collector_that_hangs_does_not_hold_up_the_end() -> None:
    with collector(None) as receiver:
        begun = time.monotonic()
        await exported(
            otel_metrics_enabled=True,
            otel_metrics_endpoint=receiver.url,
            otel_traces_enabled=True,
            otel_traces_endpoint=receiver.url,
            **to_langfuse(receiver),
        )

    assert len(receiver.posted) == 3
    assert time.monotonic() - begun < 4


async def test_T4_who_is_told_twice_to_stop_waits_for_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening, "END_S", 60.0)
    opened = asyncio.Event()

    async def export(receiver: Collector) -> None:
        settings = Settings(**to_langfuse(receiver))
        async with opening.open_exports(settings, version="1", speaks=lambda: True) as sinks:
            sinks[0].take(OUTCOME)
            opened.set()
            await asyncio.Event().wait()

    with collector(None) as receiver:
        task = asyncio.create_task(export(receiver))
        await opened.wait()
        begun = time.monotonic()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert time.monotonic() - begun < 9


async def test_S3_a_collector_that_refuses_is_told_of_without_any_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    with collector(401) as receiver:
        await exported(**to_langfuse(receiver))

    (said,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert said.startswith("OpenTelemetry: Failed to export spans")
    assert said.endswith(f"{receiver.url} answered 401")
    assert "canary" not in caplog.text
    assert base64.b64encode(b"pk-lf-1:sk-lf-canary").decode() not in caplog.text
