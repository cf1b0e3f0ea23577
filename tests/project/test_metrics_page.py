"""The page of metrics: what it asks for is there."""

from __future__ import annotations

import re

from headroom.observe.metrics import METRICS
from scripts.metrics_page import QUESTIONS, metrics_page

ENDS = ("", "_bucket", "_sum", "_count")


def test_each_question_asks_for_metrics_and_labels_that_there_are() -> None:
    names = {
        f"{metric.name}{end}": {*metric.labels, "le"}
        for metric in METRICS
        for end in (ENDS if metric.kind == "histogram" else ("",))
    }

    for _, query in QUESTIONS:
        asked = re.findall(r"headroom_\w+", query)
        labels = {
            label for group in re.findall(r"by \(([^)]*)\)", query) for label in group.split(", ")
        }
        labels |= set(re.findall(r"\{(\w+)=", query))
        assert asked
        for name in asked:
            assert name in names, name
        assert all(any(label in names[name] for name in asked) for label in labels), query


def test_each_metric_stands_on_the_page() -> None:
    page = metrics_page()

    for metric in METRICS:
        assert f"| `{metric.name}` | {metric.kind} |" in page
