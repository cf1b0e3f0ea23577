"""All that this process exports, from its beginning to its end (extra `otel`)."""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit
from uuid import uuid4

from headroom.observe.otel.about import about
from headroom.observe.otel.metrics import Metrics
from headroom.observe.otel.post import Post
from headroom.observe.otel.providers import (
    meter_provider,
    metric_exporter,
    span_exporter,
    tracer_provider,
)
from headroom.observe.otel.quiet import Quiet
from headroom.observe.otel.sink import OtelSink
from headroom.observe.otel.traces import Traces
from headroom.observe.otel.wanted import SwitchedOn
from headroom.options import pairs_of, read_api_url
from headroom.settings import Settings

logger = logging.getLogger(__name__)

SCOPE = "headroom"

LANGFUSE_PATH = "/api/public/otel/v1/traces"
LANGFUSE_HEADERS: Mapping[str, str] = MappingProxyType({"x-langfuse-ingestion-version": "4"})

TELLING_S = 0.1
"""So long before the end no answer is waited for any more, so that this can be told."""


class Exports:
    """Providers of the SDK for all that is switched on, and the sink that they are fed by."""

    def __init__(
        self, settings: Settings, on: SwitchedOn, *, version: str, speaks: Callable[[], bool]
    ) -> None:
        self._settings = settings
        self._version = version
        self._speaks = speaks
        self._instance = str(uuid4())
        self._quiet = Quiet(speaks)
        self._posts: list[Post] = []
        self._ends: list[Callable[[], None]] = []
        metrics = self._metrics() if on.metrics else None
        plain = [self._traces()] if on.traces else []
        private: list[Traces] = []
        if on.langfuse:
            (private if settings.langfuse_content else plain).append(self._langfuse())
        self.sink = OtelSink(metrics, plain, private)

    def end(self, within_s: float) -> None:
        """Send what is left, and stop; what takes longer is let go."""
        if not self._speaks():
            # Who speaks now stops too, and whoever comes after him has nothing new to say.
            self._quiet.hush()
        until = time.monotonic() + within_s - min(TELLING_S, within_s / 2)
        for post in self._posts:
            post.end(until)
        ending = threading.Thread(target=self._end, daemon=True)
        ending.start()
        ending.join(within_s)
        if ending.is_alive():
            self._quiet.hush()
            if self._speaks():
                logger.warning("OpenTelemetry: what was left to be exported was not taken in time")

    def _end(self) -> None:
        # Each on a thread of its own, as the SDK may wait for half a minute.
        ending = [threading.Thread(target=end, daemon=True) for end in self._ends]
        for thread in ending:
            thread.start()
        for thread in ending:
            thread.join()
        self._quiet.close()

    def _metrics(self) -> Metrics:
        settings = self._settings
        post = None
        if settings.otel_metrics_exporter != "console":
            url = _with_path(settings.otel_metrics_endpoint, "/v1/metrics")
            post = self._post(url, pairs_of(settings.otel_metrics_headers))
        whose = self._about(settings.otel_service_name, settings.otel_resource_attributes)
        every_ms = settings.otel_metrics_export_interval_ms
        provider = meter_provider(metric_exporter(post), whose, every_ms=every_ms)
        self._ends.append(provider.shutdown)
        return Metrics(provider.get_meter(SCOPE, self._version))

    def _traces(self) -> Traces:
        settings = self._settings
        post = None
        if settings.otel_traces_exporter != "console":
            url = _with_path(settings.otel_traces_endpoint, "/v1/traces")
            post = self._post(url, pairs_of(settings.otel_traces_headers))
        whose = self._about(settings.otel_service_name, settings.otel_resource_attributes)
        return self._told_to(post, whose)

    def _langfuse(self) -> Traces:
        settings = self._settings
        keys = f"{settings.langfuse_public_key}:{settings.langfuse_secret_key}".encode()
        basic = {"authorization": "Basic " + base64.b64encode(keys).decode("ascii")}
        url = read_api_url(settings.langfuse_base_url) + LANGFUSE_PATH
        whose = self._about(settings.langfuse_service_name, settings.langfuse_resource_attributes)
        return self._told_to(self._post(url, {**LANGFUSE_HEADERS, **basic}), whose)

    def _told_to(self, post: Post | None, whose: Mapping[str, str]) -> Traces:
        provider = tracer_provider(span_exporter(post), whose)
        self._ends.append(provider.shutdown)
        return Traces(provider.get_tracer(SCOPE, self._version))

    def _post(self, url: str, headers: Mapping[str, str]) -> Post:
        post = Post(url, headers, version=self._version)
        self._posts.append(post)
        return post

    def _about(self, service: str, more: str) -> dict[str, str]:
        return about(service, more, version=self._version, instance=self._instance)


def _with_path(url: str, path: str) -> str:
    return url if urlsplit(url).path else url + path
