"""How Headroom stands, in words."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from headroom.cli.standing import Standing
from headroom.cli.standing_page import as_page
from headroom.observe.entry import entry_of
from headroom.observe.overview import budget_told, error_told, overview
from headroom.observe.statistics import Imported, Record, Statistics
from headroom.outcome import Outcome
from headroom.state.spend import Budget
from tests.observe.outcomes import NOON, planned, record

URL = "http://127.0.0.1:8787"
RUNTIME = {"pid": 7, "workers": 1, "mode": "token"}
CONFIG = {"optimize": True, "cache": True, "rate_limit": False, "budget": True}
HEALTH = {"version": "9", "uptime_seconds": 7_999.0, "config": CONFIG, "runtime": RUNTIME}


def text_of(standing: Standing, width: int = 120) -> str:
    console = Console(width=width, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(as_page(standing))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def sums_of(*outcomes: Outcome) -> dict[str, Any]:
    statistics = Statistics()
    statistics.take(1, record(1, *outcomes))
    return overview(statistics, NOON)


def cells(text: str, name: str) -> list[str]:
    """The amounts of this row."""
    row = next(line for line in text.splitlines() if line.strip().startswith(name))
    return row.strip().removeprefix(name).split()


def test_what_runs_says_so_with_what_is_on() -> None:
    text = text_of(Standing(URL, health=HEALTH, source="proxy", sums=sums_of()))

    assert text.startswith(f"Headroom 9 runs on {URL}\n  up 2 h 13 min, pid 7\n")
    assert "  mode token, shortens, stores replies, has a budget\n" in text


def test_of_several_workers_one_has_answered() -> None:
    runtime = {**RUNTIME, "workers": 4}
    text = text_of(Standing(URL, health={**HEALTH, "runtime": runtime}))

    assert "4 workers, the one that answered is up 2 h 13 min, pid 7" in text


def test_what_passes_everything_says_so() -> None:
    health = {**HEALTH, "config": {**CONFIG, "optimize": False}}

    assert "every byte passes as it came" in text_of(Standing(URL, health=health))


def test_M6_gains_and_losses_come_to_what_was_saved_net() -> None:
    dearer = planned(cost=planned().direct_cost, direct_cost=planned().cost)
    text = text_of(Standing(URL, source="proxy", sums=sums_of(planned(), planned(), dearer)))

    assert cells(text, "requests") == ["3", "3", "3"]
    assert cells(text, "tokens saved") == ["1,200", "1,200", "1,200"]
    assert cells(text, "gained")[0] == "$0.0060"
    assert cells(text, "lost (came dearer)")[0] == "$0.0030"
    assert cells(text, "paid")[0] == "$0.0150"
    assert cells(text, "directly")[0] == "$0.0180"
    assert cells(text, "saved net")[0] == "$0.0030"


def test_without_a_price_no_dollars_are_told() -> None:
    text = text_of(Standing(URL, sums=sums_of(planned(cost=None, direct_cost=None))))

    assert cells(text, "paid") == ["–", "–", "–"]
    assert "1 request used models without a known price" in text


def test_what_is_estimated_is_counted_apart() -> None:
    text = text_of(Standing(URL, sums=sums_of(planned(estimated=True))))

    assert "Of 1 request no provider reported usage" in text
    assert cells(text, "paid")[0] == "–"


def test_busts_retrievals_and_older_histories_are_told() -> None:
    statistics = Statistics()
    statistics.take(1, record(1, planned(bust="ours", legs=3)))
    brought = Imported("d", requests=9, tokens_saved=1_000)
    statistics.take(2, Record("two", 1, imported=brought))

    text = text_of(Standing(URL, sums=overview(statistics, NOON)))

    assert "broken 1 time by Headroom; 2 retrievals cost $0.00 (deducted)" in text
    assert "9 requests and 1,000 tokens saved; they are not in these sums" in text


def test_an_older_history_that_counted_no_requests_is_told_too() -> None:
    statistics = Statistics()
    statistics.take(1, record(1, planned()))
    statistics.take(2, Record("two", 1, imported=Imported("d", tokens_saved=1_000)))

    text = text_of(Standing(URL, sums=overview(statistics, NOON)))

    assert "1,000 tokens saved; they are not in these sums" in text


def test_budgets_the_store_and_errors() -> None:
    budgets = [
        budget_told(Budget(50_000_000_000, "monthly"), 12_300_000_000, NOON),
        budget_told(Budget(1_000_000_000, "hourly", "key", "abc"), 0, NOON),
    ]
    store = {"kind": "sqlite", "bytes": 12_345_678, "status": "healthy", "unwritten": 3}
    errors = [
        error_told(entry_of(planned(status=529))),
        error_told(entry_of(planned(verdict="upstream_failed", model="[bold]x"))),
    ]
    text = text_of(Standing(URL, budgets=budgets, store=store, errors=errors), width=200)

    assert "Budget: $12.30 of $50.00 per month spent, $37.70 left until 2026-10-01" in text
    assert "Budget of a virtual key abc: $0.00 of $1.00 per hour spent" in text
    assert "Store: sqlite, 12.3 MB, healthy, 3 still to be written" in text
    assert "2026-09-21 14:13:20 UTC  claude-opus-4-7: its provider answered 529 (hr_1)" in text
    assert "[bold]x: its provider could not be reached" in text


def test_what_does_not_run_says_what_to_do_and_where_sums_come_from() -> None:
    problem = "there is no state.db in /home/me/.headroom"
    none = text_of(Standing(URL, "nobody", store={"kind": "sqlite", "problem": problem}))
    read = text_of(Standing(URL, "nobody", source="store", sums=sums_of(planned())))

    assert none.startswith(f"Headroom does not run on {URL}\n  Start it with: headroom proxy.")
    assert problem in none
    assert "Read from the store, as no proxy tells" in read
    assert cells(read, "requests") == ["1", "1", "1"]


@pytest.mark.parametrize(
    ("trouble", "said"), [("late", "answers in time"), ("stranger", "not run")]
)
def test_what_is_wrong_stands_at_the_top(trouble: Any, said: str) -> None:
    text = text_of(Standing(URL, trouble, problems=("something is wrong",)))

    assert said in text.splitlines()[0]
    assert text.splitlines()[1] == "  ! something is wrong"


def test_it_fits_a_terminal_of_80_columns() -> None:
    text = text_of(Standing(URL, health=HEALTH, sums=sums_of(planned())), width=80)

    assert max(map(len, text.splitlines())) <= 80
    assert "saved net" in text


def test_where_nothing_was_saved_it_says_who_tells_why() -> None:
    nothing = Standing(URL, health=HEALTH, source="proxy", sums=sums_of())
    much = Standing(URL, health=HEALTH, source="proxy", sums=sums_of(planned()))

    assert "headroom doctor says why" in text_of(nothing)
    assert "headroom doctor" not in text_of(much)
