"""Tokens as providers reported them, and apart those of our own count."""

from __future__ import annotations

from headroom.outcome import Usage
from tests.observe.metrics.scraped import scraped, value
from tests.observe.outcomes import PLANNED, planned


def test_tokens_are_told_by_provider_and_model_and_kind() -> None:
    found = scraped(PLANNED, planned(provider="openai", known_model=""))

    for kind, tokens in {
        "input": 700, "output": 50, "cache_read": 400, "cache_write": 200, "saved": 400,
    }.items():  # fmt: skip
        name = "headroom_provider_tokens_total"
        assert value(found, name, provider="openai", kind=kind) == tokens
        assert value(found, "headroom_model_tokens_total", model="other", kind=kind) == tokens


def test_how_long_requests_are_is_a_histogram_by_kind() -> None:
    found = scraped(PLANNED, planned(usage=Usage(20, 5)))

    bucket = "headroom_request_tokens_bucket"
    assert value(found, bucket, kind="input", le="64.0") == 1
    assert value(found, bucket, kind="input", le="+Inf") == 2
    assert value(found, "headroom_request_tokens_sum", kind="input") == 720
    assert value(found, "headroom_request_tokens_count", kind="cache_read") == 1


def test_what_we_counted_ourselves_is_in_no_other_sum() -> None:
    found = scraped(planned(estimated=True))

    assert value(found, "headroom_estimated_tokens_total", kind="input") == 700
    assert value(found, "headroom_usage_requests_total", usage="estimated") == 1
    assert value(found, "headroom_tokens_input_total") == 0
    assert value(found, "headroom_counted_tokens_total", state="before") == 1_000
