"""All declarations together."""

from __future__ import annotations

import re

from headroom.observe.metrics import METRICS, OURS
from headroom.observe.metrics.metric import Metric

RESERVED = ("_bucket", "_count", "_sum", "_created", "_info", "_total")


def names_of(metric: Metric) -> list[str]:
    """All names that samples of it have."""
    if metric.kind != "histogram":
        return [metric.name]
    return [metric.name, *(f"{metric.name}{ending}" for ending in ("_bucket", "_count", "_sum"))]


def test_each_name_is_declared_once() -> None:
    names = [name for metric in METRICS for name in names_of(metric)]

    assert len(names) == len(set(names))


def test_names_of_ours_are_as_prometheus_asks() -> None:
    for metric in OURS:
        assert re.fullmatch(r"headroom(_[a-z0-9]+)+", metric.name), metric.name
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
        assert metric.name.endswith("_info") == (metric.kind == "info"), metric.name
        if metric.kind in ("gauge", "histogram"):
            assert not metric.name.endswith(RESERVED), metric.name


def test_each_is_explained_in_a_sentence_that_stands_alone() -> None:
    for metric in METRICS:
        assert re.fullmatch(r"[A-Z1].{8,}\.", metric.help), metric.name
        assert not metric.help.startswith(("The same", "Those", "It ")), metric.name


def test_labels_are_plain_words() -> None:
    labels = {label for metric in METRICS for label in metric.labels}

    assert all(re.fullmatch(r"[a-z]+", label) for label in labels)
    assert "le" not in labels
