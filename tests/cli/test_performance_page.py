"""How well Headroom did, in words."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from headroom.cli.performance_page import as_page
from headroom.observe.book import Book
from headroom.observe.effect import effect
from headroom.observe.entry import entry_of
from headroom.observe.tally import amounts_of
from headroom.outcome import Outcome, Treated
from tests.observe.outcomes import planned

WINDOW = {
    "hours": 24,
    "since": "2026-11-25T12:00:00Z",
    "until": "2026-11-26T12:00:00Z",
    "is_whole": True,
    "of": "window",
}


def found_of(*outcomes: Outcome, **window: Any) -> dict[str, Any]:
    book = Book()
    for outcome in outcomes:
        entry = entry_of(outcome)
        book.take(entry, amounts_of(entry))
    return {"window": {**WINDOW, **window}, "source": "store", **effect(book)}


def text_of(found: dict[str, Any], width: int = 120) -> str:
    console = Console(width=width, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(as_page(found))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def row(text: str, name: str) -> list[str]:
    """The amounts of the first row of this name."""
    found = next(line for line in text.splitlines() if line.strip().startswith(name))
    return found.strip().removeprefix(name).split()


def test_it_opens_with_what_time_it_is_about() -> None:
    assert text_of(found_of()).splitlines() == [
        "The last 24 hours, since 2026-11-25 12:00:00 UTC",
        "  No request was made in that time.",
    ]
    assert text_of(found_of(hours=1)).startswith("The last 1 hour, since")


def test_a_shorter_or_longer_window_is_told() -> None:
    shorter = text_of(found_of(planned(), is_whole=False))
    longer = text_of(found_of(planned(), of="lifetime", why="it is elsewhere"))

    assert "No more is kept in full" in shorter
    assert longer.startswith("All requests since 2026-11-25 12:00:00 UTC\n")
    assert "of all requests ever: it is elsewhere." in longer


def test_requests_are_told_by_what_became_of_them() -> None:
    text = text_of(
        found_of(
            planned(),
            planned(tokens_after=1_000),
            planned(verdict="relayed"),
            planned(verdict="bypassed"),
            planned(verdict="cached"),
            planned(verdict="client_left"),
        )
    )

    said = (
        "6: 1 made shorter, 1 looked at and left as they came, 1 bypassed, 1 answered by stored "
        "replies, 1 left by their clients, 1 passed on unread, or refused by their provider"
    )
    assert said in " ".join(text.split())


def test_each_figure_says_whose_it_is() -> None:
    text = text_of(found_of(planned(), planned(estimated=True), planned(status=500, usage=None)))

    assert "Headroom's own count: 2,000 became 1,200, 800 fewer (40.0 %)" in text
    assert "reported by providers: input 700, output 50 (of 1 request)" in text
    assert "estimated, as nothing was reported: input 700, output 50 (of 1 request)" in text
    assert "400 tokens read (57.1 % of input), 100 neither read nor written" in text
    assert "written for 5 minutes 200, for an hour 0, else 0" in text


def test_dollars_are_net_and_what_has_no_price_is_told() -> None:
    dearer = planned(cost=planned().direct_cost, direct_cost=planned().cost, guessed_price=True)
    unpriced = planned(cost=None, direct_cost=None)
    text = text_of(found_of(planned(), dearer, unpriced))

    assert "paid $0.0110, directly it would have been $0.0110: net $0.00 saved (0.0 %)" in text
    assert "$0.0030 gained and $0.0030 lost where a request came dearer (1 did)" in text
    assert "1 request of models whose price nobody knows" in text
    assert "in none of these: 1 request without a price" in text


def test_models_times_sizes_and_what_became_shorter_have_rows() -> None:
    text = text_of(found_of(planned(), planned(known_model="gpt-9", tokens_after=1_000)))

    assert row(text, "claude-opus-4-7")[:3] == ["1", "1,000", "-40.0"]
    assert row(text, "gpt-9")[:3] == ["1", "1,000", "–"]
    assert row(text, "Headroom's overhead")[:3] == ["2", "2", "ms"]
    assert row(text, "plan")[0] == "2"
    assert row(text, "prompts")[:2] == ["2", "700"]
    assert row(text, "Bash") == ["2", "1,800", "1,000", "-44.4", "%"]
    assert row(text, "(no tool's)") == ["2", "40", "40", "–"]
    assert row(text, "clean+log") == ["2", "1,800", "1,000", "-44.4", "%"]


def test_what_failed_is_told_with_its_reasons() -> None:
    text = text_of(
        found_of(
            planned(failed="the plan was late"),
            planned(status=529),
            planned(verdict="cut"),
            planned(verdict="refused", refusal="over_budget"),
        )
    )

    failed = text[text.index("What failed") :]
    assert "1 answered by the provider with an error" in failed
    assert "1 not answered, broken off, or stopped" in failed
    assert "1 refused: over a budget" in failed
    assert "1: the plan was late" in failed
    assert text_of(found_of(planned())).endswith("What failed\n  nothing")


def test_S4_long_tables_and_hostile_names_stay_readable() -> None:
    treated = tuple(
        Treated(i, 1, "tool", "tool_result", f"[red]tool {i:02}", 100, 90, ("log",))
        for i in range(14)
    )
    text = text_of(found_of(planned(treated=treated)), width=80)

    assert "[red]tool 03" in text
    assert "and 4 more (all with --raw)" in text
    assert max(map(len, text.splitlines())) <= 80
