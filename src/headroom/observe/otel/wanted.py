"""What of it is switched on, and what that lacks."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from headroom.extras import install
from headroom.options import read_api_url
from headroom.settings import Settings

PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http", "requests")

DISABLED = "OTEL_SDK_DISABLED switches OpenTelemetry off in the whole process"

EXPORTERS = ("otlp_http", "console")


@dataclass(frozen=True, slots=True)
class SwitchedOn:
    """What is really exported: switched on, and nothing lacks."""

    metrics: bool = False
    traces: bool = False
    langfuse: bool = False

    def told(self) -> dict[str, bool]:
        """It, as the `config` of `/health` has it."""
        return {"otel": self.metrics or self.traces, "langfuse": self.langfuse}


NOTHING = SwitchedOn()


def lacking() -> str:
    """Which package of the extra is not there; empty where all are."""
    return next((package for package in PACKAGES if not _is_there(package)), "")


def switched_on(settings: Settings) -> SwitchedOn:
    """What these settings have exported."""
    asked = settings.otel_metrics_enabled, settings.otel_traces_enabled, settings.langfuse_enabled
    if not any(asked) or _is_disabled(settings) or lacking():
        return NOTHING
    metrics, traces, langfuse = asked
    return SwitchedOn(metrics, traces, langfuse and not _lacks(settings))


def problems(settings: Settings) -> list[str]:
    """One sentence for each thing that was asked for and is not as it was meant."""
    named = (
        (settings.otel_metrics_enabled, "HEADROOM_OTEL_METRICS_ENABLED"),
        (settings.otel_traces_enabled, "HEADROOM_OTEL_TRACES_ENABLED"),
        (settings.langfuse_enabled, "HEADROOM_LANGFUSE_ENABLED"),
    )
    asked = [name for is_on, name in named if is_on]
    if not asked:
        return []
    why = DISABLED if _is_disabled(settings) else ""
    if not why and (package := lacking()):
        why = f"{package} is not installed ({install('otel')})"
    if why:
        have = "has" if len(asked) == 1 else "have"
        return [f"{' and '.join(asked)} {have} no effect: {why}."]
    exporters = (
        (settings.otel_metrics_enabled, settings.otel_metrics_exporter, "METRICS"),
        (settings.otel_traces_enabled, settings.otel_traces_exporter, "TRACES"),
    )
    said = [
        f"HEADROOM_OTEL_{what}_EXPORTER is {exporter[:40]!r}, which is none of "
        f"{' and '.join(EXPORTERS)}: otlp_http is used."
        for is_on, exporter, what in exporters
        if is_on and exporter not in EXPORTERS
    ]
    if settings.langfuse_enabled and (lacks := _lacks(settings)):
        said.append(f"Nothing is sent to Langfuse: {lacks}.")
    return said


def _is_there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def _is_disabled(settings: Settings) -> bool:
    # As the SDK reads it.
    return settings.otel_sdk_disabled.strip().lower() == "true"


def _lacks(settings: Settings) -> str:
    """What Langfuse still needs, and what to do; empty where that is nothing."""
    keys = (
        (settings.langfuse_public_key, "LANGFUSE_PUBLIC_KEY"),
        (settings.langfuse_secret_key, "LANGFUSE_SECRET_KEY"),
    )
    missing = [name for key, name in keys if not key]
    if missing:
        return f"set {' and '.join(missing)}, which the project's settings in Langfuse show"
    try:
        read_api_url(settings.langfuse_base_url)
    except ValueError as error:
        return f"LANGFUSE_BASE_URL cannot be used ({error})"
    return ""
