"""What may be sent: totals, and names of public models."""

from __future__ import annotations

import json

import pytest

from headroom.observe.chronicle import Chronicle
from headroom.observe.entry import entry_of
from headroom.observe.shown import WASTE
from headroom.observe.statistics import Record, Statistics
from headroom.observe.telemetry import gather, payload
from headroom.outcome import Outcome
from headroom.settings import Settings
from headroom.state.backends.memory import MemoryStore
from headroom.state.journal import Journal
from tests.observe.outcomes import NOON, planned

FIELDS = {
    "session_id", "instance_id", "headroom_version", "python_version", "os", "sdk", "backend",
    "session_minutes", "requests", "tokens_saved", "compression_percent", "avg_tokens_before",
    "avg_tokens_after", "cache_hit_rate", "cache_bust_tokens", "cost_saved_usd", "models_used",
    "overhead_avg_ms", "overhead_max_ms", "ttfb_avg_ms", "pipeline_timing", "waste_signals",
}  # fmt: skip


def statistics_of(*outcomes: Outcome) -> Statistics:
    statistics = Statistics()
    statistics.take(1, Record("one", 1, tuple(map(entry_of, outcomes))))
    return statistics


def told(*outcomes: Outcome, identity: bytes = b"random") -> dict[str, object]:
    return payload(
        statistics_of(*outcomes),
        identity,
        version="1.2.3",
        sdk="proxy",
        backend="anthropic",
        public=lambda name: name if name.startswith("claude") else "",
    )


def test_averages_are_of_all_requests_whose_tokens_they_share() -> None:
    sent = told(
        planned(), planned(verdict="client_left"), planned(verdict="relayed", tokens_before=0)
    )

    assert (sent["avg_tokens_before"], sent["requests"]) == (1000.0, 3)


def test_it_holds_totals_of_the_session() -> None:
    one = planned(request_id="hr_1")
    two = planned(request_id="hr_2", at=NOON + 90, overhead_ms=4.0, known_model="claude-haiku-4-5")

    sent = told(one, two)

    assert set(sent) == FIELDS
    assert sent | {"session_id": 0, "instance_id": 0, "python_version": 0, "os": 0} == {
        "session_id": 0,
        "instance_id": 0,
        "headroom_version": "1.2.3",
        "python_version": 0,
        "os": 0,
        "sdk": "proxy",
        "backend": "anthropic",
        "session_minutes": 1.5,
        "requests": 2,
        "tokens_saved": 800,
        "compression_percent": 40.0,
        "avg_tokens_before": 1000.0,
        "avg_tokens_after": 600.0,
        "cache_hit_rate": 57.14,
        "cache_bust_tokens": 0,
        "cost_saved_usd": 0.006,
        "models_used": ["claude-haiku-4-5", "claude-opus-4-7"],
        "overhead_avg_ms": 3.0,
        "overhead_max_ms": 4.0,
        "ttfb_avg_ms": 300.0,
        "pipeline_timing": {"keep": 0.5, "plan": 1.0},
        "waste_signals": {**dict.fromkeys(WASTE, 0), "whitespace": 800},
    }


def test_of_nothing_it_holds_nothing() -> None:
    sent = told()

    assert (sent["requests"], sent["models_used"], sent["avg_tokens_before"]) == (0, [], 0.0)


def test_P4_names_that_only_the_user_knows_are_not_in_it() -> None:
    private = planned(
        model="acme-secret", known_model="acme-secret", tags=(("team", "acme"),), key_id="acme"
    )

    assert "acme" not in json.dumps(told(private))


def test_P4_an_installation_is_told_by_what_is_random_and_by_nothing_else() -> None:
    one, again, other = told(planned()), told(planned()), told(planned(), identity=b"other")
    later = told(planned(at=NOON + 10))

    assert one == again
    assert one["instance_id"] == later["instance_id"]
    assert one["session_id"] != later["session_id"]
    assert not {one["instance_id"], one["session_id"]} & {
        other["instance_id"], other["session_id"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("claude-sonnet-4-5-20250929", ["claude-sonnet-4-5"]),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", ["claude-sonnet-4-5"]),
        ("ft:gpt-4o-2024-08-06:acme:billing:abc123", ["ft:gpt-4o"]),
        ("gpt-5:acme", ["gpt-5"]),
        ("acme-internal", []),
    ],
)
async def test_P4_models_are_named_as_a_public_table_names_them(
    model: str, known: list[str]
) -> None:
    journal = Journal(MemoryStore())
    chronicle = Chronicle(journal, process="one")
    chronicle.take(planned(model=model, known_model=model))
    await chronicle.scribe.write_some()

    sent = await gather(Settings(sdk="app"), chronicle, journal, version="1")
    again = await gather(Settings(sdk="app"), chronicle, journal, version="1")

    assert "acme" not in json.dumps(sent)
    assert sent == again
    assert sent["sdk"] == "app"
    assert sent["models_used"] == known
