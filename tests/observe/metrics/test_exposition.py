"""The text, in both formats, read by Prometheus' own parsers."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.observe.book import MOST_NAMES
from headroom.observe.metrics.exposition import families, text_of
from headroom.observe.metrics.metric import MOST_VALUES, Counted, Now
from tests.observe.metrics.scraped import (
    OPENMETRICS,
    openmetrics,
    samples,
    scraped,
    sums_of,
    text,
)
from tests.observe.outcomes import PLANNED, planned

PROMETHEUS_ASKS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,/;q=0.1"
)
PLAIN = "text/plain; version=0.0.4; charset=utf-8"


def test_both_formats_tell_the_same() -> None:
    sums, now = sums_of(PLANNED, planned(estimated=True)), Now(version="1")

    assert samples(text(sums, now)) == openmetrics(text(sums, now, OPENMETRICS))


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", PLAIN),
        ("*/*", PLAIN),
        ("text/plain;version=0.0.4;q=0.5", PLAIN),
        (OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping="),
        ("application/openmetrics-text;version=none, text/plain", PLAIN),
        ("application/openmetrics-text;version=2.\x1b[31m", PLAIN),
        ("application/openmetrics-text;version=1.0.0;escaping=\x1b[31m", PLAIN),
        (PROMETHEUS_ASKS, "application/openmetrics-text; version=1.0.0; "),
    ],
)
def test_the_format_is_the_one_that_is_asked_for(accept: str, kind: str) -> None:
    told, told_kind = text_of(families(None, Now()), accept)

    assert told_kind.startswith(kind)
    assert told.endswith(b"# EOF\n") == ("openmetrics" in kind)
    assert told_kind.isprintable()


@settings(deadline=None, max_examples=25)
@given(st.text())
def test_whatever_is_asked_for_one_of_them_is_given(accept: str) -> None:
    accept = accept.encode("latin-1", "replace").decode("latin-1")

    told, kind = text_of(families(None, Now()), f"application/openmetrics-text;version={accept}")

    assert told.startswith(b"# HELP")
    assert kind.isprintable()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(), max_size=5))
def test_S4_no_name_can_break_the_text(names: list[str]) -> None:
    outcomes = [
        planned(model=name, known_model=name, provider=name or "x", refusal=name, failed=name)
        for name in names
    ]
    sums = sums_of(*outcomes)

    found = samples(text(sums, Now()))

    assert openmetrics(text(sums, Now(), OPENMETRICS)) == found
    assert all(len(value) <= 64 for _, labels in found for _, value in labels)
    assert all(value.isprintable() for _, labels in found for _, value in labels)


def test_S4_there_are_so_many_values_of_a_label_at_most() -> None:
    many = [planned(known_model=f"model-{i}", refusal=f"reason-{i}") for i in range(1_500)]

    found = scraped(*many)

    models = {
        dict(labels)["model"] for name, labels in found if name == "headroom_model_requests_total"
    }
    assert len(models) == MOST_NAMES + 1
    assert "other" in models
    assert len(found) < 6_000


@pytest.mark.unmeasured
def test_L8_two_hundred_models_do_not_hold_up_the_event_loop() -> None:
    sums = sums_of(*(planned(known_model=f"model-{i}") for i in range(MOST_NAMES)))

    def took() -> float:
        begun = time.thread_time()
        families(sums, Now())
        return time.thread_time() - begun

    # The rest is done in a thread.  It takes 5 ms; a machine that does much else is slower.
    assert min(took() for _ in range(5)) < 0.05


def test_S4_a_metric_has_so_many_values_at_most() -> None:
    endless = Counted(
        name="a_total",
        kind="counter",
        help="A.",
        labels=("n",),
        read=lambda _sums: [((str(n),), n) for n in range(5_000)],
    )

    assert len(samples(text(sums_of(), Now(), metrics=[endless]))) == MOST_VALUES


def test_without_sums_what_is_summed_up_is_left_out() -> None:
    found = samples(text(None, Now()))

    assert ("headroom_requests_total", ()) not in found
    assert ("headroom_processes", ()) in found
