"""A collector of OpenTelemetry: a server that reads what is exported with the official classes."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PATIENCE_S = 20.0

Attributes = dict[str, str | bool | int | float]


@dataclass(frozen=True, slots=True)
class Posted:
    """One message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def plain(self) -> bytes:
        packed = self.headers.get("content-encoding") == "gzip"
        return gzip.decompress(self.body) if packed else self.body


@dataclass(slots=True)
class Collector:
    """What has come so far; *status* is what it answers, None for never."""

    url: str = ""
    status: int | None = 200
    headers: dict[str, str] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)
    gone: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, most: int) -> None:
        """Wait until so many messages have come.  Raises AssertionError."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.posted) >= most, PATIENCE_S), len(
                self.posted
            )

    def metrics(self) -> list[tuple[str, Metric]]:
        """Each metric of each process as it was told last, by the process's name."""
        last: dict[tuple[str, str], Metric] = {}
        for posted in list(self.posted):
            if posted.path.endswith("/metrics"):
                message = ExportMetricsServiceRequest.FromString(posted.plain)
                for each in message.resource_metrics:
                    whose = str(read(each.resource.attributes)["service.instance.id"])
                    for metric in each.scope_metrics[0].metrics:
                        last[whose, metric.name] = metric
        return [(whose, metric) for (whose, _), metric in last.items()]

    def sums(self) -> dict[str, float]:
        """Each sum over all processes and series; of histograms, how many values they hold."""
        found: dict[str, float] = {}
        for _, metric in self.metrics():
            points = [each.as_int or each.as_double for each in metric.sum.data_points]
            points += [each.count for each in metric.histogram.data_points]
            found[metric.name] = found.get(metric.name, 0) + sum(points)
        return found

    def spans(self) -> list[Span]:
        """All spans."""
        found: list[Span] = []
        for posted in list(self.posted):
            if posted.path.endswith("/traces"):
                message = ExportTraceServiceRequest.FromString(posted.plain)
                for each in message.resource_spans:
                    found += each.scope_spans[0].spans
        return found

    def resources(self) -> list[Attributes]:
        """Whose each message was."""
        found = []
        for posted in list(self.posted):
            if posted.path.endswith("/traces"):
                traces = ExportTraceServiceRequest.FromString(posted.plain)
                found += [read(each.resource.attributes) for each in traces.resource_spans]
            else:
                metrics = ExportMetricsServiceRequest.FromString(posted.plain)
                found += [read(each.resource.attributes) for each in metrics.resource_metrics]
        return found


def read(attributes: Iterator[KeyValue] | list[KeyValue]) -> Attributes:
    """The attributes as values of ours."""
    return {each.key: _value(each.value) for each in attributes}


def _value(value: AnyValue) -> str | bool | int | float:
    found: str | bool | int | float = getattr(value, value.WhichOneof("value") or "string_value")
    return found


@contextmanager
def collector(status: int | None = 200) -> Iterator[Collector]:
    """A collector on a free port, while it is needed."""
    it = Collector(status=status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with it.came:
                it.posted.append(Posted(self.path, headers, body))
                it.came.notify_all()
            if it.status is None:
                it.gone.wait(PATIENCE_S)
                self.close_connection = True
                return
            self.send_response(it.status)
            for name, value in it.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so named there
            """Nothing is told."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    it.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield it
    finally:
        it.gone.set()
        server.shutdown()
        server.server_close()
        thread.join()
