"""What all requests come to, in short."""

from __future__ import annotations

from headroom.observe.entry import entry_of
from headroom.observe.overview import budget_told, error_told, failed, overview
from headroom.observe.periods import DAY_S
from headroom.observe.statistics import Imported, Record, Statistics
from headroom.state.spend import Budget
from tests.observe.outcomes import NOON, planned, record


def test_today_the_session_and_all_of_it() -> None:
    statistics = Statistics()
    statistics.take(1, record(1, planned(at=NOON - DAY_S), planned()))
    statistics.take(2, record(3, planned(at=NOON + 10)))

    told = overview(statistics, NOON + 20)

    assert [told[name]["requests"] for name in ("today", "session", "lifetime")] == [2, 2, 3]
    assert told["lifetime"]["net"]["saved_usd"] == 0.009
    assert told["since"] < told["last_request_at"] == "2026-09-21T14:13:30Z"
    assert told["brought"]["histories"] == 0


def test_older_histories_stand_apart() -> None:
    statistics = Statistics()
    brought = Imported("digest", requests=7, tokens_saved=900, saved=2_500_000_000)
    statistics.take(1, Record("one", 1, imported=brought))

    told = overview(statistics, NOON)

    assert told["lifetime"]["requests"] == 0
    assert told["since"] is None
    assert told["brought"] == {
        "histories": 1,
        "requests": 7,
        "tokens_saved": 900,
        "gained_usd": 2.5,
    }


def test_what_went_wrong_is_told_unless_its_client_left() -> None:
    assert not failed(entry_of(planned()))
    assert not failed(entry_of(planned(verdict="client_left")))
    assert failed(entry_of(planned(status=529)))
    assert error_told(entry_of(planned(verdict="cut", model="x\n<b>"))) == {
        "request_id": "hr_1",
        "timestamp": "2026-09-21T14:13:20.000Z",
        "provider": "anthropic",
        "model": "x?<b>",
        "method": "POST",
        "route": "/v1/messages",
        "status": 200,
        "verdict": "cut",
        "error": "cut",
        "client": "",
        "notes": [],
    }


def test_a_budget_is_told_with_what_is_left_of_it() -> None:
    told = budget_told(Budget(50_000_000_000, "daily"), 60_000_000_000, NOON)

    assert (told["limit_usd"], told["spent_usd"], told["left_usd"]) == (50.0, 60.0, 0.0)
    assert told["ends"] == "2026-09-22T00:00:00Z"
