"""What was saved in all, and in the running session."""

from __future__ import annotations

from headroom.observe.savings_view import (
    display_session,
    lifetime,
    older_histories,
    persistent_savings,
    savings_history,
)
from headroom.observe.statistics import Imported, Record, Statistics
from headroom.outcome import Outcome
from tests.observe.outcomes import NOON, planned, record

OLD = Imported(
    "d1", requests=10, tokens_saved=5_000, saved=2_000_000_000, input=9_000, input_cost=7
)


def of(*outcomes: Outcome, imported: Imported | None = None) -> Statistics:
    statistics = Statistics()
    if imported is not None:
        statistics.take(1, Record("zero", 1, imported=imported))
    for number, outcome in enumerate(outcomes, statistics.position + 1):
        statistics.take(number, record(number, outcome))
    return statistics


def test_older_histories_count_in_what_was_saved_in_all_and_not_in_the_session() -> None:
    statistics = of(planned(), imported=OLD)

    assert lifetime(statistics)["requests"] == 11
    assert lifetime(statistics)["tokens_saved"] == 5_400
    assert lifetime(statistics)["compression_savings_usd"] == 2.003
    assert older_histories(statistics)["requests"] == 10
    assert display_session(statistics)["requests"] == 1


def test_a_session_begins_and_ends_when_its_requests_did() -> None:
    told = display_session(of(planned(), planned(at=NOON + 60)))

    assert (told["started_at"], told["last_activity_at"]) == (
        "2026-09-21T14:13:20Z",
        "2026-09-21T14:14:20Z",
    )
    assert display_session(Statistics())["started_at"] is None


def test_the_short_history_is_that_of_the_session_alone() -> None:
    statistics = of(planned(), planned(at=NOON + 7_200), planned(at=NOON + 7_300), imported=OLD)

    assert savings_history(statistics) == [
        ["2026-09-21T16:13:20Z", 400],
        ["2026-09-21T16:15:00Z", 800],
    ]


def test_the_short_histories_are_short() -> None:
    statistics = of(*(planned(at=NOON + number) for number in range(150)))
    told = persistent_savings(statistics, storage_path="x.json")

    assert len(savings_history(statistics)) == 100
    assert savings_history(statistics)[-1][1] == 150 * 400
    assert len(told["recent_history"]) == 20
    assert told["recent_history"][-1]["total_tokens_saved"] == told["lifetime"]["tokens_saved"]
    assert told["history_points"] == 150
