"""The page on OpenTelemetry and Langfuse."""

from __future__ import annotations

from headroom.observe.otel.measures import COUNTERS, HISTOGRAMS, NAMED
from headroom.settings import ENTRIES
from scripts.opentelemetry_page import opentelemetry_page


def test_every_metric_has_one_row() -> None:
    page = opentelemetry_page()

    names = {
        *(each.name for each in COUNTERS),
        *(each.name for each in NAMED),
        *(each.name for each in HISTOGRAMS),
    }
    assert all(page.count(f"| `{name}` |") == 1 for name in names)


def test_the_variables_that_it_names_are_read() -> None:
    read = {name for entry in ENTRIES for name in entry.variables}
    words = opentelemetry_page().replace("=", " ").replace("`", " ").split()
    named = {word for word in words if word.startswith(("HEADROOM_", "LANGFUSE_"))}

    assert {name for name in named if not name.endswith("_")} <= read
