"""What is switched on, and what that lacks."""

from __future__ import annotations

from typing import Any

import pytest

from headroom.observe.otel.wanted import (
    NOTHING,
    SwitchedOn,
    lacking,
    problems,
    switched_on,
)
from headroom.settings import Settings

KEYS = {"langfuse_public_key": "pk", "langfuse_secret_key": "sk"}


def test_by_default_nothing_is_and_nothing_lacks() -> None:
    assert switched_on(Settings()) == NOTHING
    assert problems(Settings()) == []
    assert NOTHING.told() == {"otel": False, "langfuse": False}
    assert lacking() == ""


@pytest.mark.parametrize(
    ("given", "on"),
    [
        ({"otel_metrics_enabled": True}, SwitchedOn(metrics=True)),
        ({"otel_traces_enabled": True}, SwitchedOn(traces=True)),
        ({"langfuse_enabled": True, **KEYS}, SwitchedOn(langfuse=True)),
        ({"otel_metrics_enabled": True, "telemetry": False}, SwitchedOn(metrics=True)),
    ],
)
def test_each_is_switched_on_by_itself(given: dict[str, Any], on: SwitchedOn) -> None:
    settings = Settings(**given)

    assert switched_on(settings) == on
    assert problems(settings) == []
    assert sum(on.told().values()) == 1


@pytest.mark.parametrize(
    ("keys", "missing"),
    [
        ({}, "set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY,"),
        ({"langfuse_public_key": "pk"}, "set LANGFUSE_SECRET_KEY,"),
        ({**KEYS, "langfuse_base_url": "cloud"}, "LANGFUSE_BASE_URL cannot be used"),
    ],
)
def test_langfuse_without_what_it_needs_is_off_and_says_what_to_do(
    keys: dict[str, Any], missing: str
) -> None:
    settings = Settings(langfuse_enabled=True, otel_metrics_enabled=True, **keys)

    (said,) = problems(settings)

    assert said.startswith("Nothing is sent to Langfuse: ")
    assert missing in said
    assert switched_on(settings) == SwitchedOn(metrics=True)


def test_an_exporter_that_nobody_knows_is_told_and_otlp_http_used() -> None:
    settings = Settings(otel_metrics_enabled=True, otel_metrics_exporter="grpc")

    (said,) = problems(settings)

    assert "HEADROOM_OTEL_METRICS_EXPORTER is 'grpc'" in said
    assert said.endswith("otlp_http is used.")
    assert switched_on(settings).metrics


def test_where_the_sdk_is_switched_off_nothing_is_exported_and_it_is_told() -> None:
    settings = Settings(otel_metrics_enabled=True, otel_sdk_disabled="TRUE")

    (said,) = problems(settings)

    assert said == (
        "HEADROOM_OTEL_METRICS_ENABLED has no effect: "
        "OTEL_SDK_DISABLED switches OpenTelemetry off in the whole process."
    )
    assert switched_on(settings) == NOTHING
    assert problems(Settings(otel_sdk_disabled="true")) == []
    assert switched_on(Settings(otel_metrics_enabled=True, otel_sdk_disabled="no")).metrics
