"""The session under the names that the original gave its figures."""

from __future__ import annotations

from headroom.observe.book import Book
from headroom.observe.entry import entry_of
from headroom.observe.session_view import session
from headroom.observe.tally import amounts_of
from headroom.outcome import Outcome, Treated
from tests.observe.outcomes import PLANNED, planned


def book_of(*outcomes: Outcome) -> Book:
    book = Book()
    for outcome in outcomes:
        entry = entry_of(outcome)
        book.take(entry, amounts_of(entry))
    return book


def test_an_empty_session_has_every_block_and_no_figure() -> None:
    told = session(Book(), mode="token")

    assert list(told) == [
        *("summary", "savings", "requests", "tokens", "latency", "overhead", "ttfb"),
        *("pipeline_timing", "waste_signals", "cost"),
    ]
    assert told["summary"]["primary_model"] == ""
    assert told["latency"] == {"average_ms": 0.0, "min_ms": 0.0, "max_ms": 0.0, "total_requests": 0}
    assert set(told["waste_signals"].values()) == {0}


def test_the_summary_tells_what_was_made_shorter_and_what_it_saved_net() -> None:
    dearer = planned(cost=PLANNED.direct_cost, direct_cost=PLANNED.cost)
    told = session(book_of(PLANNED, dearer, planned(tokens_after=1_000)), mode="cache")["summary"]

    assert (told["mode"], told["api_requests"]) == ("cache", 3)
    assert told["compression"] == {
        "requests_compressed": 2,
        "avg_compression_pct": 40.0,
        "best_compression_pct": 40.0,
        "best_detail": "one request was sent with 60.0 % of its tokens",
        "total_tokens_removed": 800,
    }
    assert told["uncompressed_requests"] == {"no_compressible_content": 1}
    assert told["cost"]["total_saved_usd"] == 0.003
    assert told["cost"]["breakdown"]["compression_savings_usd"] == 0.006


def test_a_session_in_which_nothing_became_shorter_says_why() -> None:
    told = session(book_of(*[planned(tokens_after=1_000)] * 5), mode="token")["summary"]

    assert "nothing was made shorter" in told["tip"]


def test_no_share_is_of_another_whole_than_what_it_is_a_part_of() -> None:
    """Tokens saved are shares of what was asked to be sent, both by our own count."""
    told = session(
        book_of(PLANNED, planned(verdict="relayed", tokens_before=0, tokens_after=0)), mode="token"
    )

    assert told["tokens"] == {
        "input": 1_400,
        "output": 100,
        "saved": 400,
        "cli_tokens_avoided": 0,
        "total_before_compression": 1_000,
        "savings_percent": 40.0,
    }


def test_what_no_provider_reported_counts_in_no_dollar() -> None:
    told = session(book_of(PLANNED, planned(estimated=True)), mode="token")

    assert told["requests"]["total"] == 2
    assert told["cost"]["cost_with_headroom_usd"] == 0.004
    assert told["cost"]["per_model"]["claude-opus-4-7"]["requests"] == 2
    assert told["tokens"]["input"] == 700


def test_what_left_is_told_by_what_it_was() -> None:
    def block(*by: str) -> Treated:
        return Treated(1, 1, "tool", "tool_result", "Bash", 900, 500, by)

    blocks = (block("smart_crusher"), block("clean", "log"), block("repeat"), block("html"))
    told = session(book_of(planned(treated=blocks)), mode="token")["waste_signals"]

    assert told == {
        "json_bloat": 400,
        "html_noise": 400,
        "base64": 0,
        "whitespace": 400,
        "dynamic_date": 0,
        "repetition": 400,
    }
