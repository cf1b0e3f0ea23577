"""The metrics as text, in whichever of its two formats is asked for.

Imported when metrics are first asked for: it needs the library of Prometheus, which comes with
the extra `proxy`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from math import isinf

from prometheus_client import Metric as Family
from prometheus_client import exposition
from prometheus_client.registry import Collector, CollectorRegistry

from headroom.observe.metrics import METRICS
from headroom.observe.metrics.metric import (
    MOST_VALUES,
    Counted,
    Live,
    Metric,
    Now,
    Sums,
    Values,
    labelled,
)
from headroom.observe.spread import BOUNDS, Spread

ENDINGS = {"counter": "_total", "info": "_info"}
"""What the name of a family of this kind has at its end when it is scraped."""


FORMATS = frozenset({"application/openmetrics-text", "text/plain"})
VERSIONS = frozenset({"1.0.0", "0.0.4", "0.0.1"})
_PARAMETER = re.compile(r"[a-z]{1,20}=[a-z0-9.-]{1,40}", re.ASCII)


class _Families(Collector):
    """Families that are made already."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families


def families(sums: Sums | None, now: Now, metrics: Sequence[Metric] = METRICS) -> list[Family]:
    """All metrics; without *sums* those that are summed up are left out, not told wrong."""
    found = []
    for metric in metrics:
        if isinstance(metric, Live):
            found.append(_family(metric, metric.read(now)))
        elif isinstance(metric, Counted) and sums is not None:
            found.append(_family(metric, metric.read(sums)))
    return found


def text_of(found: Sequence[Family], accept: str) -> tuple[bytes, str]:
    """These as text, and its content type; *accept* is what the client says it takes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(found))
    encode, content_type = exposition.choose_encoder(_understood(accept))
    return encode(registry), content_type


def _understood(accept: str) -> str:
    """What of *accept* names formats that there are.

    The library fails on other versions, or repeats them in the content type.
    """
    return ",".join(one for one in accept.split(",") if _is_understood(one))


def _is_understood(media: str) -> bool:
    name, *parameters = (part.strip() for part in media.split(";"))
    said = [parameter.partition("=") for parameter in parameters]
    versions = {value for parameter, _, value in said if parameter == "version"}
    return name in FORMATS and versions <= VERSIONS and all(map(_PARAMETER.fullmatch, parameters))


def _family(metric: Metric, values: Values) -> Family:
    ending = ENDINGS.get(metric.kind, "")
    kind = "unknown" if metric.kind == "untyped" else metric.kind
    family = Family(metric.name.removesuffix(ending), metric.help, kind)
    for labels, value in islice(_once(values), MOST_VALUES):
        named = dict(zip(metric.labels, labels, strict=True))
        if isinstance(value, Spread):
            for name, more, number in _of_spread(metric.name, value):
                family.add_sample(name, {**named, **more}, number)
        else:
            family.add_sample(metric.name, named, value)
    return family


def _once(values: Values) -> Iterable[tuple[tuple[str, ...], float | Spread]]:
    """Each set of labels once: names that are told alike are told together."""
    found: dict[tuple[str, ...], float | Spread] = {}
    for labels, value in values:
        told = tuple(map(labelled, labels))
        before = found.get(told, 0)
        if isinstance(before, Spread) or isinstance(value, Spread):
            found[told] = value
        else:
            found[told] = before + value
    return found.items()


def _of_spread(name: str, spread: Spread) -> Iterator[tuple[str, dict[str, str], float]]:
    buckets = spread.buckets() or [(bound, 0) for bound in (*BOUNDS[spread.unit], float("inf"))]
    for bound, count in buckets:
        yield f"{name}_bucket", {"le": "+Inf" if isinf(bound) else str(float(bound))}, count
    yield f"{name}_count", {}, spread.count
    yield f"{name}_sum", {}, spread.sum
