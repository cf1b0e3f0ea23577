"""Opens what is switched on: threads that export, and the sink that they are fed by."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from headroom.observe import Sink
from headroom.observe.otel.about import About, about
from headroom.observe.otel.exporting import Exporting, end_all
from headroom.observe.otel.outbox import Outbox
from headroom.observe.otel.post import Post
from headroom.observe.otel.sink import OtelSink
from headroom.observe.otel.spans import Told, spans_of
from headroom.observe.otel.sums import Sums
from headroom.observe.otel.wanted import NOTHING, switched_on
from headroom.options import pairs_of, read_api_url
from headroom.settings import Settings

LANGFUSE_PATH = "/api/public/otel/v1/traces"
LANGFUSE_HEADERS: Mapping[str, str] = MappingProxyType({"x-langfuse-ingestion-version": "4"})

TRACES_EVERY_S = 2.0
END_S = 1.5
"""How long the last exports may take: a proxy that has nothing to do stops within two seconds."""
HURRIED_S = 0.2
"""The same where it is told a second time to stop."""


class Message(Protocol):
    """A message of the protocol."""

    def SerializeToString(self) -> bytes:  # noqa: N802 - its official name
        """Its bytes."""
        ...


Deliver = Callable[[Message, float], None]


@asynccontextmanager
async def open_exports(
    settings: Settings, *, version: str, speaks: Callable[[], bool]
) -> AsyncIterator[list[Sink]]:
    """The sinks that export, while their threads run; at the end the last of it is sent.

    *speaks*: whether it is for this process to say what does not arrive.
    """
    on = switched_on(settings)
    if on == NOTHING:
        yield []
        return
    opening = _Opening(settings, version, str(uuid4()), speaks)
    exports: list[Exporting] = []
    plain: list[Outbox] = []
    private: list[Outbox] = []
    sums = None
    if on.metrics:
        sums = Sums()
        exports.append(opening.metrics(sums))
    if on.traces:
        exports.append(opening.traces(plain))
    if on.langfuse:
        exports.append(opening.langfuse(private if settings.langfuse_content else plain))
    for each in exports:
        each.start()
    within_s = END_S
    try:
        yield [OtelSink(sums, plain, private)]
    except asyncio.CancelledError:
        within_s = HURRIED_S
        raise
    finally:
        await asyncio.to_thread(end_all, exports, within_s=within_s)


@dataclass(frozen=True, slots=True)
class _Opening:
    """Makes each export; those for traces add their outbox to a list."""

    settings: Settings
    version: str
    instance: str
    speaks: Callable[[], bool]

    def metrics(self, sums: Sums) -> Exporting:
        from headroom.observe.otel.metrics import metrics_message  # noqa: PLC0415  (of an extra)

        settings = self.settings
        whose = self._about(settings.otel_service_name, settings.otel_resource_attributes)
        post = None
        if settings.otel_metrics_exporter != "console":
            url = _address(settings.otel_metrics_endpoint, "/v1/metrics")
            post = Post(url, pairs_of(settings.otel_metrics_headers), version=self.version)
        deliver = _deliverer(post)

        def work(within_s: float) -> None:
            deliver(metrics_message(sums.snapshot(), whose), within_s)

        every_s = settings.otel_metrics_export_interval_ms / 1000
        give_up = post.give_up if post else _nothing
        return Exporting("metrics", work, every_s=every_s, give_up=give_up, speaks=self.speaks)

    def traces(self, outboxes: list[Outbox]) -> Exporting:
        settings = self.settings
        whose = self._about(settings.otel_service_name, settings.otel_resource_attributes)
        post = None
        if settings.otel_traces_exporter != "console":
            url = _address(settings.otel_traces_endpoint, "/v1/traces")
            post = Post(url, pairs_of(settings.otel_traces_headers), version=self.version)
        return self._told_to(post, "traces", whose, outboxes)

    def langfuse(self, outboxes: list[Outbox]) -> Exporting:
        settings = self.settings
        whose = self._about(settings.langfuse_service_name, settings.langfuse_resource_attributes)
        keys = f"{settings.langfuse_public_key}:{settings.langfuse_secret_key}".encode()
        basic = {"authorization": "Basic " + base64.b64encode(keys).decode("ascii")}
        url = read_api_url(settings.langfuse_base_url) + LANGFUSE_PATH
        post = Post(url, {**LANGFUSE_HEADERS, **basic}, version=self.version)
        return self._told_to(post, "traces for Langfuse", whose, outboxes)

    def _told_to(
        self, post: Post | None, what: str, whose: About, outboxes: list[Outbox]
    ) -> Exporting:
        from headroom.observe.otel.traces import traces_message  # noqa: PLC0415  (of an extra)

        deliver = _deliverer(post)

        def deliver_all(batch: list[Told], within_s: float) -> None:
            spans = (span for told in batch for span in spans_of(told))
            deliver(traces_message(spans, whose), within_s)

        outbox = Outbox(deliver_all)
        exporting = Exporting(
            what,
            outbox.empty,
            every_s=TRACES_EVERY_S,
            give_up=post.give_up if post else _nothing,
            speaks=self.speaks,
        )
        outbox.hurry = exporting.hurry
        outboxes.append(outbox)
        return exporting

    def _about(self, service: str, more: str) -> About:
        return about(service, more, version=self.version, instance=self.instance)


def _deliverer(post: Post | None) -> Deliver:
    """How a message is delivered: posted, or written to stdout."""
    if post is not None:
        return lambda message, within_s: post.send(message.SerializeToString(), within_s=within_s)
    from headroom.observe.otel.console import write  # noqa: PLC0415  (of an extra)

    return write


def _address(url: str, path: str) -> str:
    return url if urlsplit(url).path else url + path


def _nothing() -> None:
    """There is nothing to give up where nothing is waited for."""
