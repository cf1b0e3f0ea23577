"""All names of the original are there, and say what they said."""

from __future__ import annotations

import pytest

from headroom.observe.metrics.metric import Now
from headroom.outcome import Treated, Usage
from headroom.state.presence import Present
from tests.observe.metrics.scraped import scraped, sums_of, text, value
from tests.observe.outcomes import PLANNED, planned

LABELS = {
    "headroom_requests_by_provider": {"provider": "anthropic"},
    "headroom_requests_by_model": {"model": "claude-opus-4-7"},
    "headroom_transform_timing_ms": {"transform": "plan"},
    "headroom_stage_timing_ms": {"stage": "plan"},
    "headroom_cache_write_ttl": {"ttl": "1h"},
    "headroom_provider_cache": {"provider": "anthropic"},
    "headroom_waste_signal": {"signal": "json_bloat"},
}

NAMES = (
    # 0.5.21
    *("headroom_requests_total", "headroom_requests_cached_total"),
    *("headroom_requests_rate_limited_total", "headroom_requests_failed_total"),
    *("headroom_tokens_input_total", "headroom_tokens_output_total"),
    *("headroom_tokens_saved_total", "headroom_latency_ms_sum"),
    *("headroom_requests_by_provider", "headroom_requests_by_model"),
    # 0.26
    *(f"headroom_latency_ms_{end}" for end in ("count", "min", "max")),
    *(f"headroom_overhead_ms_{end}" for end in ("sum", "count", "min", "max")),
    *(f"headroom_ttfb_ms_{end}" for end in ("sum", "count", "min", "max")),
    *(f"headroom_transform_timing_ms_{end}" for end in ("sum", "count", "max")),
    *(f"headroom_stage_timing_ms_{end}" for end in ("sum", "count", "max")),
    *("headroom_cache_read_tokens_total", "headroom_cache_write_tokens_total"),
    *("headroom_cache_write_ttl_tokens_total", "headroom_cache_write_ttl_requests_total"),
    "headroom_uncached_input_tokens_total",
    *("headroom_provider_cache_requests_total", "headroom_provider_cache_hit_requests_total"),
    *("headroom_provider_cache_bust_total", "headroom_provider_cache_bust_write_tokens_total"),
    "headroom_waste_signal_tokens_total",
    *("headroom_cache_bust_total", "headroom_cache_bust_tokens_lost_total"),
    *(
        f"headroom_persistent_savings_{what}_total"
        for what in (
            *("requests", "tokens_saved", "input_tokens", "input_cost_usd"),
            "compression_savings_usd",
        )
    ),
    *("headroom_active_ws_sessions", "headroom_active_relay_tasks"),
    *(f"headroom_ws_session_duration_ms_{end}" for end in ("sum", "count", "min", "max")),
    "wrap_rtk_invocations_total",
)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_of_the_original_is_there(name: str) -> None:
    labels = next((one for begin, one in LABELS.items() if name.startswith(begin)), {})

    found = scraped(PLANNED)

    assert value(found, name, **labels) >= 0


def test_they_are_there_before_anything_was_asked() -> None:
    found = {name for name, _ in scraped()}

    of_somebody = ("by_provider", "by_model", "provider_cache")
    assert found.issuperset(name for name in NAMES if not any(one in name for one in of_somebody))


def test_they_say_what_requests_came_to() -> None:
    treated = (Treated(1, 1, "tool", "tool_result", "Bash", 90, 10, ("smart_crusher",)),)
    usage = Usage(700, 50, 400, cache_write_1h_tokens=100, cache_write_other_tokens=50)
    now = Now(
        processes=(Present("a", 1.0, sockets=2, relays=4), Present("b", 1.0, sockets=1, relays=2))
    )

    found = scraped(
        PLANNED,
        planned(verdict="cached"),
        planned(verdict="refused", refusal="rate_limited", status=429),
        planned(verdict="cut"),
        planned(usage=usage, treated=treated, bust="ours", missed_tokens=30),
        planned(bust="other", missed_tokens=70, provider="openai"),
        planned(verdict="relayed", status=101, total_ms=5_000.0, usage=None),
        now=now,
    )

    assert value(found, "headroom_requests_total") == 7
    assert value(found, "headroom_requests_cached_total") == 1
    assert value(found, "headroom_requests_rate_limited_total") == 1
    assert value(found, "headroom_requests_failed_total") == 1
    assert value(found, "headroom_requests_by_provider", provider="openai") == 1
    assert value(found, "headroom_latency_ms_count") == 6
    assert value(found, "headroom_ws_session_duration_ms_sum") == 5_000
    assert value(found, "headroom_ws_session_duration_ms_bucket", le="1000.0") == 0
    assert value(found, "headroom_ws_session_duration_ms_bucket", le="10000.0") == 1
    assert value(found, "headroom_cache_write_tokens_total") == 5 * 200 + 150
    assert value(found, "headroom_cache_write_ttl_tokens_total", ttl="1h") == 100
    assert value(found, "headroom_cache_write_ttl_tokens_total", ttl="other") == 50
    assert value(found, "headroom_cache_write_ttl_requests_total", ttl="5m") == 5
    assert value(found, "headroom_waste_signal_tokens_total", signal="json_bloat") == 80
    assert value(found, "headroom_cache_bust_total") == 1
    assert value(found, "headroom_cache_bust_tokens_lost_total") == 30
    assert value(found, "headroom_provider_cache_bust_total", provider="openai") == 1
    assert value(found, "headroom_provider_cache_bust_write_tokens_total", provider="openai") == 70
    assert value(found, "headroom_active_ws_sessions") == 3
    assert value(found, "headroom_active_relay_tasks") == 6


def test_all_that_we_did_together_is_a_transform_too() -> None:
    found = scraped(PLANNED)

    assert value(found, "headroom_transform_timing_ms_sum", transform="pipeline_total") == 2.0
    assert value(found, "headroom_transform_timing_ms_sum", transform="plan") == 1.0
    assert value(found, "headroom_stage_timing_ms_count", stage="guards") == 0


def test_counters_without_total_are_untyped_in_the_text() -> None:
    exposed = text(sums_of(PLANNED), Now())

    assert "# TYPE headroom_requests_by_model untyped\n" in exposed
    assert 'headroom_requests_by_model{model="claude-opus-4-7"} 1.0\n' in exposed
